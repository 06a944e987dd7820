// What the drain journal has open or given up, and what will happen to it: for `status`, `doctor` and whoever shows a red state.
// Source: contract §5 (a drained Mac must be impossible to leave behind silently).
import { repairCommands, type OpenDrain } from "../../core/launchd/drained.ts";
import { alarmLines, type ApplicationAlarm } from "../../core/runs/stuck-recipe.ts";
import { restoreHints } from "../../core/launchd/restore-hints.ts";
import { isSameProcess } from "../../platform/processes/process-identity.ts";
import type { JournalEntry } from "../../store/drain-journal.ts";
import type { Store } from "../../store/store.ts";

export interface DrainState extends OpenDrain {
  run_id: string;
  since_utc: string;
  attempts: number;
  /** What will happen to it, a sentence. */
  plan: string;
  /** Nobody is going to bring it back by itself. */
  alarm: boolean;
}

/** Entries that are not closed; [] = everything is in service. */
export function drainStates(store: Store): DrainState[] {
  return [...store.drains.open(), ...store.drains.failed()].map(stateOf);
}

/** All that a run took out, whatever became of it. */
export function drainsOfRun(store: Store, runId: string): DrainState[] {
  return store.drains.ofRun(runId).map(stateOf);
}

function stateOf(entry: JournalEntry): DrainState {
  return {
    run_id: entry.runId,
    name: entry.name,
    state: entry.state,
    since_utc: entry.createdUtc,
    attempts: entry.attempts,
    lastError: entry.lastError,
    commands: repairCommands(entry.service),
    hints: restoreHints(entry.service, entry.lastError),
    plan: planFor(entry),
    alarm: entry.state === "failed",
  };
}

function planFor({ state, owner, restorer }: JournalEntry): string {
  if (state === "restored") return "It is back in service.";
  if (state === "left_out") return "It was stopped for good, as --restart-foreground was not given.";
  if (state === "failed")
    return "It was given up. Bring it back with `mlx-autotune restore`, or with the commands below.";
  if (restorer !== null && isSameProcess(restorer.pid, restorer.pidStartedAt))
    return `Process ${restorer.pid} is bringing it back.`;
  if (isSameProcess(owner.pid, owner.pidStartedAt)) return "The active run brings it back at its end.";
  return "Its run has died; the next command brings it back.";
}

const RED = "\u001b[31m";
const PLAIN = "\u001b[0m";

/** Lines for people. @param colour whether they go to a terminal: what is given up is red there */
export function drainLines(states: DrainState[], colour: boolean): string[] {
  return states.map((one) => {
    const why = one.lastError === null ? [] : [`  Last answer: ${one.lastError}`];
    const commands = one.alarm ? [...one.commands, ...(one.hints ?? [])].map((line) => `    ${line}`) : [];
    const head = `${one.alarm ? "NOT IN SERVICE" : "Drained"}: ${one.name}, ${one.since_utc}.`;
    const text = [head, `  ${one.plan}`, ...why, ...commands].join("\n");
    return one.alarm && colour ? `${RED}${text}${PLAIN}` : text;
  });
}

/** The same for providers that an apply or revert left down. */
export function downLines(alarms: readonly ApplicationAlarm[], colour: boolean): string[] {
  return alarms.map((alarm) => {
    const text = alarmLines(alarm).join("\n");
    return colour ? `${RED}${text}${PLAIN}` : text;
  });
}
