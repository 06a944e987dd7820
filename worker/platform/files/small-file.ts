// Reads a small file that somebody else wrote (core/text/small-file.ts), and not for long.
// In this process, as restoring a service must not depend on another one; many files of a disk that may be gone: foreign-files.ts.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { readSmall } from "../../core/text/small-file.ts";
import { inTime } from "./in-time.ts";

/** @throws as readSmall, and if it cannot be opened; NoAnswer if its disk does not answer */
export function readSmallFile(path: string, mostBytes: number): Promise<Buffer> {
  return inTime(path, readWhole(path, mostBytes));
}

async function readWhole(path: string, mostBytes: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const { buffer, byteOffset, length } = await readSmall(path, file, mostBytes);
  return Buffer.from(buffer, byteOffset, length);
}
