// The logs of a run: what its worker said, and what each candidate did. Only the end of a file is read.
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { logLabelPath, logLabelText } from "../../../worker/core/runs/log-label.ts";
import { databasePath, workerLogPath } from "../worker/paths.ts";

export interface RunLog {
  /** Whose it is: "Worker", "Qwen2.5-7B · kv 8 · batch 2"; the file's name where nobody wrote that down. */
  title: string;
  /** Of the file. */
  name: string;
  path: string;
}

/** What the worker said; null for a run of the terminal, whose worker said it there. */
export function workerLog(runId: string): RunLog | null {
  const path = workerLogPath(runId);
  return isPlain(runId) && existsSync(path) ? { title: "Worker", name: basename(path), path } : null;
}

/** Logs that are there: the worker's first, then the candidates', newest first. */
export function runLogs(runId: string): RunLog[] {
  if (!isPlain(runId)) return [];
  const worker = workerLog(runId);
  const folder = join(dirname(databasePath()), "logs", runId);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".log")) : [];
  const candidates = names
    .map((name) => ({ name, path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at)
    .map(({ name, path }) => ({ title: titleOf(path) ?? name, name, path }));
  return [...(worker === null ? [] : [worker]), ...candidates];
}

function titleOf(path: string): string | null {
  const label = logLabelPath(path);
  return existsSync(label) ? logLabelText(readFileSync(label, "utf8")) : null;
}

/** Ids of other programs may hold anything; none leads out of the folder. */
const isPlain = (runId: string): boolean => /^[\w-]+$/.test(runId);

/** Read from the end of a log. */
const TAIL_BYTES = 65_536;
const TAIL_LINES = 300;

/** The last lines of a file, without control characters. @throws the file system's error */
export function logTail(path: string): string {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const lines = withoutControls(bytes.toString("utf8", 0, read))
      .trimEnd()
      .split("\n");
    // The first one was probably cut.
    return (size > TAIL_BYTES ? lines.slice(1) : lines).slice(-TAIL_LINES).join("\n");
  } finally {
    closeSync(file);
  }
}

// eslint-disable-next-line no-control-regex -- a terminal's colours and what else a program may have said
const CONTROLS = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g;
const withoutControls = (text: string): string => text.replace(CONTROLS, "");
