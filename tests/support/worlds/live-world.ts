// What tests around live providers wait for and start: free ports, answering providers, processes that are nobody's child.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseProcStat } from "../../../worker/platform/processes/proc-stat.ts";

/** ms to wait for what must come: a machine with a load of 13 on two cores needed more than 30 s for the first request of a run. */
export const WAIT_MS = 55_000;

/** How many times slower than a quiet machine this one is right now, at least 1: starting Node takes 50 ms there. */
export function slowness(): number {
  const before = performance.now();
  spawnSync(process.execPath, ["-e", ""]);
  return Math.max(1, (performance.now() - before) / 100);
}

const CLAIMS = join(tmpdir(), "mlx-autotune-test-ports");

/** Tests run side by side, and a port may be used minutes after it was found free: each is one process' own until that has ended. */
function claim(port: number): boolean {
  const path = join(CLAIMS, String(port));
  mkdirSync(CLAIMS, { recursive: true });
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if (alive(Number(readFileSync(path, "utf8")) || process.pid)) return false;
  writeFileSync(path, String(process.pid));
  return true;
}

/**
 * A port that nobody listens on, and no other test is told. Below the range from which systems take ports for outgoing connections, so that it stays free
 * until it is used, also if that is minutes later.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    if (!claim(port)) continue;
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** Ask `check` until it says yes. @throws Error after `timeoutMs` */
export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  timeoutMs = WAIT_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(50);
  }
}

/** Whether a provider answers GET /v1/models on `port`. */
export async function answersOn(port: number, withinMs = 2000): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/v1/models`, { signal: AbortSignal.timeout(withinMs) }).then(
    (response) => response.ok,
    () => false,
  );
}

/**
 * Start a program in a process group of its own that is nobody's child, as one started in a terminal that was closed since.
 * @returns its pid
 */
export function startOrphan(argv: string[], options: { env: NodeJS.ProcessEnv; cwd?: string }): number {
  const script = 'exec 3>&1 >/dev/null 2>&1; set -m; "$@" 3>&- & echo $! >&3';
  const result = spawnSync("/bin/bash", ["-c", script, "bash", ...argv], { ...options, encoding: "utf8" });
  return Number(result.stdout.trim());
}

/**
 * Whether a process lives and was started with this in its environment ("NAME=value"): pids are given again within minutes on a
 * busy machine.
 */
export function livesWith(mark: string, pid: number): boolean {
  if (existsSync("/proc/self/environ")) {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(mark);
    } catch {
      return false; // it has ended, or is somebody else's
    }
  }
  const { stdout } = spawnSync("ps", ["-Eww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.split(" ").includes(mark);
}

/** Which of `pids` still live after up to 20 s. */
export async function stillThere(pids: number[]): Promise<number[]> {
  const deadline = Date.now() + 20_000;
  let left = pids.filter(alive);
  while (left.length > 0 && Date.now() < deadline) {
    await delay(50);
    left = left.filter(alive);
  }
  return left;
}

/** A zombie has ended: under a first process that is no init (a container's) an orphan stays one. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (!existsSync("/proc/self/stat"))
      return !execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).startsWith("Z");
    return !parseProcStat(readFileSync(`/proc/${pid}/stat`, "utf8")).hasEnded;
  } catch {
    return false;
  }
}
