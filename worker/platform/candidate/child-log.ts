// The bounded log of one candidate: the first part goes to a file as it comes, the rest only as a tail that is added at the end.
// Source: contract §4 (log of the child: bounded, kept per trial, tail into notes on failure).
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Written as it comes, bytes. */
const HEAD_BYTES = 524_288;
/** Kept from the end, bytes. */
const TAIL_BYTES = 65_536;

export interface ChildLog {
  write(part: Buffer): void;
  /** The last lines, without control characters, at most `lines`. */
  tail(lines: number): string;
  /** Bytes that came so far: a place for `since` to begin. */
  mark(): number;
  /** What came after that place, as far as it is kept (64 KB), without control characters. */
  since(mark: number): string;
  close(): void;
}

/** @param path created 0600, its folder 0700. @throws the file system's error */
export function openChildLog(path: string): ChildLog {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, "w", 0o600);
  let written = 0;
  let leftOut = 0;
  let came = 0;
  let open = true;
  let tail = Buffer.alloc(0);
  return {
    write(part) {
      tail = Buffer.concat([tail, part]).subarray(-TAIL_BYTES);
      came += part.length;
      if (!open) return;
      const room = part.subarray(0, Math.max(0, HEAD_BYTES - written));
      if (room.length > 0) writeSync(file, room);
      written += room.length;
      leftOut += part.length - room.length;
    },
    tail: (lines) => lastLines(tail.toString("utf8"), lines),
    mark: () => came,
    since: (mark) => cleanText(tail.subarray(Math.max(0, tail.length - (came - mark))).toString("utf8")),
    close() {
      if (!open) return;
      open = false;
      if (leftOut > 0) writeSync(file, `\n… ${leftOut} bytes left out; the end follows …\n${tail.toString("utf8")}`);
      closeSync(file);
    },
  };
}

function lastLines(text: string, lines: number): string {
  return cleanText(text)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-lines)
    .join("\n");
}

function cleanText(text: string): string {
  // eslint-disable-next-line no-control-regex -- terminal escapes of a child must not reach a terminal or a database
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "").replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
}
