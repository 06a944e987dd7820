// Reads files and folders of others through a process of its own. A dead volume or a network disk that went away never answers
// a read; in this process that would hold a thread for good, four of them would end all other reads, and neither a signal nor
// process.exit could end it any more. So a reader that does not answer is given up, and the next read gets another one.
import { spawn, type ChildProcess } from "node:child_process";

/** What one read asks for. */
export type Question =
  | { verb: "list"; path: string; most: number }
  | { verb: "facts" | "link" | "runs" | "disk"; path: string }
  | { verb: "part"; path: string; offset: number; bytes: number };

export type Answer = { value: unknown } | { code: string; message: string };

/** A file or folder did not answer a read in time; `cause` is what ended the waiting. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  constructor(path: string, cause: unknown) {
    super(`${path} does not answer: the disk it is on may be gone or asleep`, { cause });
  }
}

/** A reader that nobody needs any more ends itself, ms. */
const IDLE_MS = 2_000;

/** What the reader's process runs: no import of ours, so that it starts quickly. Pipes and devices are told, never opened to wait. */
const PROGRAM = `
const fs = require("node:fs");
process.on("disconnect", () => process.exit());
const kindOf = (found) => (found.isFile() ? "file" : found.isDirectory() ? "folder" : found.isFIFO() ? "pipe" : "other");
const facts = (found) => ({ bytes: found.size, kind: kindOf(found), modifiedMs: found.mtimeMs });
function opened(path, use) {
  const handle = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const found = facts(fs.fstatSync(handle));
    if (found.kind !== "file") throw Object.assign(new Error("it is no file but a " + found.kind), { code: "ENOTFILE" });
    return use(handle, found);
  } finally {
    fs.closeSync(handle);
  }
}
function part(handle, offset, bytes) {
  const buffer = Buffer.alloc(bytes);
  let done = 0;
  for (let read = -1; read !== 0 && done < bytes; done += read) read = fs.readSync(handle, buffer, done, bytes - done, offset + done);
  return buffer.subarray(0, done);
}
const VERBS = {
  list: ({ path, most }) => {
    const folder = fs.opendirSync(path);
    const names = [];
    try {
      for (let entry = folder.readSync(); entry !== null && names.length < most; entry = folder.readSync()) names.push(entry.name);
    } finally {
      folder.closeSync();
    }
    return names;
  },
  facts: ({ path }) => facts(fs.statSync(path)),
  runs: ({ path }) => fs.accessSync(path, fs.constants.X_OK),
  link: ({ path }) => facts(fs.lstatSync(path)),
  part: ({ path, offset, bytes }) => opened(path, (handle, found) => ({ ...found, content: part(handle, offset, Math.min(bytes, Math.max(0, found.bytes - offset))) })),
  disk: ({ path }) => { const disk = fs.statfsSync(path); return disk.bavail * disk.bsize; },
};
process.on("message", (question) => {
  try {
    process.send({ value: VERBS[question.verb](question) });
  } catch (error) {
    process.send({ code: error.code ?? "EIO", message: error.message });
  }
});
`;

const OWN_COMMAND = [process.execPath, "-e", PROGRAM];

export interface ForeignReader {
  /** Ask one question at a time; others wait. @throws NoAnswer with the signal's reason as cause, as soon as it aborts */
  ask(question: Question, signal: AbortSignal): Promise<Answer>;
}

/** @param command of the process that answers; another one only under test */
export function createForeignReader(command: readonly string[] = OWN_COMMAND): ForeignReader {
  let child: ChildProcess | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;
  let isFirst = true;
  const giveUp = () => {
    // Not waited for: within a read that never ends even SIGKILL does nothing.
    child?.kill("SIGKILL");
    leave(child);
    child = null;
  };
  const ask = async (question: Question, signal: AbortSignal): Promise<Answer> => {
    if (signal.aborted) throw new NoAnswer(question.path, signal.reason);
    clearTimeout(idle);
    // One that is held by a dead disk would outlive this process, and whoever waits for its end.
    if (isFirst) process.once("exit", giveUp);
    isFirst = false;
    child ??= start(command);
    const reader = child;
    try {
      return await exchange(reader, question, signal);
    } catch (error) {
      if (child === reader) giveUp();
      throw error;
    } finally {
      rest(reader);
      idle = setTimeout(giveUp, IDLE_MS).unref();
    }
  };
  return {
    ask(question, signal) {
      const turn = last.then(
        () => ask(question, signal),
        () => ask(question, signal),
      );
      last = turn;
      return turn;
    },
  };
}

function start([program = "", ...args]: readonly string[]): ChildProcess {
  const env = { ...process.env };
  // What this process was started with (a debugger, a loader) is not meant for it.
  delete env["NODE_OPTIONS"];
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "ignore", "ipc"], serialization: "advanced", env });
  child.on("error", () => undefined); // `exchange` tells
  return child;
}

/** A reader at rest must not keep this process alive; one that is asked must, as nothing else may. */
function rest(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

function leave(child: ChildProcess | null): void {
  if (child === null) return;
  if (child.connected) child.disconnect();
  child.unref();
}

function exchange(child: ChildProcess, question: Question, signal: AbortSignal): Promise<Answer> {
  child.ref();
  child.channel?.ref();
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      child.off("message", onMessage).off("exit", onEnd).off("error", onEnd);
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    const onMessage = (answer: unknown) => done(() => resolve(answer as Answer));
    const onEnd = () => done(() => reject(new NoAnswer(question.path, new Error("the process that reads it ended"))));
    const onAbort = () => done(() => reject(new NoAnswer(question.path, signal.reason)));
    child.once("message", onMessage).once("exit", onEnd).once("error", onEnd);
    signal.addEventListener("abort", onAbort, { once: true });
    if (child.exitCode !== null || child.signalCode !== null) return onEnd();
    child.send(question, (error) => error && onEnd());
  });
}
