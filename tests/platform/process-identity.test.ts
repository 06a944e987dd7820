import { afterEach, describe, expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSameProcess, processStartTime } from "../../worker/platform/processes/process-identity.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
});

function start(command: string, ...argv: string[]): ChildProcess & { pid: number } {
  const child = spawn(command, argv, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  return child as ChildProcess & { pid: number };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

// "darwin" asks `ps`, which exists on Linux too.
describe.each([process.platform, "darwin"] as const)("as on %s", (platform) => {
  test("a live process is the same for as long as it lives, and not after", async () => {
    const child = start("sleep", "30");
    const started = processStartTime(child.pid, platform);
    expect(started).toMatch(/\d/);
    expect(processStartTime(child.pid, platform)).toBe(started);
    expect(isSameProcess(child.pid, started, platform)).toBe(true);
    await kill(child);
    expect(processStartTime(child.pid, platform)).toBeNull();
    expect(isSameProcess(child.pid, started, platform)).toBe(false);
  });

  test("a later process with the same pid is another one", () => {
    const child = start("sleep", "30");
    expect(isSameProcess(child.pid, processStartTime(process.ppid, platform), platform)).toBe(false);
  });

  test("a zombie is dead", async () => {
    // The shell leaves a child and becomes `sleep`, which never waits for it.
    const parent = start("sh", "-c", "true & echo $!; exec sleep 30");
    const [line] = (await once(parent.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
    const zombie = Number(line.toString());
    await expectWithin(5000, () => processStartTime(zombie, platform) === null);
    expect(isSameProcess(zombie, "whenever", platform)).toBe(false);
  });

  test("who lives but was not dated counts as alive", () => {
    expect(isSameProcess(process.pid, null, platform)).toBe(true);
    expect(isSameProcess(process.pid, "unknown", platform)).toBe(true);
  });
});

describe("ps", () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  test("names a start alike in every time zone and language", () => {
    const starts = [{ TZ: "Asia/Tokyo" }, { TZ: "America/Lima", LC_ALL: "de_DE.UTF-8" }, { TZ: "UTC" }].map((env) => {
      process.env = { ...before, ...env };
      return processStartTime(process.pid, "darwin");
    });
    expect(new Set(starts).size).toBe(1);
  });

  test.each(["exit 1", "echo wrong >&2; exit 2", "kill -9 $$"])(
    "that ends with `%s` is no proof of death",
    (script) => {
      const bin = mkdtempSync(join(tmpdir(), "ps-"));
      writeFileSync(join(bin, "ps"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      process.env["PATH"] = bin;
      expect(processStartTime(process.pid, "darwin")).toBe("unknown");
      expect(isSameProcess(process.pid, "whenever", "darwin")).toBe(true);
      removeFolder(bin);
    },
  );
});

test("a name with blanks and brackets does not move the fields", () => {
  const child = start("bash", "-c", "exec -a 'odd) name (1 2' sleep 30");
  expect(isSameProcess(child.pid, processStartTime(child.pid))).toBe(true);
});

test.each([0, -1, 1.5, NaN, 2 ** 30])("pid %s is nobody", (pid) => {
  expect(processStartTime(pid)).toBeNull();
});

async function expectWithin(ms: number, condition: () => boolean): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end;) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(condition()).toBe(true);
}
