// A question on the terminal, before something is changed.
// Source: contract §12 (shown before it is done).
import { createInterface } from "node:readline/promises";
import type { Io } from "./io.ts";

/** Whether there is somebody to ask. */
export const canAsk = (io: Io): boolean => io.stdin.isTTY && io.stderr.isTTY;

/** @returns true only for y or yes. @throws the signal's reason on Ctrl-C */
export async function confirmed(question: string, io: Io): Promise<boolean> {
  const reader = createInterface({ input: io.stdin, output: io.stderr });
  // In raw mode the terminal sends no signal by itself; everything else waits for one.
  reader.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const ended = new Promise<string>((resolve) => reader.once("close", () => resolve("")));
  try {
    const answer = await Promise.race([reader.question(`${question} [y/N] `, { signal: io.signal }), ended]);
    return /^\s*y(es)?\s*$/i.test(answer);
  } catch (error) {
    io.signal.throwIfAborted();
    throw error;
  } finally {
    reader.close();
  }
}
