// Which kills a scenario is good for: both sides of each step that it is the first to pass, and in the middle of what takes its time.
import type { Scenario } from "./scenario.ts";
import type { Barrier, Passed, Side } from "./stage.ts";

export interface Case {
  scenario: Scenario;
  barrier: Barrier;
}

const SIDES: readonly Side[] = ["before", "during", "after"];
/** launchd acts while it is waited for; anything else is as good as not begun or done. */
const TAKES_TIME = /^(drain\.bootout|restore\.bootstrap|restore\.kickstart|restart\.kickstart)$/;
/** What is taken out and brought back one by one: the watchdog first, the provider last. */
const BY_SERVICE = /^(drain|journal|restore)\./;
/** Where it matters whether a guard is left. */
const GUARDED = /^(drain|journal|restore|candidate)\./;

/**
 * @param lines of a whole play
 * @param seen steps by role that another scenario is stopped at already; these are added
 */
export function casesOf(scenario: Scenario, lines: readonly Passed[], seen: Set<string>): Case[] {
  const { roles, only = /./ } = scenario;
  const own = lines.filter(({ role, side, name }) => roles.includes(role) && side === "after" && only.test(name));
  const last = new Map(own.map(({ name, times }) => [name, times]));
  const chosen = own.filter(
    ({ name, times }) =>
      scenario.eachTime === true || times === 1 || (BY_SERVICE.test(name) && times === last.get(name)),
  );
  const news = chosen.filter((line) => !seen.has(keyOf(line)));
  for (const line of news) seen.add(keyOf(line));
  return news.flatMap(({ role, name, times }) =>
    SIDES.filter((side) => side !== "during" || TAKES_TIME.test(name)).flatMap((side) => {
      const both = times === 1 && GUARDED.test(name) && hasGuard(lines, { role, name });
      return (both ? [false, true] : [false]).map((withGuard) => ({
        scenario,
        barrier: { role, side, name, times, withGuard },
      }));
    }),
  );
}

/** Every command opens the database alike: once is enough. */
function keyOf({ role, name, times }: Passed): string {
  return name.startsWith("database.") ? name : `${role} ${name} ${times}`;
}

/** Whether a guard has something to do: in a run, from the first intent to the last entry that is closed. */
function hasGuard(lines: readonly Passed[], { role, name }: Pick<Passed, "role" | "name">): boolean {
  const run = lines.filter((line) => line.role === "run");
  const from = run.findIndex((line) => line.name === "journal.intend");
  const to = run.findLastIndex((line) => line.name === "journal.settle");
  const at = run.findIndex((line) => line.name === name);
  return role === "run" && from >= 0 && at >= from && at <= to;
}
