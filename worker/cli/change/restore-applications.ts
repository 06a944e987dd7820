// Part of `restore`: a provider that an apply or revert left down. The recipe is taken back where that needs nobody's word, and the
// provider is restarted and waited for. Source: contract §12, §3 (exit 8).
import { restartTarget } from "../../change/restart-target.ts";
import { releaseAfter } from "../../change/writing.ts";
import type { OpenDrain } from "../../core/launchd/drained.ts";
import { AutotuneError, errorText } from "../../core/errors.ts";
import type { ApplicationRow } from "../../core/runs/read-model.ts";
import type { ApplicationAlarm } from "../../core/runs/stuck-recipe.ts";
import { lookAtDownProviders } from "../../change/down-provider.ts";
import { isSameProcess } from "../../platform/processes/process-identity.ts";
import { storedProviderId } from "../../providers/index.ts";
import { planReversion, revertPlanned, targetOf } from "../../change/revert.ts";
import type { Restarted } from "../../change/service-restart.ts";
import type { Store } from "../../store/store.ts";
import { applicationOf, describeStuck, modelBefore } from "../../change/take-back.ts";
import { writingOf } from "./apply.ts";
import type { Io } from "../command/io.ts";

export interface MendedApplications {
  restored: string[];
  failed: OpenDrain[];
}

/** Mend what can be mended. A run that is under way is not disturbed: then what is down is only told. */
export async function restoreApplications(store: Store, readyTimeoutS: number, io: Io): Promise<MendedApplications> {
  const writing = await writingOf(store, readyTimeoutS, io);
  const alarms = await lookAtDownProviders(store, () => Promise.resolve(writing.restart.launchd), {
    ...writing.log,
    warn: () => undefined,
  });
  const result: MendedApplications = { restored: [], failed: [] };
  for (const alarm of alarms) {
    const ended = await mend(alarm, store, writing, io);
    if (ended === null) result.restored.push(alarm.name);
    else result.failed.push(ended);
  }
  return result;
}

/** @returns null once the provider serves */
async function mend(
  alarm: ApplicationAlarm,
  store: Store,
  writing: Awaited<ReturnType<typeof writingOf>>,
  io: Io,
): Promise<OpenDrain | null> {
  const row = applicationOf(alarm.application, store);
  const open = (lastError: string | null, commands: string[]): OpenDrain => ({
    ...{ name: alarm.name, state: "failed", lastError, commands },
  });
  const manual = alarm.commands.filter((command) => command !== "mlx-autotune restore");
  const run = store.activePlace();
  if (run !== null && isSameProcess(run.pid, run.pidStartedAt)) return open(`run ${run.runId} is active`, manual);
  if (row === null) return null;
  try {
    const restart = await (alarm.kind === "stuck"
      ? revertStuck(row, store, writing, io)
      : restartAgain(row, writing, io));
    if (restart?.ok === true) return null;
    return open(restart?.problem ?? "no loaded service reads its config", manual);
  } catch (error) {
    if (io.signal.aborted || !(error instanceof AutotuneError)) throw error;
    const { remedy, commands } = describeStuck(row.id, error, null, store);
    return open([errorText(error), remedy].filter(Boolean).join(" "), [...new Set([...commands, ...manual])]);
  }
}

async function revertStuck(
  row: ApplicationRow,
  store: Store,
  writing: Awaited<ReturnType<typeof writingOf>>,
  io: Io,
): Promise<Restarted | null> {
  const planned = await planReversion(row, { force: false }, store, io);
  return (await revertPlanned(planned, false, writing)).restart;
}

async function restartAgain(
  row: ApplicationRow,
  writing: Awaited<ReturnType<typeof writingOf>>,
  io: Io,
): Promise<Restarted | null> {
  const target = await targetOf(row, io);
  const expected = { provider: storedProviderId(row.provider), model: modelBefore(row.id, writing.store) };
  writing.store.applications.resume(row.id, writing.self, isSameProcess);
  return releaseAfter(row.id, writing, () => restartTarget(row.id, target, expected, writing, null));
}
