// Apply a recipe: plan, write, restart, wait, and back again if the provider does not come up. Every step is in the database
// before the next one is taken. Source: contract §12.
import type { Log } from "./context.ts";
import type { ApplicableRecipe, ApplyOptions, ApplyPlan } from "./core/config-plan.ts";
import { planApply } from "./core/config-plan.ts";
import { planRevert } from "./core/config-revert.ts";
import { AutotuneError, errorText } from "./core/errors.ts";
import { halfRevertedText, refusedChange, unverifiedText } from "./core/apply-text.ts";
import { removeFile, replaceFile, type Replaced } from "./platform/atomic-file.ts";
import { findConfigTarget, type ConfigTarget, type TargetPlaces } from "./platform/config-target.ts";
import { assertReplaceable, readFileState, sha256Of, type FileState } from "./platform/file-state.ts";
import { isSameProcess } from "./platform/process-identity.ts";
import type { ProviderId } from "./providers/provider.ts";
import { restartService, type Restarted, type RestartOptions } from "./service-restart.ts";
import type { Owner } from "./store/active-place.ts";
import type { Store } from "./store/store.ts";

/** A recipe of the store, ready to be planned for this Mac. */
export interface RecipeToApply {
  runId: string;
  provider: ProviderId;
  recipe: ApplicableRecipe;
}

export interface PlannedApplication extends RecipeToApply {
  target: ConfigTarget;
  file: FileState;
  plan: Exclude<ApplyPlan, { state: "refused" }>;
  /** Written earlier and never seen to come up; its restart is to be seen through. */
  unverifiedId: number | null;
}

/** What writing needs of the process it runs in; `restart.launchd` is null without a launchctl. */
export interface Writing {
  store: Store;
  self: Owner;
  log: Log;
  restart: Omit<RestartOptions, "launchd"> & { launchd: RestartOptions["launchd"] | null };
}

export interface Outcome {
  state: "unchanged" | "applied" | "rolled_back" | "reverted";
  applicationId: number | null;
  backupPath: string | null;
  /** null where nothing was restarted. */
  restart: Restarted | null;
  /** After a roll-back: whether the provider is back. */
  back: Restarted | null;
  warnings: string[];
}

/**
 * Find the config and say what would be written to it. Writes nothing.
 * @throws AutotuneError config_error with every reason why it may not be applied
 */
export async function planApplication(
  wanted: RecipeToApply,
  options: Omit<ApplyOptions, "overrides" | "simulatedTarget">,
  store: Store,
  places: TargetPlaces,
): Promise<PlannedApplication> {
  const target = await findConfigTarget(wanted.provider, places);
  const file = readFileState(target.path);
  const simulatedTarget = wanted.provider === "simulated";
  const plan = planApply(wanted.recipe, file.bytes, { ...options, overrides: target.overrides, simulatedTarget });
  if (plan.state === "refused")
    throw refusedChange(`the recipe of run ${wanted.runId.slice(0, 8)} was not written to`, target.path, plan.refusals);
  if (plan.state === "change") assertReplaceable(file);
  const last = store.readers.applications().find((one) => one.config_path === target.path && one.is_current);
  const unverified = last?.state === "unverified" && plan.state === "unchanged" ? last.id : null;
  return { ...wanted, target, file, plan, unverifiedId: unverified };
}

/**
 * Carry out a plan.
 * @throws AutotuneError busy, or config_error if the file cannot be written (it is as it was then); the signal's reason while
 *   waiting for the provider, the config being written then
 */
export async function applyPlanned(planned: PlannedApplication, writing: Writing): Promise<Outcome> {
  const { plan, unverifiedId } = planned;
  if (plan.state === "unchanged" && unverifiedId === null) return NOTHING_DONE;
  assertRestartable(planned.target);
  if (plan.state === "change") return writeAndRestart({ ...planned, plan }, writing);
  const id = unverifiedId ?? 0;
  writing.store.applications.resume(id, writing.self, isSameProcess);
  return releasing(id, writing, () => bringUp(id, planned, { ...NOTHING_DONE, applicationId: id }, writing));
}

const NOTHING_DONE: Outcome = {
  state: "unchanged",
  applicationId: null,
  backupPath: null,
  restart: null,
  back: null,
  warnings: [],
};

/** @throws AutotuneError config_error if the service that reads the config must be left alone now */
export function assertRestartable({ blockers }: ConfigTarget): void {
  const blocker = blockers.find(({ kind }) => kind !== "no-gui-session");
  if (blocker !== undefined)
    throw new AutotuneError("config_error", `${blocker.text} Nothing was written.`, { remedy: blocker.remedy });
}

type ToWrite = PlannedApplication & { plan: { state: "change" } };

async function writeAndRestart(planned: ToWrite, writing: Writing): Promise<Outcome> {
  const { plan, file, target, runId, provider, recipe } = planned;
  const { applications } = writing.store;
  const id = applications.begin(
    {
      ...{ runId, provider, model: recipe.model, configPath: target.path, edits: plan.edits },
      beforeSha256: file.state === "file" ? file.sha256 : null,
      afterSha256: sha256Of(plan.bytes),
    },
    writing.self,
    isSameProcess,
  );
  return releasing(id, writing, async () => {
    const replaced = writeConfig(id, file, plan.bytes, writing);
    const written = { applicationId: id, backupPath: replaced.backupPath, warnings: warningsOf(replaced) };
    return bringUp(id, planned, { ...NOTHING_DONE, ...written }, writing);
  });
}

