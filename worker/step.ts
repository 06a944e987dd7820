// A named step: an effect on the world or on the disk, on either side of which sudden death may come. Inert, unless a test names
// a step by two variables; the process then stands still, dies or fails there. Who checks that none is forgotten: tests/chaos/steps.ts.
import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** A file: every step that is passed is added, as `<command> <side> <name> <how often> <pid>`. */
const NOTED_IN = process.env["MLX_AUTOTUNE_TEST_STEPS"];
/** What is to happen where, e.g. "stop run before drain.bootout 1, fail:ENOSPC apply before config.temp 1". */
const BARRIERS = (process.env["MLX_AUTOTUNE_TEST_BARRIERS"] ?? "").split(", ").map((text) => text.split(" "));

const passed = new Map<string, number>();

/**
 * Take a step.
 * @param name literal and unique in the sources
 */
export function step<T>(name: string, act: () => T): T {
  if (NOTED_IN === undefined) return act();
  pass("before", name, NOTED_IN);
  let result: T;
  try {
    result = act();
  } catch (error) {
    pass("after", name, NOTED_IN);
    throw error;
  }
  if (!isPromise(result)) {
    pass("after", name, NOTED_IN);
    return result;
  }
  pass("during", name, NOTED_IN); // asked for, not answered yet
  return result.finally(() => pass("after", name, NOTED_IN)) as T;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

function pass(side: "before" | "during" | "after", name: string, notedIn: string): void {
  const place = `${process.argv[2]} ${side} ${name}`;
  const times = (passed.get(place) ?? 0) + 1;
  passed.set(place, times);
  const what = BARRIERS.find(([, ...words]) => words.join(" ") === `${place} ${times}`)?.[0];
  // Once: who takes over from one that was killed here must not meet the same end.
  const isMet = what !== undefined && hasPassed(notedIn, `${place} ${times} `);
  appendFileSync(notedIn, `${place} ${times} ${process.pid}\n`);
  if (isMet) return;
  // Standing still, it can be looked at, killed from outside, or woken by SIGCONT.
  if (what === "stop") process.kill(process.pid, "SIGSTOP");
  else if (what === "kill") process.kill(process.pid, "SIGKILL");
  else if (what?.startsWith("fail:")) throw Object.assign(new Error(`${name} fails`), { code: what.slice(5) });
}

function hasPassed(notedIn: string, line: string): boolean {
  return (
    existsSync(notedIn) &&
    readFileSync(notedIn, "utf8")
      .split("\n")
      .some((one) => one.startsWith(line))
  );
}
