// How a started worker ended, as the launcher's shell wrote it down; looked at by reading a file, never by a process.
// Source: DESIGN (pollers never fork).
import { readFileSync } from "node:fs";
import type { Launched } from "./worker-process.ts";

/** `code` is null if the worker was killed together with the shell that waited for it. */
export type WorkerEnd = { ended: false } | { ended: true; code: number | null };

export function workerEnd({ pid }: Launched, exitCodePath: string): WorkerEnd {
  // In this order: the code is written before the shell ends.
  const lives = isAlive(pid);
  const code = readCode(exitCodePath);
  if (code !== null) return { ended: true, code };
  return lives ? { ended: false } : { ended: true, code: null };
}

function readCode(path: string): number | null {
  try {
    return Number(readFileSync(path, "utf8").trim());
  } catch {
    return null; // not written yet
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
