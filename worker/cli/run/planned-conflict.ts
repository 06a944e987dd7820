// What `plan` says of providers that serve here already: what the run would do about them. Only looks, and never fails the plan.
// The refusal is the run's own.
import { describeLive, nameOf, refusal, SIMULATED_NEEDS } from "../../core/live/conflict.ts";
import { errorText } from "../../core/errors.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import type { LiveProvider } from "../../core/live/live-provider.ts";
import { otherServersText } from "../../core/live/other-servers.ts";
import type { PlannedConflict } from "../../core/result/plan-report.ts";
import { findInTheWay } from "../../platform/live/in-the-way.ts";
import type { Io } from "../command/io.ts";

/**
 * @param simulated the run is, @param ownPids worker and candidate of an active run: not in the way, but ours
 * @returns null with a note if nothing can be told
 */
export async function plannedConflict(
  inputs: Inputs,
  simulated: boolean,
  ownPids: readonly number[],
  io: Io,
): Promise<{ conflict: PlannedConflict | null; notes: string[] }> {
  const { env, homeDir } = io;
  const uid = process.getuid?.() ?? 0;
  try {
    const found = await findInTheWay({ port: inputs.port, env, homeDir, uid, ignorePids: ownPids }, simulated);
    const live = found.live.map((one) => ({
      kind: one.kind,
      name: nameOf(one),
      text: describeLive(one),
      drained: whenDrained(one, inputs),
    }));
    const [refused, withDrain] = [inputs.drain, true].map((drain) => refusal(found, drain, inputs.restartForeground));
    const others = otherServersText(found.others);
    const seen = [...found.notes, ...(others === null ? [] : [others])];
    return {
      conflict: { refused: refused ?? null, refused_with_drain: withDrain ?? null, live, notes: seen },
      notes: [],
    };
  } catch (error) {
    io.signal.throwIfAborted();
    return { conflict: null, notes: [`what serves here already is unknown: ${errorText(error)}`] };
  }
}

function whenDrained(found: LiveProvider, { restartForeground }: Inputs): string {
  if (found.kind === "port") return "no drain can help";
  if (found.kind === "launchd-managed") return "taken out of service for the run and brought back after it";
  return restartForeground
    ? "stopped for the run and started again after it"
    : "stopped, and not started again without --restart-foreground";
}

/** One or a few lines: what is in the way, and what the run does about it. */
export function conflictLines(conflict: PlannedConflict | null, simulated: boolean): string[] {
  if (conflict === null) return [];
  const { refused, live, notes } = conflict;
  if (refused) return [`A run would be refused. ${refused.message}`, `  ${refused.remedy}`, ...notes];
  if (live.length === 0)
    return [`In the way: nothing${simulated ? `; ${SIMULATED_NEEDS}` : " that would have to be drained"}.`, ...notes];
  return ["Drained before the start:", ...live.map((one) => `  ${one.text}: ${one.drained}`), ...notes];
}
