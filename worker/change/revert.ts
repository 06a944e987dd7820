// Take an application back: its owned keys get what they held before, later edits of other keys stay, the provider is restarted.
// Source: contract §12. Needs the database only, never the backup.
import { assertRestartable, type Outcome } from "./apply.ts";
import { restartTarget } from "./restart-target.ts";
import { releaseAfter, type Writing } from "./writing.ts";
import { refusedChange } from "../core/config/apply-text.ts";
import type { RevertPlan } from "../core/config/config-revert.ts";
import { planRevert } from "../core/config/config-revert.ts";
import type { ApplicationRow } from "../core/runs/read-model.ts";
import { AutotuneError, errorText } from "../core/errors.ts";
import { findConfigTarget, type ConfigTarget, type TargetPlaces } from "../platform/live/config-target.ts";
import { assertReplaceable, readFileState, requireAnswer, type FileState } from "../platform/files/file-state.ts";
import { isSameProcess } from "../platform/processes/process-identity.ts";
import { storedProviderId } from "../providers/index.ts";
import type { Restarted } from "./service-restart.ts";
import type { Store } from "../store/store.ts";
import { assertStillThere, modelBefore, takeBack } from "./take-back.ts";

export interface PlannedReversion {
  application: ApplicationRow;
  file: FileState;
  plan: Exclude<RevertPlan, { state: "refused" }>;
  /** Without its service if the provider reads another file by now. */
  target: ConfigTarget;
}

/**
 * Say what taking an application back would change. Writes nothing.
 * @throws AutotuneError config_error with every reason why it cannot be taken back
 */
export async function planReversion(
  application: ApplicationRow,
  options: { force: boolean },
  store: Store,
  places: TargetPlaces,
): Promise<PlannedReversion> {
  assertNewest(application, store);
  await requireAnswer(application.config_path, places.signal);
  const file = readFileState(application.config_path);
  if (!options.force) assertStillThere(file, application);
  const plan = planRevert(file.bytes, { edits: store.applications.edits(application.id) }, options);
  if (plan.state === "refused")
    throw refusedChange(`application ${application.id} was not taken back in`, application.config_path, plan.refusals);
  if (plan.state === "change") assertReplaceable(file);
  return { application, file, plan, target: await targetOf(application, places) };
}

/** Applications of one config stack: an older one's earlier values are below what a newer one wrote. @throws AutotuneError config_error */
function assertNewest({ id, config_path: path }: ApplicationRow, store: Store): void {
  const isOver = ({ state }: ApplicationRow) => state === "reverted" || state === "rolled_back" || state === "failed";
  const newer = store.readers.applications().filter((one) => one.config_path === path && one.id > id && !isOver(one));
  const newest = newer.reduce<number>((most, one) => Math.max(most, one.id), id);
  if (newest === id) return;
  throw new AutotuneError("config_error", `application ${newest} was written over application ${id} in ${path}`, {
    remedy: `Take the newer one back first (\`mlx-autotune revert ${newest}\`), then repeat.`,
  });
}

/** What reads the config of an application by now. */
export async function targetOf(application: ApplicationRow, places: TargetPlaces): Promise<ConfigTarget> {
  const path = application.config_path;
  const nothing = { path, from: "as it was applied", service: null, overrides: [], blockers: [] };
  try {
    const target = await findConfigTarget(storedProviderId(application.provider), places);
    if (target.path === path) return target;
    return { ...nothing, notes: [`The provider reads ${target.path} by now, so it is not restarted.`] };
  } catch (error) {
    return { ...nothing, notes: [`Nothing is restarted: ${errorText(error)}.`] };
  }
}

/** Without a service there is nothing to restart, whoever read the config. */
async function restartAfter(
  application: ApplicationRow,
  target: ConfigTarget,
  writing: Writing,
): Promise<Restarted | null> {
  if (target.service === null) return null;
  const model = modelBefore(application.id, writing.store);
  const expected = { provider: storedProviderId(application.provider), model };
  return restartTarget(application.id, target, expected, writing, null);
}

/** Carry it out. @throws as applyPlanned; after an interrupt the config is as before the application, and `revert` again restarts */
export async function revertPlanned(planned: PlannedReversion, force: boolean, writing: Writing): Promise<Outcome> {
  const { application, target } = planned;
  const { id } = application;
  const { applications } = writing.store;
  assertRestartable(target);
  applications.resume(id, writing.self, isSameProcess);
  return releaseAfter(id, writing, async () => {
    const { signal } = writing.restart;
    const { backupPath, warnings } = await takeBack(id, application.config_path, writing.store, { force, signal });
    const restart = await restartAfter(application, target, writing);
    applications.step(id, "reverted", { ok: true, state: "reverted" });
    return { state: "reverted", applicationId: id, backupPath, restart, back: null, stuck: null, warnings };
  });
}
