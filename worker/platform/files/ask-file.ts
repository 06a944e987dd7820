// Reads the beginning of one file as a probe's answer: bounded in size and time; whatever happens is an answer.
// Source: contract §15 (doctor); a pipe or a disk that is gone never answers a read.
import { open, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { errorText } from "../../core/errors.ts";
import type { Said } from "../../core/secrets/evidence.ts";

const READ_TIMEOUT_MS = 5_000;
/** Bytes; configs, plists and tokens are far smaller. */
const MOST_BYTES = 262_144;

/** @returns its text, or why it could not be read */
export function askFile(path: string): Promise<Said> {
  return within(READ_TIMEOUT_MS, readBeginning(path));
}

/** Give up waiting for an answer that may never come. */
export async function within(limitMs: number, answer: Promise<Said>): Promise<Said> {
  const giveUp = new AbortController();
  const late = delay(limitMs, null, { signal: giveUp.signal }).catch(() => null);
  const first = await Promise.race([answer, late]);
  giveUp.abort();
  return first ?? { outcome: "no answer", code: null, text: "", diagnostics: `none within ${limitMs / 1000} s` };
}

async function readBeginning(path: string): Promise<Said> {
  try {
    const facts = await stat(path);
    if (!facts.isFile()) return { outcome: "failed", code: null, text: "", diagnostics: "it is no file" };
    const handle = await open(path, "r");
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
      const text = buffer.subarray(0, bytesRead).toString("utf8");
      return {
        outcome: "answered",
        code: null,
        text,
        diagnostics: facts.size > MOST_BYTES ? "only its beginning" : "",
      };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const outcome = (error as NodeJS.ErrnoException).code === "ENOENT" ? "not here" : "failed";
    return { outcome, code: null, text: "", diagnostics: errorText(error) };
  }
}
