// Reads a small file that somebody else wrote: never a pipe or device, which may never answer, and never more than expected.
// The file is handed in opened (not blocking), as worker and extension open files in ways of their own.

/** An open file, as node:fs/promises has it. */
export interface OpenFile {
  stat(): Promise<{ isFile(): boolean; size: number }>;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  close(): Promise<void>;
}

/** Read it whole and close it. @throws the system's error, with its code; Error that names path and limit if it is no file or too big */
export async function readSmall(path: string, file: OpenFile, mostBytes: number): Promise<Uint8Array> {
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new Error(`${path} is not a file`);
    if (found.size > mostBytes) throw new Error(`${path}: its ${found.size} bytes are more than ${mostBytes}`);
    const buffer = new Uint8Array(found.size);
    let done = 0;
    for (let read = -1; read !== 0 && done < buffer.length; done += read)
      read = (await file.read(buffer, done, buffer.length - done, done)).bytesRead;
    return buffer.subarray(0, done);
  } finally {
    await file.close();
  }
}
