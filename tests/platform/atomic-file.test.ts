import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { AutotuneError } from "../../worker/core/errors.ts";
import { replaceFile } from "../../worker/platform/files/atomic-file.ts";
import type { FileLayer } from "../../worker/platform/files/file-layer.ts";
import { assertReplaceable, readFileState } from "../../worker/platform/files/file-state.ts";
import { failingFiles, type Failure } from "../support/store/failing-files.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const SECONDS = 1_700_000_000;
const OLD = "model: old # ü\r\n";
const NEW = "model: new # ü\r\n";

let folder: string;
let path: string;

beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "atomic-file-")));
  path = join(folder, "config.yaml");
});

// Nothing but the file, its backups and what a test made itself may be left: no lock, no temp file.
afterEach(() => {
  const hidden = fs.readdirSync(folder, { recursive: true }).filter((name) => basename(String(name)).startsWith("."));
  removeFolder(folder);
  expect(hidden).toEqual([]);
});

function write(content: string, mode = 0o644): void {
  fs.writeFileSync(path, content);
  fs.chmodSync(path, mode);
}

function replace(content = NEW, layer?: FileLayer) {
  return replaceFile({ expected: readFileState(path), bytes: Buffer.from(content), unixSeconds: SECONDS }, layer);
}

function refusal(act: () => unknown): AutotuneError {
  try {
    act();
  } catch (error) {
    if (error instanceof AutotuneError) return error;
    throw error;
  }
  throw new Error("not refused");
}

const read = (file: string) => fs.readFileSync(file, "utf8");
const modeOf = (file: string) => fs.statSync(file).mode & 0o7777;
const backups = () => fs.readdirSync(folder).filter((name) => name.startsWith("config.yaml.bak-"));

describe("replacing", () => {
  test.each([0o644, 0o600, 0o640, 0o755])("keeps mode %o; the backup is byte-identical and private", (mode) => {
    write(OLD, mode);
    const replaced = replace();
    expect(replaced).toMatchObject({ realPath: path, backupPath: `${path}.bak-${SECONDS}-0`, warning: null });
    expect([read(path), modeOf(path)]).toEqual([NEW, mode]);
    expect([read(`${path}.bak-${SECONDS}-0`), modeOf(`${path}.bak-${SECONDS}-0`)]).toEqual([OLD, 0o600]);
    expect(readFileState(path)).toMatchObject({ sha256: replaced.sha256 });
  });

  test("keeps the owner", () => {
    write(OLD);
    if (process.getuid?.() === 0) fs.chownSync(path, 12_345, 12_346);
    const before = fs.statSync(path);
    replace();
    expect(fs.statSync(path)).toMatchObject({ uid: before.uid, gid: before.gid });
    expect(fs.statSync(`${path}.bak-${SECONDS}-0`)).toMatchObject({ uid: before.uid, gid: before.gid });
  });

  test("twice in one second gives two backups, and a hole in the counters is filled", () => {
    write("1");
    for (const content of ["2", "3", "4"]) replace(content);
    fs.unlinkSync(`${path}.bak-${SECONDS}-1`);
    replace("5");
    expect(backups().map((name) => [name.at(-1), read(join(folder, name))])).toEqual([
      ["0", "1"],
      ["1", "4"],
      ["2", "3"],
    ]);
  });

  test("never writes over what lies where a backup would go, a dangling symlink included", () => {
    write(OLD);
    fs.symlinkSync("/nowhere/at/all", `${path}.bak-${SECONDS}-0`);
    expect(replace().backupPath).toBe(`${path}.bak-${SECONDS}-1`);
  });

  test("a new file is private, has no backup, and gets its folder", () => {
    path = join(folder, "a/b/serve.yaml");
    expect(readFileState(path)).toMatchObject({ state: "absent" });
    expect(replace()).toMatchObject({ backupPath: null });
    expect([read(path), modeOf(path), modeOf(dirname(path))]).toEqual([NEW, 0o600, 0o700]);
  });

  test("an empty file and a big one are replaced whole", () => {
    write("");
    const big = "x".repeat(3_000_000);
    replace(big);
    expect(read(path)).toBe(big);
    replace("");
    expect([read(path), read(`${path}.bak-${SECONDS}-1`)]).toEqual(["", big]);
  });

  test("a layer that writes a few bytes at a time still writes them all", () => {
    write(OLD);
    const writeSync = ((fd: number, data: Uint8Array, from: number, length: number) =>
      fs.writeSync(fd, data, from, Math.min(length, 3))) as typeof fs.writeSync;
    replace(NEW, { ...fs, writeSync });
    expect([read(path), read(`${path}.bak-${SECONDS}-0`)]).toEqual([NEW, OLD]);
  });

  test("what a crash left behind goes with the next replacement", () => {
    write(OLD);
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    fs.symlinkSync(String(dead), join(folder, ".config.yaml.mlx-autotune.lock"));
    fs.writeFileSync(join(folder, ".config.yaml.mlx-autotune.tmp"), "half a fi");
    replace();
    expect(read(path)).toBe(NEW);
  });
});

