// One question to one program: whatever it does is an answer, in bounded time.
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { askProgram } from "../../worker/platform/processes/ask-program.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ask-program-"));
});
afterEach(() => removeFolder(folder));

const never = new AbortController().signal;
const ask = (script: string, timeoutMs?: number, signal = never) =>
  askProgram(["sh", "-c", script], { env: process.env, signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) });

test("what it says and its exit code", async () => {
  expect(await ask("echo out; echo err >&2; exit 3")).toMatchObject({
    outcome: "failed",
    code: 3,
    text: "out\n",
    diagnostics: "err\n",
  });
  expect(await ask("echo out")).toMatchObject({ outcome: "answered", code: 0, text: "out\n" });
  const missing = await askProgram(["no-such-tool"], { env: process.env, signal: never });
  expect(missing).toMatchObject({ outcome: "not here", diagnostics: "no-such-tool is not on PATH" });
});

test("one that does not answer, with what it had said", async () => {
  expect(await ask("echo out; exec sleep 600", 300)).toMatchObject({
    outcome: "no answer",
    text: "out\n",
    diagnostics: expect.stringMatching(/^none within 0.3 s/),
  });
});

test("one that has started something that holds its output open", async () => {
  const noted = join(folder, "pid");
  const said = await ask(`sleep 600 & echo $! >'${noted}'; wait`, 300);
  expect(said).toMatchObject({ outcome: "no answer", diagnostics: "none within 0.3 s" });
  process.kill(Number(readFileSync(noted, "utf8")), "SIGKILL");
});

test("a signal ends the asking with its reason", async () => {
  const stop = new AbortController();
  const asking = ask("exec sleep 600", undefined, stop.signal);
  stop.abort(new Error("stopped by SIGINT"));
  await expect(asking).rejects.toThrow("stopped by SIGINT");
});
