// The red state: what a run took out of service, or an apply left down, and nobody is bringing back, and runs whose worker is gone.
// Source: contract §5 (a drained Mac must be impossible to leave behind silently; the exact commands to type).
import { drainedSchema, repairCommands, type Drained } from "../../../worker/core/launchd/drained.ts";
import type { ActiveRow, DrainRow } from "../../../worker/core/runs/read-model.ts";
import { restoreHints } from "../../../worker/core/launchd/restore-hints.ts";
import type { ApplicationAlarm } from "../../../worker/core/runs/stuck-recipe.ts";
import { shortId } from "../../../worker/core/units.ts";

export interface RunAlarm {
  id: string;
  /** failed, down: waits for the user. abandoned, dead: `restore` mends it without being asked anything. */
  kind: "failed" | "down" | "abandoned" | "dead";
  runId: string;
  title: string;
  why: string;
  /** What to type, one command each. */
  commands: string[];
  /** What else has helped where launchd refused; an indented line belongs to the one before. */
  hints: string[];
}

const RESTORE = "mlx-autotune restore";

/**
 * @param down what applies and reversions left down
 * @param active the run that holds the active place, alive or not
 * @param isGone whether no process has this pid; one that is too young cannot be told, so this errs on the side of "lives"
 */
export function alarmsOf(
  drains: DrainRow[],
  down: ApplicationAlarm[],
  active: ActiveRow | null,
  isGone: (pid: number) => boolean,
): RunAlarm[] {
  const dead = active !== null && isGone(active.pid) ? [deadRun(active)] : [];
  return [...down.map(downAlarm), ...drains.flatMap((row) => drainAlarm(row, active, isGone)), ...dead];
}

/** Alarms that `restore` ends without being asked anything. */
export const isMendedUnasked = ({ kind }: RunAlarm): boolean => kind === "abandoned" || kind === "dead";

function downAlarm({ application, run_id: runId, title, why, commands }: ApplicationAlarm): RunAlarm {
  return { id: `application-${application}`, kind: "down", runId, title, why, commands, hints: [] };
}

function drainAlarm(row: DrainRow, active: ActiveRow | null, isGone: (pid: number) => boolean): RunAlarm[] {
  const { id, run_id: runId, name, state, last_error: lastError } = row;
  const service = serviceOf(row);
  const commands = [RESTORE, ...(service === null ? [] : repairCommands(service))];
  const base = { id: `drain-${id}`, runId, title: `Not in service: ${name}`, commands };
  if (state === "failed") {
    const why = `It could not be brought back: ${lastError ?? "unknown reason"}.`;
    return [{ ...base, kind: "failed", why, hints: service === null ? [] : restoreHints(service, lastError) }];
  }
  if (state !== "intended" && state !== "out") return [];
  const restored = row.restorer_pid !== null && !isGone(row.restorer_pid);
  // A run keeps the active place until all is back.
  const owned = active?.run_id === runId && !isGone(row.owner_pid);
  if (restored || owned) return [];
  const why = `Run ${shortId(runId)} took it out and has died. Nobody is bringing it back yet.`;
  return [{ ...base, kind: "abandoned", why, hints: [] }];
}

/** @returns null in rows of other programs */
function serviceOf({ service_json: service }: DrainRow): Drained | null {
  return drainedSchema.safeParse({ env: null, ...service }).data ?? null;
}

function deadRun({ run_id: runId, pid, phase, heartbeat_utc }: ActiveRow): RunAlarm {
  return {
    id: `dead-${runId}`,
    kind: "dead",
    runId,
    title: `Run ${shortId(runId)} has died`,
    why: `Its worker (process ${pid}) is gone since ${heartbeat_utc}, in phase ${phase}. It can be resumed.`,
    ...{ commands: [RESTORE], hints: [] },
  };
}
