// Folders of a test, removed although a process that is ending may still write into them.
import { rmSync } from "node:fs";

const LIMIT_MS = 30_000;
const PAUSE_MS = 50;
const LATE_WRITER = new Set(["ENOTEMPTY", "EBUSY", "EEXIST"]);

/**
 * Node's own `maxRetries` tries only the folder again, not what came into it meanwhile.
 * @param path may be missing
 * @throws whatever else stands in the way, or what still writes after 30 s
 */
export function removeFolder(path: string): void {
  const until = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      return rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (!LATE_WRITER.has((error as NodeJS.ErrnoException).code ?? "") || performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
