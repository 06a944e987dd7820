// One play of the barrier test: start a command, let it stand still at a step, look, kill it there, let the next command complete it.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { guardPids } from "../support/worlds/active-run.ts";
import type { Problem } from "../support/worlds/drain-world.ts";
import { alive } from "../support/worlds/live-world.ts";
import type { Finished } from "../support/worlds/program.ts";

export type Side = "before" | "during" | "after";

/** A line that a step has left. */
export interface Passed {
  /** First word of the command line: run, guard, restore, apply … */
  role: string;
  side: Side;
  name: string;
  /** The how-manieth time on this side, from 1. */
  times: number;
  pid: number;
}

/** One kill: where, and whether the guard is killed with the worker, so that only the next command is left to do it. */
export interface Barrier extends Omit<Passed, "pid"> {
  withGuard: boolean;
}

/** A world in which one command can be played and stopped again and again. */
export interface Stage {
  home: string;
  dbPath: string;
  /** Barriers that belong to every play: deaths and failures that lead to the steps that are looked at. */
  always?: readonly string[];
  /** A run is to live on: its guard is not waited for. */
  background?: boolean;
  /** Everything as it must be before the command. */
  prepare(): Promise<void> | void;
  start(env: Record<string, string>): { finished: Promise<Finished> };
  /** Told of each passed step at once: what others do meanwhile. */
  meanwhile?(line: Passed): Promise<void> | void;
  /** What the command runs in the foreground is the user's, and may live on without it; here it goes with it, as it holds its output open. */
  foreground?: boolean;
  /** What is not exactly as it must be while the process stands there. */
  look(lines: readonly Passed[]): Promise<Problem[]> | Problem[];
  /** Let the next command do it. @returns what is wrong after the kill, during and after that command */
  complete(lines: readonly Passed[], barrier: Barrier | null): Promise<Problem[]>;
  close(): Promise<void>;
}

export interface Played {
  lines: Passed[];
  reached: boolean;
  problems: Problem[];
  ended: Finished;
}

export const textOf = ({ role, side, name, times }: Omit<Passed, "pid">): string => `${role} ${side} ${name} ${times}`;

const GONE_LIMIT_MS = 60_000;

let plays = 0;

/** @param barrier null = to the end, only taking down which steps are passed */
export async function play(stage: Stage, barrier: Barrier | null): Promise<Played> {
  await stage.prepare();
  const file = join(stage.home, `steps-${(plays += 1)}`);
  const wanted = [...(stage.always ?? []), ...(barrier ? [`stop ${textOf(barrier)}`] : [])];
  const { finished } = stage.start({ MLX_AUTOTUNE_TEST_STEPS: file, MLX_AUTOTUNE_TEST_BARRIERS: wanted.join(", ") });
  const lines: Passed[] = [];
  const stood = await followUntil(stage, file, lines, finished, barrier);
  const problems: Problem[] = [];
  if (stood !== null && barrier !== null) {
    problems.push(...(await stage.look(lines)));
    if (barrier.withGuard) for (const guard of guardPids(stage)) kill(guard);
    const rest = stage.foreground === true ? childrenOf(stood.pid) : [];
    for (const pid of [stood.pid, ...rest]) kill(pid);
    await untilQuiet(stage, finished);
    lines.splice(0, lines.length, ...readLines(file));
  }
  const reached = barrier === null || stood !== null;
  if (reached) problems.push(...(await stage.complete(lines, barrier)));
  if (stage.background === true) problems.push(...(await untilGone(file)));
  rmSync(file, { force: true });
  return { lines, reached, problems, ended: await finished };
}

/** @returns the line of the process that stands at the barrier; null if all was over without */
async function followUntil(
  stage: Stage,
  file: string,
  lines: Passed[],
  finished: Promise<Finished>,
  barrier: Barrier | null,
): Promise<Passed | null> {
  let over = false;
  void finished.then(() => (over = true));
  for (;;) {
    const last = over && isQuiet(stage);
    for (const line of readLines(file).slice(lines.length)) {
      lines.push(line);
      await stage.meanwhile?.(line);
    }
    const stood = barrier === null ? undefined : lines.find((line) => textOf(line) === textOf(barrier));
    if (stood !== undefined || last) return stood ?? null;
    await delay(20);
  }
}

/** All that the command started has ended: its guard, too, unless it was killed, and what it was told to wait for. */
async function untilQuiet(stage: Stage, finished: Promise<Finished>): Promise<void> {
  await finished;
  while (!isQuiet(stage)) await delay(50);
}

/** A run of the background tells its end before it has ended: until then it writes into a folder that is about to be removed. */
async function untilGone(file: string): Promise<Problem[]> {
  const until = performance.now() + GONE_LIMIT_MS;
  for (;;) {
    const left = [...new Set(readLines(file).map(({ pid }) => pid))].filter(alive);
    if (left.length === 0) return [];
    if (performance.now() > until) return [{ kind: "orphan", what: `still there after its end: ${left.join(", ")}` }];
    await delay(20);
  }
}

const isQuiet = (stage: Stage): boolean => stage.background === true || !guardPids(stage).some(alive);

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it was quicker
  }
}

function childrenOf(pid: number): number[] {
  const lines = execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" }).split("\n");
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid ? [child ?? 0] : []));
}

/** Whole lines only; a line may be on its way. */
export function readLines(file: string): Passed[] {
  if (!existsSync(file)) return [];
  const whole = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return whole.map((line) => {
    const [role = "", side, name = "", times, pid] = line.split(" ");
    return { role, side: side as Side, name, times: Number(times), pid: Number(pid) };
  });
}
