// Reads of files that others wrote: right where they answer, bounded and interruptible where they never do.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { notPermitted } from "../../worker/core/machine/privacy.ts";
import {
  foreignFiles,
  unlessAbsent,
  withinTime,
  type UnreadableFile,
} from "../../worker/platform/files/foreign-files.ts";
import { createForeignReader, NoAnswer } from "../../worker/platform/files/foreign-reader.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "foreign-files-"));
});
afterEach(() => removeFolder(home));

const never = new AbortController().signal;
const files = foreignFiles(never);

test("a folder's names, a file's facts, its text and a part of it", async () => {
  writeFileSync(join(home, "josé.txt"), "hellö");
  mkdirSync(join(home, "sub"));
  expect((await files.list(home)).sort()).toEqual(["josé.txt", "sub"]);
  expect(await files.facts(join(home, "josé.txt"))).toMatchObject({ bytes: 6, kind: "file" });
  expect(await files.facts(join(home, "sub"))).toMatchObject({ kind: "folder" });
  expect(await files.text(join(home, "josé.txt"), 6)).toBe("hellö");
  expect(Buffer.from(await files.part(join(home, "josé.txt"), 1, 3)).toString()).toBe("ell");
  expect(await files.part(join(home, "josé.txt"), 4, 1_000_000_000)).toHaveLength(2);
  expect(await files.freeBytes(home)).toBeGreaterThan(0);
});

test("what is not there, what is too big and what is no file are told by name", async () => {
  writeFileSync(join(home, "big"), "1234567");
  const failure = (reading: Promise<unknown>) => reading.then(String, (error: unknown) => error as UnreadableFile);
  expect(await failure(files.text(join(home, "none"), 10))).toMatchObject({ code: "ENOENT", isAbsent: true });
  expect(await failure(files.text(join(home, "big"), 6))).toMatchObject({ code: "EFBIG", isAbsent: false });
  expect(await failure(files.text(home, 6))).toMatchObject({ message: `${home}: it is no file but a folder` });
  symlinkSync("nowhere", join(home, "link"));
  expect(await failure(files.facts(join(home, "link")))).toMatchObject({ code: "ENOENT" });
  expect(await files.linkFacts(join(home, "link"))).toMatchObject({ kind: "other" });
});

test("a pipe that nobody writes to is told at once", async () => {
  execFileSync("mkfifo", [join(home, "pipe")]);
  await expect(files.text(join(home, "pipe"), 10)).rejects.toThrow(`${join(home, "pipe")}: it is no file but a pipe`);
});

test("a file that may not be read says so, with what helps", async () => {
  writeFileSync(join(home, "secret"), "x", { mode: 0o600 });
  chmodSync(join(home, "secret"), 0);
  const reading = files.text(join(home, "secret"), 10);
  // Root reads everything.
  if (process.getuid?.() === 0) expect(await reading).toBe("x");
  else await expect(reading).rejects.toThrow(/secret: permission is denied \(EACCES\); check its owner and mode/);
});

test("what macOS' privacy hides is not absent, and says what it is", async () => {
  const refuses = `process.on("message", (q) => process.send({ ...q, code: "EPERM", message: "EPERM: operation not permitted" }))`;
  const hidden = foreignFiles(never, createForeignReader([process.execPath, "-e", refuses]));
  const failure = await unlessAbsent(hidden.facts("/Volumes/SSD/hf")).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "EPERM", isAbsent: false });
  const reader = { platform: process.platform, env: process.env, program: process.execPath };
  expect(String(failure)).toContain(`/Volumes/SSD/hf: ${notPermitted("EPERM", reader)}`);
});

describe("a disk that never answers", () => {
  const dead = () => createForeignReader([process.execPath, "-e", "process.on('message', () => undefined)"]);

  test("ends the read as soon as the signal aborts, with its reason, and the next read gets another reader", async () => {
    const reader = dead();
    const stop = new AbortController();
    const reading = foreignFiles(stop.signal, reader).text("/dead/config.json", 10);
    stop.abort(new Error("enough"));
    const failure = await reading.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NoAnswer);
    expect(failure).toMatchObject({
      message: "/dead/config.json does not answer: the disk it is on may be gone or asleep",
      cause: { message: "enough" },
    });
    const again = foreignFiles(AbortSignal.timeout(50), reader).text("/dead/other.json", 10);
    await expect(again).rejects.toThrow("/dead/other.json does not answer");
  });

  test("a reader that ends under a read is no answer, not an endless wait", async () => {
    const reader = createForeignReader([process.execPath, "-e", "process.exit(1)"]);
    await expect(foreignFiles(never, reader).list("/x")).rejects.toBeInstanceOf(NoAnswer);
    await expect(foreignFiles(never, createForeignReader(["/no/such/node"])).list("/x")).rejects.toBeInstanceOf(
      NoAnswer,
    );
  });

  test("what waits for another's turn is not late itself", async () => {
    writeFileSync(join(home, "a"), "1");
    const slow = withinTime(
      300,
      never,
      () => new Promise((_, reject) => setTimeout(() => reject(new Error("late")), 400)),
    );
    const next = withinTime(5_000, never, (quick) => quick.text(join(home, "a"), 1));
    await expect(slow).rejects.toThrow("late");
    expect(await next).toBe("1");
  });

  test("an interrupt gives its own reason", async () => {
    const stop = new AbortController();
    const reading = withinTime(60_000, stop.signal, () => foreignFiles(stop.signal, dead()).list("/dead"));
    setTimeout(() => stop.abort(new Error("stopped by SIGINT")), 20);
    await expect(reading).rejects.toThrow("stopped by SIGINT");
  });

  test("an interrupt is no verdict, also where a read that fails is one", async () => {
    const stop = new AbortController();
    const judged = withinTime(60_000, stop.signal, () =>
      foreignFiles(stop.signal, dead())
        .list("/dead")
        .catch(() => "unreadable"),
    );
    setTimeout(() => stop.abort(new Error("budget exhausted")), 20);
    await expect(judged).rejects.toThrow("budget exhausted");
  });
});
