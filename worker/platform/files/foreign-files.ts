// Files and folders that others wrote, on disks that may be gone: every read is bounded in size and time, and can be interrupted.
// How a read can be given up: foreign-reader.ts.
import { notPermitted } from "../../core/machine/privacy.ts";
import { createForeignReader, type ForeignReader, type Question } from "./foreign-reader.ts";
import { thisReader } from "./this-reader.ts";

export interface FileFacts {
  bytes: number;
  kind: "file" | "folder" | "pipe" | "other";
  modifiedMs: number;
}

/** A read that failed at once, with the system's code; ENOTFILE = a pipe or device where a file should be. */
export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
  readonly code: string;
  constructor(path: string, code: string, message: string) {
    super(`${path}: ${notPermitted(code, thisReader()) ?? message}`);
    this.code = code;
  }

  /** True if there is simply nothing at that path. */
  get isAbsent(): boolean {
    return this.code === "ENOENT" || this.code === "ENOTDIR";
  }
}

/** Names that a folder is read for at most: more is no folder of models. */
const MOST_NAMES = 100_000;

/** Reads under one limit: they share its time. */
export interface ForeignFiles {
  list(folder: string): Promise<string[]>;
  facts(path: string): Promise<FileFacts>;
  /** Of the link itself. */
  linkFacts(path: string): Promise<FileFacts>;
  /** @throws UnreadableFile EACCES if this user may not run it */
  mayRun(path: string): Promise<void>;
  /** A part of a file; shorter where the file ends before. */
  part(path: string, offset: number, bytes: number): Promise<Uint8Array>;
  /** A whole file. @throws UnreadableFile EFBIG if it has more than `mostBytes` */
  whole(path: string, mostBytes: number): Promise<Uint8Array>;
  /** The same as text. */
  text(path: string, mostBytes: number): Promise<string>;
  freeBytes(folder: string): Promise<number>;
}

const shared = createForeignReader();

/**
 * Reads that end when the signal aborts.
 * All throw UnreadableFile where the system says no, and NoAnswer once the signal has aborted.
 */
export function foreignFiles(signal: AbortSignal, reader: ForeignReader = shared): ForeignFiles {
  const ask = async (question: Question): Promise<unknown> => {
    const answer = await reader.ask(question, signal);
    if ("value" in answer) return answer.value;
    throw new UnreadableFile(question.path, answer.code, answer.message);
  };
  const part = async (path: string, offset: number, bytes: number) =>
    (await ask({ verb: "part", path, offset, bytes })) as FileFacts & { content: Uint8Array };
  const whole = async (path: string, mostBytes: number) => {
    const { bytes, content } = await part(path, 0, mostBytes);
    if (bytes <= mostBytes) return content;
    throw new UnreadableFile(path, "EFBIG", `its ${bytes} bytes are more than the ${mostBytes} that are read`);
  };
  return {
    list: async (path) => (await ask({ verb: "list", path, most: MOST_NAMES })) as string[],
    facts: async (path) => (await ask({ verb: "facts", path })) as FileFacts,
    linkFacts: async (path) => (await ask({ verb: "link", path })) as FileFacts,
    mayRun: async (path) => void (await ask({ verb: "runs", path })),
    part: async (path, offset, bytes) => (await part(path, offset, bytes)).content,
    whole,
    text: async (path, mostBytes) => Buffer.from(await whole(path, mostBytes)).toString("utf8"),
    freeBytes: async (path) => (await ask({ verb: "disk", path })) as number,
  };
}

/** @returns null for what is not there */
export async function unlessAbsent<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof UnreadableFile && error.isAbsent) return null;
    throw error;
  }
}

let turn: Promise<unknown> = Promise.resolve();

/**
 * Run reads with at most so many ms for all of them. One after the other: what waits for another's dead disk is not late itself.
 * `use` must not come here again.
 * @throws as the reads do; `stop`'s reason if that aborts
 */
export function withinTime<T>(
  limitMs: number,
  stop: AbortSignal,
  use: (files: ForeignFiles) => Promise<T>,
): Promise<T> {
  const mine = turn.then(() => timed(limitMs, stop, use));
  turn = mine.catch(() => undefined);
  return mine;
}

async function timed<T>(limitMs: number, stop: AbortSignal, use: (files: ForeignFiles) => Promise<T>): Promise<T> {
  stop.throwIfAborted();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`no answer within ${limitMs / 1000} s`)), limitMs);
  try {
    const found = await use(foreignFiles(AbortSignal.any([stop, late.signal])));
    // Whoever takes a read that fails for a verdict would take the end of the run for one.
    stop.throwIfAborted();
    return found;
  } catch (error) {
    stop.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
