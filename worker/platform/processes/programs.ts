// Where PATH has a program, without starting it. A folder of PATH may lie on a disk that is gone: each look is bounded, and a folder that
// did not answer once is not asked again. Source: contract §5 (platform tools are called by name; what is missing is left out and said).
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { errorText } from "../../core/errors.ts";
import { unlessAbsent, withinTime } from "../files/foreign-files.ts";
import { NoAnswer } from "../files/foreign-reader.ts";

/** Longest that one file may take to be looked at, ms. */
const LOOK_MS = 5_000;
const NEVER = new AbortController().signal;
/** Folders that did not answer. */
const dead = new Set<string>();

export const NOT_THERE = "not there";

/** @returns its absolute path, or null */
export async function findOnPath(program: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const folder of foldersOfPath(env)) {
    const path = join(folder, program);
    if ((await notRunnable(path)) === null) return path;
  }
  return null;
}

export const foldersOfPath = (env: NodeJS.ProcessEnv): string[] =>
  (env["PATH"] ?? "").split(delimiter).filter(isAbsolute);

/** @returns what is wrong with a program's file, or null. @throws the signal's reason */
export async function notRunnable(file: string, signal: AbortSignal = NEVER): Promise<string | null> {
  try {
    return await withinTime(LOOK_MS, signal, async (files) => {
      if (dead.has(dirname(file))) throw new NoAnswer(file, null);
      const facts = await unlessAbsent(files.facts(file));
      if (facts === null) return NOT_THERE;
      if (facts.kind !== "file") return "not a file";
      return files.mayRun(file).then(
        () => null,
        () => "not executable",
      );
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NoAnswer) dead.add(dirname(file));
    return errorText(error);
  }
}
