// Apply a recipe: plan, write, restart, wait, and back again if the provider does not come up. Every step is in the database
// before the next one is taken. Source: contract §12.
import type { ApplicableRecipe, ApplyOptions, ApplyPlan } from "../core/config/config-plan.ts";
import { planApply } from "../core/config/config-plan.ts";
import { AutotuneError, errorText } from "../core/errors.ts";
import { refusedChange } from "../core/config/apply-text.ts";
import { STEPS } from "../core/runs/stuck-recipe.ts";
import { dropOldBackups } from "./old-backups.ts";
import { withProviderLock } from "../platform/files/provider-lock.ts";
import { replaceFile, type Replaced } from "../platform/files/atomic-file.ts";
import { findConfigTarget, type ConfigTarget, type TargetPlaces } from "../platform/live/config-target.ts";
import {
  assertReplaceable,
  readFileState,
  requireAnswer,
  sha256Of,
  type FileState,
} from "../platform/files/file-state.ts";
import { isSameProcess } from "../platform/processes/process-identity.ts";
import { PROVIDERS, type ProviderId } from "../providers/index.ts";
import { restartTarget } from "./restart-target.ts";
import type { Restarted } from "./service-restart.ts";
import { noteStep, releaseAfter, type Writing } from "./writing.ts";
import type { Store } from "../store/store.ts";
import { describeStuck, lockedNames, modelBefore, takeBack, warningsOf, type Stuck } from "./take-back.ts";
import { shortId } from "../core/units.ts";

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

export interface Outcome {
  /** roll_back_failed: the provider did not come up, and the recipe is still in the config. */
  state: "unchanged" | "applied" | "rolled_back" | "roll_back_failed" | "reverted";
  applicationId: number | null;
  backupPath: string | null;
  /** null where nothing was restarted. */
  restart: Restarted | null;
  /** After a roll-back: whether the provider is back. */
  back: Restarted | null;
  /** Why the recipe could not be taken back, and what to do; null if it was not tried or went well. */
  stuck: Stuck | null;
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
  await requireAnswer(target.path, places.signal);
  const file = readFileState(target.path);
  const simulatedTarget = PROVIDERS[wanted.provider].simulated;
  const plan = planApply(wanted.recipe, file.bytes, { ...options, overrides: target.overrides, simulatedTarget });
  if (plan.state === "refused")
    throw refusedChange(`the recipe of run ${shortId(wanted.runId)} was not written to`, target.path, plan.refusals);
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
  return releaseAfter(id, writing, () => bringUp(id, planned, { ...NOTHING_DONE, applicationId: id }, writing));
}

const NOTHING_DONE: Outcome = {
  state: "unchanged",
  applicationId: null,
  backupPath: null,
  restart: null,
  back: null,
  stuck: null,
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
  return releaseAfter(id, writing, async () => {
    const replaced = await writeConfig(id, planned, writing);
    const warnings = [...warningsOf(replaced), ...dropOldBackups(target.path, writing.store)];
    const written = { applicationId: id, backupPath: replaced.backupPath, warnings };
    return bringUp(id, planned, { ...NOTHING_DONE, ...written }, writing);
  });
}

async function writeConfig(id: number, { file, plan, provider }: ToWrite, writing: Writing): Promise<Replaced> {
  const replaced = await replaceNoted(id, file, plan.bytes, lockedNames(provider, file), writing);
  try {
    writing.store.applications.backedUp(id, replaced.backupPath);
  } catch (error) {
    writing.log.warn(`the backup's name could not be written down: ${errorText(error)}`);
  }
  noteStep(id, STEPS.written, { ok: true, detail: replaced.backupPath }, writing);
  return replaced;
}

/** @param lockedBy names of the file beside which its other writers lock it */
async function replaceNoted(
  id: number,
  expected: FileState,
  bytes: Uint8Array,
  lockedBy: string[],
  writing: Writing,
): Promise<Replaced> {
  try {
    const { signal } = writing.restart;
    const unixSeconds = Math.floor(Date.now() / 1000);
    return await withProviderLock(lockedBy, { signal }, () => replaceFile({ expected, bytes, unixSeconds }));
  } catch (error) {
    noteStep(id, STEPS.written, { ok: false, detail: errorText(error), state: "failed" }, writing);
    throw error;
  }
}

/** The config is written: make the provider serve it, or take it back. */
async function bringUp(id: number, planned: PlannedApplication, written: Outcome, writing: Writing): Promise<Outcome> {
  const { applications } = writing.store;
  const { provider, recipe, target } = planned;
  const restart = await restartTarget(id, target, { provider, model: recipe.model }, writing, "restarting");
  if (restart?.ok !== false) {
    const detail = restart === null ? "nothing to restart" : null;
    applications.step(id, "applied", { ok: true, detail, state: "applied" });
    return { ...written, state: "applied", restart };
  }
  writing.log.warn(
    `${target.service?.label ?? "The provider"} did not come up: ${restart.problem}. Taking the recipe back.`,
  );
  return rollBack(id, planned, { ...written, restart }, writing);
}

type Down = Outcome & { restart: Restarted & { ok: false } };

async function rollBack(id: number, planned: PlannedApplication, down: Down, writing: Writing): Promise<Outcome> {
  const { provider, target } = planned;
  let warnings: string[];
  try {
    warnings = (await takeBack(id, target.path, writing.store, { force: false })).warnings;
  } catch (error) {
    return stayDown(id, planned, down, error, writing);
  }
  noteStep(id, STEPS.rolledBack, { ok: true, detail: down.restart.problem, state: "rolled_back" }, writing);
  const back = await restartTarget(id, target, { provider, model: modelBefore(id, writing.store) }, writing, null);
  return { ...down, state: "rolled_back", back, warnings: [...down.warnings, ...warnings] };
}

/** The recipe stays in the config. What the file holds by now may be the user's own, and may serve. */
async function stayDown(
  id: number,
  { provider, target, file, plan }: PlannedApplication,
  down: Down,
  error: unknown,
  writing: Writing,
): Promise<Outcome> {
  const detail = `${down.restart.problem}; ${errorText(error)}`;
  noteStep(id, STEPS.rolledBack, { ok: false, detail, state: "unverified" }, writing);
  const stuck = describeStuck(id, error, target.service, writing.store);
  const tried = plan.state === "change" ? sha256Of(plan.bytes) : file.state === "file" ? file.sha256 : null;
  const isEdited = holdsSomethingElse(target.path, tried);
  const back = isEdited ? await restartTarget(id, target, { provider, model: null }, writing, null) : null;
  return { ...down, state: "roll_back_failed", back, stuck };
}

/** Gone or empty is nothing to serve. */
function holdsSomethingElse(path: string, sha256: string | null): boolean {
  try {
    const now = readFileState(path);
    return now.state === "file" && now.bytes.length > 0 && now.sha256 !== sha256;
  } catch {
    return false; // cannot be read, which the roll-back has said
  }
}
