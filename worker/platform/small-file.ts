// Reads a small file that somebody else wrote: never a pipe or device, which may never answer, never more than expected, and not for long.
// In this process, as restoring a service must not depend on another one; many files of a disk that may be gone: foreign-files.ts.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { inTime } from "./in-time.ts";

/**
 * @throws the system's error, with its code; Error that names path and limit if it is no file or too big; NoAnswer if its disk does
 *   not answer
 */
export function readSmallFile(path: string, mostBytes: number): Promise<Buffer> {
  return inTime(path, readWhole(path, mostBytes));
}

async function readWhole(path: string, mostBytes: number): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error(`${path} is not a file`);
    if (found.size > mostBytes) throw new Error(`${path}: its ${found.size} bytes are more than ${mostBytes}`);
    const buffer = Buffer.alloc(found.size);
    let done = 0;
    for (let read = -1; read !== 0 && done < buffer.length; done += read)
      read = (await handle.read(buffer, done, buffer.length - done, done)).bytesRead;
    return buffer.subarray(0, done);
  } finally {
    await handle.close();
  }
}
