// Reads the key of an endpoint from a file, so that it never stands in a command line.
// Source: contract §15 (--api-key-file; the key shows up nowhere).
import { open } from "node:fs/promises";
import { AutotuneError, errorText } from "../../core/errors.ts";

/** No key is this long. Unit: bytes. */
const MOST_BYTES = 8192;

/**
 * Read a key: the file's only line, without white space around it. A pipe is read, too.
 * @returns the key, and a warning if others can read the file
 * @throws AutotuneError config_error naming the path, never the content
 */
export async function readApiKey(path: string): Promise<{ key: string; warning: string | null }> {
  try {
    const { text, mode } = await readSmall(path);
    const key = text.trim();
    if (key === "") throw refused("it is empty");
    if (!/^[\x21-\x7e]+$/.test(key)) throw refused("it does not hold one line of printable characters without spaces");
    const open = (mode & 0o077) !== 0;
    const warning = open ? `${path} can be read by others; make it private: chmod 600 ${path}` : null;
    return { key, warning };
  } catch (cause) {
    const why = cause instanceof AutotuneError ? cause.message : errorText(cause);
    throw new AutotuneError("config_error", `--api-key-file: cannot read a key from ${path}: ${why}`, {
      remedy: "Write the key, and nothing else, into a file of your own (chmod 600) and name that.",
      cause,
    });
  }
}

/** A pipe counts as private: it has no name that others could open. It is waited for, as its writer may ask somebody first. */
async function readSmall(path: string): Promise<{ text: string; mode: number }> {
  const handle = await open(path, "r");
  try {
    const stat = await handle.stat();
    if (!stat.isFile() && !stat.isFIFO()) throw refused(stat.isDirectory() ? "it is a folder" : "it is no file");
    const buffer = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      read = (await handle.read(buffer, length, buffer.length - length, null)).bytesRead;
    if (length > MOST_BYTES) throw refused(`it is longer than ${MOST_BYTES} bytes`);
    return { text: buffer.toString("utf8", 0, length), mode: stat.isFile() ? stat.mode : 0 };
  } finally {
    await handle.close();
  }
}

const refused = (why: string): AutotuneError => new AutotuneError("config_error", why);