describe("a lock that was moved aside by one who died then", () => {
  const dead = String(spawnSync(process.execPath, ["-e", ""]).pid);
  const grave = () => join(folder, `.config.yaml.mlx-autotune.lock.${dead}`);

  test("goes with the next replacement, if its owner is dead, too", () => {
    write(OLD);
    fs.symlinkSync(dead, grave());
    replace();
    expect(read(path)).toBe(NEW);
  });

  test("counts as long as its owner lives", () => {
    write(OLD);
    fs.symlinkSync(String(process.ppid), grave());
    expect(() => replace()).toThrow(`PID ${process.ppid}`);
    expect(fs.readlinkSync(grave())).toBe(String(process.ppid));
    fs.unlinkSync(grave());
  });

  test("stays while the one who moved it is at work", () => {
    write(OLD);
    const living = join(folder, `.config.yaml.mlx-autotune.lock.${process.ppid}`);
    fs.symlinkSync(dead, living);
    replace();
    expect(fs.readlinkSync(living)).toBe(dead);
    fs.unlinkSync(living);
  });
});

describe("symlinks", () => {
  test("an own symlink stays, its target is replaced, and backed up beside the link", () => {
    const target = join(folder, "dotfiles/mac.yaml");
    fs.mkdirSync(dirname(target));
    fs.writeFileSync(target, OLD);
    fs.symlinkSync("dotfiles/mac.yaml", join(folder, "hop"));
    fs.symlinkSync("hop", path);
    expect(replace()).toMatchObject({ realPath: target, backupPath: `${path}.bak-${SECONDS}-0` });
    expect([fs.readlinkSync(path), read(target), read(`${path}.bak-${SECONDS}-0`)]).toEqual(["hop", NEW, OLD]);
  });

  test("a folder behind a symlink is followed, also by a relative link in it", () => {
    fs.mkdirSync(join(folder, "real/deep"), { recursive: true });
    fs.writeFileSync(join(folder, "real/mac.yaml"), OLD);
    fs.symlinkSync("../mac.yaml", join(folder, "real/deep/config.yaml"));
    fs.symlinkSync("real/deep", join(folder, "link"));
    path = join(folder, "link/config.yaml");
    expect(replace().realPath).toBe(join(folder, "real/mac.yaml"));
  });

  test.each(["the link", "its target", "a folder on the way"])("%s of another user is refused", (foreign) => {
    fs.mkdirSync(join(folder, "real"));
    fs.writeFileSync(join(folder, "real/config.yaml"), OLD);
    fs.symlinkSync("real", join(folder, "link"));
    fs.symlinkSync("link/config.yaml", path);
    const owned = {
      "the link": path,
      "its target": join(folder, "real/config.yaml"),
      "a folder on the way": join(folder, "real"),
    }[foreign];
    const lstatSync = ((file: string, options: fs.StatSyncOptions) => {
      const found = fs.lstatSync(file, options);
      return found && file === owned ? Object.assign(found, { uid: Number(found.uid) + 1 }) : found;
    }) as typeof fs.lstatSync;
    expect(refusal(() => readFileState(path, { ...fs, lstatSync })).message).toMatch(/another user/);
    const expected = readFileState(path);
    const request = { expected, bytes: Buffer.from(NEW), unixSeconds: SECONDS };
    expect(refusal(() => replaceFile(request, { ...fs, lstatSync })).message).toMatch(/another user/);
    expect(fs.readdirSync(join(folder, "real"))).toEqual(["config.yaml"]);
  });

  test("a loop is refused", () => {
    fs.symlinkSync("config.yaml", path);
    expect(refusal(() => readFileState(path)).message).toContain("loop");
  });
});