function writeConfig(id: number, expected: FileState, bytes: Uint8Array, { store }: Writing): Replaced {
  try {
    const replaced = replaceFile({ expected, bytes, unixSeconds: Math.floor(Date.now() / 1000) });
    store.applications.backedUp(id, replaced.backupPath);
    store.applications.step(id, "config written", { ok: true, detail: replaced.backupPath });
    return replaced;
  } catch (error) {
    store.applications.step(id, "config written", { ok: false, detail: errorText(error), state: "failed" });
    throw error;
  }
}

/** The config is written: make the provider serve it, or take it back. */
async function bringUp(id: number, planned: PlannedApplication, written: Outcome, writing: Writing): Promise<Outcome> {
  const { applications } = writing.store;
  const { provider, recipe, target } = planned;
  const restart = await restartTarget(id, target, { provider, model: recipe.model }, writing, "restarting");
  if (restart?.ok !== false) {
    applications.step(id, "applied", {
      ok: true,
      detail: restart === null ? "nothing to restart" : null,
      state: "applied",
    });
    return { ...written, state: "applied", restart };
  }
  writing.log.warn(
    `${target.service?.label ?? "The provider"} did not come up: ${restart.problem}. Taking the recipe back.`,
  );
  const warnings = [...written.warnings, ...rollBack(id, target.path, restart.problem, writing)];
  applications.step(id, "rolled back", { ok: true, detail: restart.problem, state: "rolled_back" });
  const back = await restartTarget(id, target, { provider, model: modelBefore(id, writing) }, writing, null);
  return { ...written, state: "rolled_back", restart, back, warnings };
}

/** @throws AutotuneError config_error if the owned keys were edited while the provider was waited for */
function rollBack(id: number, path: string, problem: string, writing: Writing): string[] {
  try {
    return takeBack(id, path, writing, false).warnings;
  } catch (error) {
    writing.store.applications.step(id, "rolled back", { ok: false, detail: errorText(error), state: "unverified" });
    throw new AutotuneError(
      "config_error",
      `the provider did not come up (${problem}), and the recipe could not be taken back: ${errorText(error)}`,
      { remedy: `Mend ${path} by hand, or take it back with \`mlx-autotune revert ${id} --force\`.`, cause: error },
    );
  }
}

/**
 * Restart the service that reads the config, if there is one.
 * @param during the state while it restarts; null = leave the state
 * @throws the signal's reason; the application is `unverified` then
 */
export async function restartTarget(
  id: number,
  { service, path }: ConfigTarget,
  expected: { provider: ProviderId; model: string | null },
  { store, restart }: Writing,
  during: "restarting" | null,
): Promise<Restarted | null> {
  const { launchd } = restart;
  if (service === null || launchd === null) return null;
  const moving = during === null ? {} : { state: during };
  store.applications.step(id, "restart asked", { ok: true, detail: service.label, ...moving });
  try {
    const result = await restartService(service, expected, { ...restart, launchd });
    const detail = result.ok ? `port ${result.port} after ${result.seconds.toFixed(1)} s` : result.problem;
    store.applications.step(id, "provider answers", { ok: result.ok, detail });
    return result;
  } catch (error) {
    const unseen = during === null ? {} : ({ state: "unverified" } as const);
    store.applications.step(id, "provider answers", { ok: false, detail: errorText(error), ...unseen });
    restart.log.warn(during === null ? halfRevertedText(path, id) : unverifiedText(path, runIdOf(id, store)));
    throw error;
  }
}

const runIdOf = (id: number, store: Store): string =>
  store.readers.applications().find((one) => one.id === id)?.run_id ?? "";

/**
 * Put the owned keys back to what they were before an application, from what the database knows of it.
 * @returns the backup of the file as it was just now; null if it was as before already
 * @throws AutotuneError config_error with every reason why not
 */
export function takeBack(
  id: number,
  path: string,
  { store }: Pick<Writing, "store">,
  force: boolean,
): { changed: boolean; backupPath: string | null; warnings: string[] } {
  const file = readFileState(path);
  const plan = planRevert(file.bytes, { edits: store.applications.edits(id) }, { force });
  if (plan.state === "refused") throw refusedChange(`application ${id} was not taken back in`, path, plan.refusals);
  if (plan.state === "unchanged") return { changed: false, backupPath: null, warnings: [] };
  const unixSeconds = Math.floor(Date.now() / 1000);
  const wasAbsent = store.readers.applications().find((one) => one.id === id)?.before_sha256 === null;
  const replaced =
    wasAbsent && plan.text.trim() === "" && file.state === "file"
      ? removeFile({ expected: file, unixSeconds })
      : replaceFile({ expected: file, bytes: plan.bytes, unixSeconds });
  store.applications.step(id, "config put back", { ok: true, detail: replaced.backupPath });
  return { changed: true, backupPath: replaced.backupPath, warnings: warningsOf(replaced) };
}

/** The model that the config named before an application; null if it named none. */
export function modelBefore(id: number, { store }: Pick<Writing, "store">): string | null {
  const edits = store.applications.edits(id);
  const edit = edits.find(({ key }) => key === "model");
  if (edit !== undefined) return edit.before === null ? null : String(edit.before);
  return store.readers.applications().find((one) => one.id === id)?.model ?? null;
}

/** Nobody owns the application any more once the work on it is over, whatever its end. */
export async function releasing<T>(id: number, { store }: Writing, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    store.applications.release(id);
  }
}

const warningsOf = ({ warning }: Replaced): string[] => (warning === null ? [] : [warning]);
