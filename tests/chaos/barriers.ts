// Stops worker, guard and next command at every step that the sources name, kills there, and looks: `npm run chaos -- --barriers`.
// Ends with 1 unless drained, orphans and torn are zero and every step was reached. Source: contract §5, §12; §16 case 10.
import { setTimeout as delay } from "node:timers/promises";
import { casesOf, type Case } from "./cases.ts";
import { report, tell, type Result } from "./barrier-report.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { type Barrier, play, type Passed, type Played, type Stage, textOf } from "./stage.ts";
import { readSources } from "./steps.ts";

/** Macs of a scenario that wait for their next play. */
type Idle = Map<Scenario, Stage[]>;

/** Steps that this system has no way to, and why. */
const ONLY_ON_MACOS: Record<string, string> = {
  "lock.open-locked": "open(2) locks there itself (O_EXLOCK); lock.open and lock.flock stand for it elsewhere",
};
const ONLY_ELSEWHERE: Record<string, string> = {
  "lock.open": "macOS passes lock.open-locked",
  "lock.private": "macOS passes lock.open-locked",
  "lock.flock": "macOS passes lock.open-locked",
};
const elsewhere = () => (process.platform === "darwin" ? ONLY_ELSEWHERE : ONLY_ON_MACOS);

/** No play takes longer, its next command included: what hangs is a failure, not a test without end. */
const PLAY_LIMIT_MS = 300_000;

/** A step that is missed so often is not passed any more. */
const MOST_PLAYS = 6;

/** What is looked at, while something is sought: [] and "" = all. */
export interface Only {
  scenarios: string[];
  step: string;
  /** One kill for each step and command, on one of its sides; else all of them. */
  sample: boolean;
}

/** @returns whether all is well */
export async function killAtBarriers(lanes: number, only: Only): Promise<boolean> {
  const startedAt = performance.now();
  const { steps, faults } = readSources();
  const failures: unknown[] = faults;
  const idle: Idle = new Map();
  const recorded = new Map<Scenario, Passed[]>();
  const wanted = SCENARIOS.filter(({ name }) => only.scenarios.length === 0 || only.scenarios.includes(name));
  await inLanes(wanted, lanes, failures, async (scenario) => void recorded.set(scenario, await record(scenario, idle)));
  const seen = new Set<string>();
  const all = wanted
    .flatMap((scenario) => casesOf(scenario, recorded.get(scenario) ?? [], seen))
    .filter(({ barrier }) => barrier.name.includes(only.step));
  const cases = (only.sample ? sampleOf(all) : all).sort((a, b) => (b.scenario.longS ?? 0) - (a.scenario.longS ?? 0));
  console.error(
    `${cases.length} kills to come, ${wanted.length} scenarios, ${Math.round((performance.now() - startedAt) / 1000)} s`,
  );
  const results: Result[] = [];
  await inLanes(cases, lanes, failures, async (one, rest) => {
    const result = await playCase(one, idle);
    results.push(result);
    tell(result, results.length, cases.length);
    if (!rest.some(({ scenario }) => scenario === one.scenario)) await closeAll(idle, one.scenario);
  });
  for (const scenario of wanted) await closeAll(idle, scenario);
  const reached = new Set([...recorded.values()].flat().map(({ name }) => name));
  const names = only.scenarios.length === 0 ? steps.map(({ name }) => name) : [];
  return report({
    results,
    failures,
    seconds: (performance.now() - startedAt) / 1000,
    never: names.filter((name) => !reached.has(name) && !(name in elsewhere())),
  });
}

/** Always the same: neighbours are stopped on different sides. */
function sampleOf(cases: Case[]): Case[] {
  const groups = Object.values(Object.groupBy(cases, ({ barrier }) => `${barrier.role} ${barrier.name}`));
  return groups.flatMap((of = [], index) => of[index % of.length] ?? []);
}

/** Work through a list, so many at once. A failure is kept and the rest goes on. */
async function inLanes<T>(
  list: readonly T[],
  lanes: number,
  failures: unknown[],
  work: (one: T, rest: readonly T[]) => Promise<void>,
): Promise<void> {
  const queue = [...list];
  const lane = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift())
      await work(one, queue).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Which steps a whole play passes; it must end well, too. */
async function record(scenario: Scenario, idle: Idle): Promise<Passed[]> {
  const stage = await scenario.open();
  idle.set(scenario, [stage]);
  const { lines, problems, ended } = await inTime(play(stage, null), `${scenario.name}, not stopped`);
  if (problems.length > 0)
    throw new Error(`${scenario.name}, not stopped: ${JSON.stringify(problems)} ${ended.stderr}`);
  return lines;
}

async function playCase({ scenario, barrier }: Case, idle: Idle): Promise<Result> {
  const startedAt = performance.now();
  const stage = idle.get(scenario)?.pop() ?? (await scenario.open());
  const what = `${scenario.name}, ${textOf(barrier)}`;
  const { reached, problems } = await inTime(playUntilReached(stage, barrier), what).catch(async (error: unknown) => {
    await stage.close().catch(() => undefined); // what went wrong first matters more
    throw new Error(what, { cause: error });
  });
  const result = { scenario: scenario.name, barrier, reached, problems, ms: performance.now() - startedAt };
  // A Mac that is not as before would spoil what comes next.
  if (problems.length > 0) await stage.close().catch(() => undefined);
  else idle.get(scenario)?.push(stage);
  return result;
}

/** Time decides whether some steps are passed (a draw, an orphan that may end first), so a play that did not come there is played again. */
async function playUntilReached(stage: Stage, barrier: Barrier): Promise<Played> {
  for (let plays = 1; ; plays += 1) {
    const played = await play(stage, barrier);
    if (played.reached || played.problems.length > 0 || plays === MOST_PLAYS) return played;
  }
}

/** @throws Error once the limit is over; the play itself is left to the end of this program */
async function inTime<T>(played: Promise<T>, what: string): Promise<T> {
  const limit = new AbortController();
  const late = delay(PLAY_LIMIT_MS, null, { signal: limit.signal }).then(() => {
    throw new Error(`not over within ${PLAY_LIMIT_MS / 1000} s: ${what}`);
  });
  try {
    return await Promise.race([played, late]);
  } finally {
    late.catch(() => undefined); // given up
    limit.abort();
  }
}

async function closeAll(idle: Idle, scenario: Scenario): Promise<void> {
  for (const stage of idle.get(scenario)?.splice(0) ?? []) await stage.close();
}