describe("refusals leave the folder as it is", () => {
  afterEach(() => expect(backups()).toEqual([]));

  test("hard links", () => {
    write(OLD);
    fs.linkSync(path, join(folder, "other"));
    expect(refusal(() => assertReplaceable(readFileState(path))).message).toContain("2 hard links");
    expect(refusal(() => replace()).message).toContain("2 hard links");
    expect(read(path)).toBe(OLD);
  });

  test("a read-only file", () => {
    write(OLD, 0o444);
    expect(refusal(() => assertReplaceable(readFileState(path))).message).toContain("read-only");
    expect(refusal(() => replace())).toMatchObject({
      code: "config_error",
      remedy: expect.stringContaining("chmod u+w"),
    });
    expect(read(path)).toBe(OLD);
  });

  // The superuser may write into any folder: the system's "no" comes from a stand-in.
  test.each([
    ["the file's", "config.yaml"],
    ["the one in which its folder would be made", "new/deeper/config.yaml"],
  ])("a folder that may not be written to, said before anything is tried: %s", (_, name) => {
    if (name === "config.yaml") write(OLD);
    const accessSync: typeof fs.accessSync = (asked, mode) => {
      if (asked !== folder) return fs.accessSync(asked, mode);
      throw Object.assign(new Error("access"), { code: "EACCES" });
    };
    const layer: FileLayer = { ...fs, accessSync };
    const openSync: typeof fs.openSync = (opened, flags, mode) => {
      if (flags === fs.constants.O_RDONLY || String(opened) === path) return fs.openSync(opened, flags, mode);
      throw Object.assign(new Error("open"), { code: "EACCES" });
    };
    const mkdirSync = (): never => {
      throw Object.assign(new Error("mkdir"), { code: "EACCES" });
    };
    const file = readFileState(join(folder, name));
    const before = refusal(() => assertReplaceable(file, layer));
    const tried = refusal(() =>
      replaceFile({ expected: file, bytes: Buffer.from(NEW), unixSeconds: SECONDS }, { ...fs, openSync, mkdirSync }),
    );
    expect([before.message, before.remedy]).toEqual([tried.message, tried.remedy]);
    expect(before.message).toContain("permission is denied");
  });

  test("no regular file", () => {
    fs.mkdirSync(path);
    expect(refusal(() => readFileState(path)).message).toContain("no regular file");
    fs.rmdirSync(path);
    spawnSync("mkfifo", [path]);
    expect(refusal(() => readFileState(path)).message).toContain("no regular file");
  });

  test.each<[string, () => void]>([
    ["edited in place", () => fs.appendFileSync(path, "#")],
    ["saved anew with the same bytes", () => (fs.writeFileSync(`${path}~`, OLD), fs.renameSync(`${path}~`, path))],
    ["removed", () => fs.unlinkSync(path)],
    ["made private", () => fs.chmodSync(path, 0o600)],
    ["replaced by a symlink", () => (fs.renameSync(path, `${path}~`), fs.symlinkSync("config.yaml~", path))],
  ])("a file that was %s since it was read", (_, change) => {
    write(OLD);
    const expected = readFileState(path);
    change();
    const before = fs.existsSync(path) ? read(path) : null;
    const request = { expected, bytes: Buffer.from(NEW), unixSeconds: SECONDS };
    expect(refusal(() => replaceFile(request)).message).toContain("changed since the diff");
    expect(fs.existsSync(path) ? read(path) : null).toBe(before);
  });

  test("a file that appeared since", () => {
    const expected = readFileState(path);
    write(OLD);
    const request = { expected, bytes: Buffer.from(NEW), unixSeconds: SECONDS };
    expect(refusal(() => replaceFile(request)).message).toContain("changed since the diff");
    expect(read(path)).toBe(OLD);
  });

  test("an editor's save while the new file is being written is not lost", () => {
    write(OLD);
    let writes = 0;
    const writeSync = ((fd: number, data: Uint8Array, from: number, length: number) => {
      writes += 1;
      if (writes === 2) fs.writeFileSync(path, "by hand\n");
      return fs.writeSync(fd, data, from, length);
    }) as typeof fs.writeSync;
    expect(refusal(() => replace(NEW, { ...fs, writeSync })).message).toContain("changed since the diff");
    expect(read(path)).toBe("by hand\n");
  });

  test("a lock that a living process holds", () => {
    write(OLD);
    const lock = join(folder, ".config.yaml.mlx-autotune.lock");
    fs.symlinkSync(String(process.ppid), lock);
    expect(refusal(() => replace())).toMatchObject({
      code: "busy",
      message: expect.stringContaining(`PID ${process.ppid}`),
    });
    expect(fs.readlinkSync(lock)).toBe(String(process.ppid));
    fs.unlinkSync(lock);
    expect(read(path)).toBe(OLD);
  });

  test.each(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EIO"])("%s while writing the new file", (code) => {
    write(OLD);
    const at = failingCalls("writeSync").at(-1) ?? -1;
    const { layer } = failingFiles({ at, kind: "error", code });
    const error = refusal(() => replace(NEW, layer));
    expect(error.message).toMatch(/was not replaced: (the disk|permission|the volume|the system)/);
    expect(error.cause).toBeDefined();
    expect(read(path)).toBe(OLD);
  });
});

