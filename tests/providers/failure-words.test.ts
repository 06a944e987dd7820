// Every word of every description, by the line that its source prints; and lines that must not be taken for what they are not.
import { describe, expect, test } from "@jest/globals";
import { PROVIDERS } from "../../worker/providers/index.ts";
import { evidenceIn } from "../../worker/providers/log-evidence.ts";
import type { ExitFacts } from "../../worker/providers/provider.ts";

const ENDS = {
  program: { class: "load_failed", integrity: false },
  damage: { class: "load_failed", integrity: true },
  memory: { class: "out_of_memory", integrity: false },
  port: { class: "load_failed", integrity: false },
  architecture: { class: "load_failed", integrity: false },
  missing: { class: "load_failed", integrity: false },
  unrelated: { class: "load_failed", integrity: false },
};

/** A log as it is: something before, the line with what a logger puts in front, and a traceback's rest behind. */
const logOf = (line: string) => `Fetching 9 files\n2026-11-28 09:51:23,684 - ERROR - ${line}\n  return run(server)\n\n`;

describe.each(Object.values(PROVIDERS))("$id", (provider) => {
  const { failureWords } = provider;
  const classifyExit = (facts: ExitFacts) => provider.classifyExit(facts);

  test.each(failureWords)("$failure: $says", ({ failure, says, pattern }) => {
    expect(says).toMatch(pattern);
    const end = classifyExit({ code: 1, signal: null, logTail: logOf(says) });
    expect(end).toMatchObject(ENDS[failure]);
    if (failure !== "unrelated") expect(end.reason).toContain(says.slice(0, 200));
  });

  test.each([
    "weight verification failed for mlx-community/A: expected 0123, got 4567",
    "manifest verification failed",
    "signature verification failed",
    "SIGNATURE Mismatch on Model Weights",
    "Required configuration file missing: tokenizer.json",
    "Error: missing required tokenizer files",
    "safetensors: Invalid JSON header",
    "RuntimeError: [load_safetensors] Invalid json metadata file /m/model.safetensors",
    "safetensors_rust.SafetensorError: Error while deserializing header: header too large",
    "safetensors_rust.SafetensorError: Error while deserializing header: invalid UTF-8 in header: invalid utf-8 sequence",
  ])("wrong weights: %s", (line) => {
    expect(classifyExit({ code: 1, signal: null, logTail: logOf(line) })).toMatchObject(ENDS.damage);
    // Whatever the code: a server that finds its weights wrong may abort.
    expect(classifyExit({ code: 134, signal: null, logTail: logOf(line) })).toMatchObject(ENDS.damage);
  });

  test.each([
    "ImportError: dlopen(/L/libaccel.dylib, 0x0002): tried: '/L/libaccel.dylib' (code signature invalid (errno=1) sliceOffset=0x0)",
    "dlopen(libDylib.dylib): (code signature invalid in <A1DAF9F9> 'libDylib.dylib' (errno=1) sliceOffset=0x00000000)",
    "Termination Reason: SIGKILL (Code Signature Invalid)",
    "codesign: code signature verification failed for libmlx.dylib",
  ])("a broken program is not the model's damage: %s", (line) => {
    const end = classifyExit({ code: null, signal: "SIGKILL", logTail: logOf(line) });
    expect(end).toMatchObject(ENDS.program);
    expect(end.reason).toMatch(/\(the server's installation is broken, not the model: install it anew\)$/);
  });

  test.each([
    "Download failed: incomplete metadata in Hugging Face API response; retry later",
    "cache index invalid or corrupted; rebuild cache and retry",
    "no hash mismatch detected",
    "ssl.SSLCertVerificationError: certificate verify failed: certificate signature failure",
    "json.decoder.JSONDecodeError: Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)",
    "NotImplementedError: RotatingKVCache Quantization NYI",
    "invalid signature for token",
    "event=auto_update status=rejected reason=manifest verification failed",
  ])("no evidence of anything: %s", (line) => {
    expect(evidenceIn(logOf(line), failureWords)).toBeNull();
    expect(classifyExit({ code: 1, signal: null, logTail: logOf(line) })).toMatchObject(ENDS.missing);
  });

  test("what explains the rest counts, wherever it stands in the log", () => {
    const said = (...lines: string[]) => evidenceIn(lines.map(logOf).join(""), failureWords)?.failure;
    const [memory, damage, missing] = [
      "[malloc] Unable to allocate 9 bytes.",
      "safetensors: Invalid JSON header",
      "Too many open files",
    ];
    expect([said(missing, memory), said(memory, damage), said(missing)]).toEqual(["memory", "damage", "missing"]);
  });

  test("a megabyte in a line is read to its end", () => {
    for (const part of [
      "hash ",
      "[load_safetensors] Tensor '",
      "metal ",
      "malloc",
      "safetensors ",
      "\n",
      "Error reading '",
    ])
      expect(
        classifyExit({ code: 1, signal: null, logTail: part.repeat(1_000_000 / part.length) }).class,
      ).toBeDefined();
  });
});

test("a wrong port, architecture or file is told although macprovider aborts for it", () => {
  const end = (line: string) => PROVIDERS.macprovider.classifyExit({ code: 133, signal: null, logTail: logOf(line) });
  expect(end("Fatal error: Error raised at top level: Unsupported model type: zork")).toMatchObject(ENDS.architecture);
  expect(end("bind(descriptor:ptr:bytes:): Address already in use (errno: 48)")).toMatchObject(ENDS.port);
  expect(end("Fatal error: something else")).toMatchObject(ENDS.memory);
});

test("mlx-lm's reason is the line of its dead generation, not its traceback", () => {
  const logTail =
    "2026-11-28 09:51:23,684 - ERROR - mlx_lm.server generation thread died: Model type zork not supported.\nTraceback (most recent call last):\n  raise ValueError(msg)\nValueError: Model type zork not supported.\n";
  expect(PROVIDERS["mlx-lm"].classifyExit({ code: null, signal: null, logTail })).toEqual({
    class: "load_failed",
    reason: "still running: Model type zork not supported.",
    integrity: false,
  });
});
