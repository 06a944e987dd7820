// Reads a small file that somebody else wrote: never a pipe or device, which may never answer, and never more than expected.
// In this process, as restoring a service must not depend on another one; disks that may be gone: foreign-files.ts.
import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** @throws the system's error, with its code; Error that names path and limit if it is no file or too big */
export async function readSmallFile(path: string, mostBytes: number): Promise<Buffer> {
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