/** The numbers of the calls by that name in an undisturbed replacement of the file, which is put back. */
function failingCalls(name?: string): number[] {
  const { layer, calls } = failingFiles(null);
  const content = fs.existsSync(path) ? read(path) : null;
  replace(NEW, layer);
  for (const backup of backups()) fs.unlinkSync(join(folder, backup));
  if (content === null) fs.unlinkSync(path);
  else fs.writeFileSync(path, content);
  return calls.flatMap((call, at) => (name === undefined || call === name ? [at] : []));
}

describe.each([
  ["an existing file", OLD],
  ["a new file", null],
])("%s, at every call boundary", (_, original) => {
  function attempt(failure: Failure): { failed: boolean; content: string | null } {
    removeFolder(folder);
    fs.mkdirSync(folder);
    if (original !== null) write(original);
    let failed = false;
    try {
      replace(NEW, failingFiles(failure).layer);
    } catch {
      failed = true;
    }
    const content = fs.existsSync(path) ? read(path) : null;
    expect([original, NEW]).toContain(content);
    if (original !== null && content === NEW) expect(backups().map((name) => read(join(folder, name)))).toContain(OLD);
    return { failed, content };
  }

  test("an error leaves it old and clean, or new with its backup", () => {
    if (original !== null) write(original);
    const calls = failingCalls();
    expect(calls.length).toBeGreaterThan(15);
    for (const at of calls)
      for (const code of ["EIO", "ENOSPC"]) {
        const { failed, content } = attempt({ at, kind: "error", code });
        if (failed && content === original) expect(backups()).toEqual([]);
        expect(failed && content === NEW).toBe(false);
        const left = fs.readdirSync(folder).filter((name) => name.startsWith("."));
        // Only where the removal of the lock itself fails may it stay; a warning says so.
        if (at === calls.at(-1)) for (const name of left) fs.unlinkSync(join(folder, name));
        else expect(left).toEqual([]);
      }
  });

  test("a rename that took effect and yet failed keeps the backup", () => {
    if (original !== null) write(original);
    const [at = -1] = failingCalls("renameSync");
    const { failed, content } = attempt({ at, kind: "error-after" });
    expect({ failed, content }).toEqual({ failed: true, content: NEW });
  });

  test.each(["crash", "crash-after", "crash-half"] as const)(
    "a %s leaves it entirely old or entirely new, and the next apply works",
    (kind) => {
      if (original !== null) write(original);
      const dead = spawnSync(process.execPath, ["-e", ""]).pid;
      const seen = new Set<string | null>();
      for (const at of failingCalls()) {
        seen.add(attempt({ at, kind }).content);
        const lock = join(folder, ".config.yaml.mlx-autotune.lock");
        if (fs.readdirSync(folder).includes(basename(lock))) {
          fs.unlinkSync(lock);
          fs.symlinkSync(String(dead), lock);
        }
        replace("next\n");
        expect(read(path)).toBe("next\n");
        expect(fs.readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
      }
      expect([...seen].sort()).toEqual([original, NEW].sort());
    },
  );
});

describe("beside other processes", () => {
  test("a reader in a loop never sees half a file", async () => {
    const content = (turn: number) => `${turn} `.repeat(60_000);
    write(content(0));
    const script = `
      const fs = require("node:fs");
      let reads = 0, bad = 0, stop = false;
      process.stdin.on("end", () => { stop = true; }).resume();
      const turn = () => {
        for (let i = 0; i < 5; i++) {
          const text = fs.readFileSync(process.argv[1], "utf8");
          const word = text.slice(0, text.indexOf(" ") + 1);
          reads++;
          if (word === "" || text !== word.repeat(60000)) bad++;
        }
        if (reads === 5) process.stderr.write("reading");
        if (stop) process.stdout.write(JSON.stringify({ reads, bad }));
        else setImmediate(turn);
      };
      turn();`;
    const reader = spawn(process.execPath, ["-e", script, path], { stdio: ["pipe", "pipe", "pipe"] });
    await new Promise((resolve) => reader.stderr.once("data", resolve));
    for (let turn = 1; turn <= 60; turn += 1) replace(content(turn));
    reader.stdin.end();
    const { reads, bad } = JSON.parse(await textOf(reader.stdout)) as { reads: number; bad: number };
    expect(bad).toBe(0);
    expect(reads).toBeGreaterThan(5);
  });

  test("applies at once never lose one another's change", async () => {
    write("0\n");
    const [writers, times] = [3, 15];
    const outputs = await Promise.all(
      Array.from({ length: writers }, async () => {
        const script = join(import.meta.dirname, "../support/store/counting-writer.ts");
        const writer = spawn(process.execPath, ["--no-warnings", script, path, String(times)], {
          stdio: ["ignore", "pipe", "pipe"],
        });
        const [output, errors] = await Promise.all([textOf(writer.stdout), textOf(writer.stderr)]);
        expect(errors).toBe("");
        return output;
      }),
    );
    expect(outputs.every((output) => /^\d+\n$/.test(output))).toBe(true);
    expect(read(path)).toBe(`${writers * times}\n`);
    const saved = backups().map((name) => Number(read(join(folder, name))));
    expect(saved.sort((a, b) => a - b)).toEqual(Array.from({ length: writers * times }, (_, index) => index));
  });
});
