// The table of the barrier test: a line per step and command that was stopped there, then the totals.
import type { Problem } from "../support/worlds/drain-world.ts";
import { textOf, type Barrier } from "./stage.ts";

export interface Result {
  scenario: string;
  barrier: Barrier;
  reached: boolean;
  problems: Problem[];
  ms: number;
}

export interface Told {
  results: Result[];
  failures: unknown[];
  /** Steps of the sources that no scenario passes. */
  never: string[];
  seconds: number;
}

/** What is wrong is said at once, and now and then how far it is. */
export function tell({ scenario, barrier, reached, problems }: Result, done: number, all: number): void {
  const where = `(${scenario}) ${textOf(barrier)}${barrier.withGuard ? " with guard" : ""}`;
  for (const { kind, what } of problems) console.error(`${kind} ${where}: ${what}`);
  if (!reached) console.error(`not reached ${where}`);
  if (done % 50 === 0) console.error(`${done} of ${all} kills`);
}

/** Print it. @returns whether all is well */
export function report({ results, failures, never, seconds }: Told): boolean {
  const rows = Object.groupBy(results, ({ barrier }) => `${barrier.name} ${barrier.role}`);
  const width = Math.max(0, ...Object.keys(rows).map((key) => key.length));
  for (const [key, of = []] of Object.entries(rows).sort(([a], [b]) => a.localeCompare(b))) {
    const sides = ["before", "during", "after"].map((side) => {
      const some = of.filter(({ barrier }) => barrier.side === side);
      return `${side} ${some.length === 0 ? "-" : some.length}`;
    });
    const bad = of.filter(({ problems, reached }) => problems.length > 0 || !reached).length;
    console.log(`${key.padEnd(width)}  ${sides.join("  ")}  ${bad === 0 ? "ok" : `${bad} BAD`}`);
  }
  const count = (kind: string) => results.filter(({ problems }) => problems.some((one) => one.kind === kind)).length;
  const missed = results.filter(({ reached }) => !reached);
  console.log(`steps ${new Set(results.map(({ barrier }) => barrier.name)).size}, kills ${results.length}`);
  for (const kind of ["drained", "orphan", "torn", "untold"])
    console.log(`${kind === "orphan" ? "orphans" : kind} ${count(kind)}`);
  console.log(`in ${Math.round(seconds)} s; a kill takes ${medianS(results)} s median`);
  for (const name of never) console.error(`never reached: ${name}`);
  for (const failure of failures) console.error(failure);
  return failures.length + never.length + missed.length === 0 && results.every(({ problems }) => problems.length === 0);
}

function medianS(results: Result[]): string {
  const all = results.map(({ ms }) => ms).sort((a, b) => a - b);
  return ((all[Math.floor(all.length / 2)] ?? 0) / 1000).toFixed(1);
}
