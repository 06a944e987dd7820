// What a replaced config keeps, where its backup goes, and whom it waits for.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { replaceFile } from "../../worker/platform/files/atomic-file.ts";
import { readFileState } from "../../worker/platform/files/file-state.ts";
import { withProviderLock } from "../../worker/platform/files/provider-lock.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let folder: string;
let path: string;
const home = process.env["HOME"];
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "config-keeping-")));
  process.env["HOME"] = join(folder, "home");
  path = join(folder, "home/.config/macprovider/config.yaml");
  fs.mkdirSync(dirname(path), { recursive: true });
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  }
  process.env["HOME"] = home;
  removeFolder(folder);
});

const replace = () =>
  replaceFile({ expected: readFileState(path), bytes: Buffer.from("model: new\n"), unixSeconds: 1_700_000_000 });

/** What the system's own tools say is attached to a file. */
function attached(file: string): string {
  if (process.platform === "darwin")
    return spawnSync("sh", ["-c", 'xattr -lx "$1"; ls -le "$1" | tail -n +2', "sh", file]).stdout.toString();
  const script =
    "import os,sys; print({name: os.getxattr(sys.argv[1], name).hex() for name in sorted(os.listxattr(sys.argv[1]))})";
  return spawnSync("python3", ["-c", script, file]).stdout.toString();
}

/** An attribute and an entry for another user. */
function attach(file: string): void {
  // user:1 may read, beside owner, group, mask and others: version 2, then tag, permissions and id of each.
  const acl = "0200000001000600ffffffff020004000100000004000400ffffffff10000400ffffffff20000000ffffffff";
  const script = `import os,sys; os.setxattr(sys.argv[1], "user.note", b"mine"); os.setxattr(sys.argv[1], "system.posix_acl_access", bytes.fromhex("${acl}"))`;
  const command =
    process.platform === "darwin"
      ? ["sh", "-c", 'xattr -w note mine "$1" && chmod +a "everyone deny execute" "$1"', "sh", file]
      : ["python3", "-c", script, file];
  const [program = "", ...args] = command;
  expect(spawnSync(program, args).stderr.toString()).toBe("");
}

test("extended attributes and access lists survive", () => {
  fs.writeFileSync(path, "model: old and longer than the new one\n");
  attach(path);
  const before = attached(path);
  expect(before).toContain(process.platform === "darwin" ? "note" : "posix_acl_access");
  expect(replace().warning).toBeNull();
  expect([fs.readFileSync(path, "utf8"), attached(path)]).toEqual(["model: new\n", before]);
});

describe("a backup", () => {
  const dotfiles = () => join(folder, "home/dotfiles");
  const intoRepository = (target: string) => {
    fs.mkdirSync(join(dotfiles(), ".git"), { recursive: true });
    fs.mkdirSync(dirname(target), { recursive: true });
    fs.writeFileSync(target, "model: old\nprovider_token: t\n");
  };
  const backupsIn = (at: string) =>
    fs.readdirSync(at, { recursive: true }).filter((name) => basename(String(name)).includes(".bak-"));

  test("lies beside the link, not in the repository that it leads to", () => {
    intoRepository(join(dotfiles(), "config.yaml"));
    fs.symlinkSync(join(dotfiles(), "config.yaml"), path);
    expect(replace().backupPath).toBe(`${path}.bak-1700000000-0`);
    expect(backupsIn(dotfiles())).toEqual([]);
  });

  test("goes to our own folder where the config's folder itself leads into a repository", () => {
    intoRepository(join(dotfiles(), "macprovider/config.yaml"));
    fs.rmdirSync(dirname(path));
    fs.symlinkSync(join(dotfiles(), "macprovider"), dirname(path));
    const { backupPath } = replace();
    expect(backupPath).toMatch(/home\/\.config\/mlx-autotune\/backups\/[0-9a-f]{8}\/config\.yaml\.bak-1700000000-0$/);
    expect(fs.statSync(backupPath ?? "").mode & 0o777).toBe(0o600);
    expect(fs.readFileSync(join(dirname(backupPath ?? ""), ".gitignore"), "utf8")).toBe("*\n");
    expect(backupsIn(dotfiles())).toEqual([]);
  });
});

describe("the provider's own lock", () => {
  const lockPath = () => join(dirname(path), ".config.yaml.lock");

  /** Another writer, as the provider's: flock on the descriptor of the lock file. */
  async function holdLock(seconds: number): Promise<ChildProcess> {
    const script = `import fcntl,os,sys,time
fd = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR, 0o600)
fcntl.flock(fd, fcntl.LOCK_EX); print("held", flush=True); time.sleep(${seconds})`;
    const child = spawn("python3", ["-c", script, lockPath()], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    await once(child.stdout, "data");
    return child;
  }

  test("is waited for, held while we write, and free afterwards", async () => {
    const other = await holdLock(1);
    let otherWasThere = true;
    const isHeld = () =>
      spawnSync("python3", [
        "-c",
        "import fcntl,sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)",
        lockPath(),
      ]).status !== 0;
    const held = await withProviderLock([path], { waitMs: 60_000 }, () => {
      otherWasThere = other.exitCode === null && other.signalCode === null && isHeld() === false;
      return isHeld();
    });
    expect([otherWasThere, held, isHeld()]).toEqual([false, true, false]);
    expect(fs.statSync(lockPath()).mode & 0o777).toBe(0o600);
  });

  test("that is not given free in time is a clear refusal", async () => {
    await holdLock(60);
    await expect(withProviderLock([path], { waitMs: 200 }, () => "written")).rejects.toMatchObject({
      code: "busy",
      message: expect.stringContaining(lockPath()),
      remedy: expect.stringContaining("lsof"),
    });
  });

  test("that is not given free ends the waiting at a signal", async () => {
    await holdLock(60);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("stopped")), 100);
    const waiting = withProviderLock([path], { waitMs: 60_000, signal: stop.signal }, () => "written");
    await expect(waiting).rejects.toThrow("stopped");
  });

  test("is taken beside the link and beside what it leads to", async () => {
    const taken: string[] = [];
    const lock = (at: string) => {
      taken.push(at);
      return fs.openSync(folder, "r");
    };
    await withProviderLock([join(folder, "b/config.yaml"), join(folder, "a/mac.yaml")], { lock }, () => null);
    expect(taken).toEqual([join(folder, "a/.mac.yaml.lock"), join(folder, "b/.config.yaml.lock")]);
  });
});
