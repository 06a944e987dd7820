import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, jest, test } from "@jest/globals";
import { groupAlive, groupGone, groupOf, signalGroup } from "../../worker/platform/processes/process-group.ts";
import { eventually } from "../support/worlds/live-world.ts";
import { processStartTime } from "../../worker/platform/processes/process-identity.ts";

const start = (command: string, ...argv: string[]) => {
  const child = spawn(command, argv, { stdio: ["ignore", "pipe", "inherit"], detached: true });
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  return child as typeof child & { pid: number };
};

test("a group lives until its last process has ended, whoever of it ends first", async () => {
  const leader = start("sh", "-c", "sleep 30 & echo $!");
  const [line] = (await once(leader.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
  await once(leader, "exit");
  expect(await groupOf(Number(line.toString()))).toBe(leader.pid);
  expect(await groupAlive(leader.pid)).toBe(true);
  expect(await groupGone(leader.pid, 100)).toBe(false);
  signalGroup(leader.pid, "SIGKILL");
  expect(await groupGone(leader.pid, 20_000)).toBe(true);
  signalGroup(leader.pid, "SIGKILL"); // gone already: no error
});

/** Ends the first thread alone, by the system call that ends one thread; the other goes on. */
const FIRST_THREAD_ENDS = `
import ctypes, platform, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
print("up", flush=True)
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[platform.machine()], 0)
`;
const hasPython = process.platform === "linux" && spawnSync("python3", ["--version"]).status === 0;

(hasPython ? test : test.skip)("a process whose first thread has ended lives while another thread does", async () => {
  const child = start("python3", "-c", FIRST_THREAD_ENDS);
  await once(child.stdout as NodeJS.EventEmitter, "data");
  const state = () => readFileSync(`/proc/${child.pid}/stat`, "utf8").replace(/.*\) /s, "")[0];
  while (state() !== "Z") await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await groupAlive(child.pid)).toBe(true);
  expect(processStartTime(child.pid)).not.toBeNull();
  signalGroup(child.pid, "SIGKILL");
  expect(await groupGone(child.pid, 20_000)).toBe(true);
  expect(processStartTime(child.pid)).toBeNull();
});

/** A process group whose only process has ended and is waited for by nobody, as its parent has become another program. */
async function startZombieGroup() {
  const parent = start("bash", "-c", "set -m; sleep 0.5 & echo $!; exec sleep 60");
  const [line] = (await once(parent.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
  const zombie = Number(line.toString());
  const state = () => spawnSync("ps", ["-o", "stat=", "-p", String(zombie)], { encoding: "utf8" }).stdout[0];
  await eventually("it is a zombie", () => state() === "Z", 20_000);
  return { parent, zombie };
}

/** What a Mac's kernel answers where it finds nobody to signal: for zombies, and for processes of other users. */
function answerLikeMac() {
  return jest.spyOn(process, "kill").mockImplementation(() => {
    throw Object.assign(new Error("kill EPERM"), { code: "EPERM", syscall: "kill" });
  });
}

test("EPERM for a group of zombies, as macOS answers, is a group that is gone; to signal it is no error", async () => {
  const { parent, zombie } = await startZombieGroup();
  const kill = answerLikeMac();
  try {
    expect(await groupAlive(zombie, "darwin")).toBe(false);
    expect(() => signalGroup(zombie, "SIGTERM")).not.toThrow();
    // The parent lives in a group of its own: somebody else's, as far as the kernel says.
    expect(await groupAlive(parent.pid, "darwin")).toBe(true);
    expect(kill).toHaveBeenCalled();
  } finally {
    kill.mockRestore();
    process.kill(parent.pid, "SIGKILL");
  }
  expect(await groupGone(zombie, 20_000)).toBe(true);
});

test("a group that ps cannot tell of counts as alive", async () => {
  const kill = answerLikeMac();
  const path = process.env["PATH"];
  process.env["PATH"] = "/nowhere";
  try {
    expect(await groupAlive(2 ** 22, "darwin")).toBe(true);
  } finally {
    process.env["PATH"] = path;
    kill.mockRestore();
  }
});
