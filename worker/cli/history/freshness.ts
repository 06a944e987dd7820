// The newest recipe and whether it still holds on this machine: for `status` and `doctor`.
// Source: contract §15 (stale).
import type { RunRow } from "../../core/runs/read-model.ts";
import type { Recommendation } from "../../core/result/recipe.ts";
import type { HubEnvironment } from "../../core/models/hub-environment.ts";
import { freshnessOf, type Freshness, type MachineNow } from "../../core/machine/staleness.ts";
import { readMachine } from "../../platform/machine/host.ts";
import { modelRevision } from "../../platform/hub/hub-cache.ts";
import { programVersion } from "../../platform/candidate/find-binary.ts";
import { isProviderId, PROVIDERS } from "../../providers/index.ts";
import type { Readers } from "../../core/runs/readers.ts";
import { newestRecipe, recipeOf } from "../../core/runs/newest-recipe.ts";
import { cacheName, hubSurroundings, NO_PORT } from "../command/hub-surroundings.ts";
import type { Io } from "../command/io.ts";

export interface JudgedRecipe extends Freshness {
  run_id: string;
  measured_at: string | null;
  model: string;
}

/** @returns the newest recipe with its state; null if no run has found one */
export async function newestFreshness(readers: Readers, io: Io): Promise<JudgedRecipe | null> {
  const known = newestRecipe(readers);
  if (known === null) return null;
  const { run, recipe } = known;
  const freshness = await recipeFreshness(readers, run, recipe, io);
  return { run_id: run.run_id, measured_at: run.ended_at_utc, model: recipe.model, ...freshness };
}

/** Whether the recipe that was applied from this run still holds here; null if the run or its recipe is gone. */
export async function appliedFreshness(readers: Readers, runId: string, io: Io): Promise<Freshness | null> {
  const run = readers.runs().find((one) => one.run_id === runId);
  const known = run === undefined ? null : recipeOf(run);
  return known && recipeFreshness(readers, known.run, known.recipe, io);
}

/** Whether the recipe of a run still holds here. Asks the provider's program for its version, and where its models are. */
export async function recipeFreshness(
  readers: Readers,
  run: RunRow,
  recipe: Recommendation,
  io: Io,
): Promise<Freshness> {
  const measured = {
    simulated: run.simulated === true,
    chip: run.machine_chip,
    ramGb: run.machine_ram_gb,
    osVersion: run.machine_os_version,
    binaryVersion: run.binary_version,
    modelRevision: readers.trials(run.run_id).find((trial) => trial.id === run.kept_trial_id)?.model_revision ?? null,
  };
  const asksModel = !measured.simulated && measured.modelRevision !== null;
  const [machine, model] = await Promise.all([
    readMachine(measured.simulated ? "" : ((await versionNow(run, io)) ?? ""), io.env),
    asksModel ? modelNow(recipe.model, io) : { modelRevision: null, modelsIn: "" },
  ]);
  const { chip, ram_gb: ramGb, os_version: osVersion, binary_version } = machine;
  return freshnessOf(measured, {
    chip,
    ramGb,
    osVersion,
    binaryVersion: binary_version || null,
    ...model,
  });
}

/** In the cache where a run would find it. */
async function modelNow(model: string, io: Io): Promise<Pick<MachineNow, "modelRevision" | "modelsIn">> {
  const hub = await surroundingsOf(io);
  return { modelRevision: await modelRevision({ env: hub.env, homeDir: io.homeDir }, model), modelsIn: cacheName(hub) };
}

/** Asked once for all recipes of a command. */
const SURROUNDINGS = new WeakMap<Io, Promise<HubEnvironment>>();

function surroundingsOf(io: Io): Promise<HubEnvironment> {
  const found = SURROUNDINGS.get(io) ?? hubSurroundings(NO_PORT, null, io);
  SURROUNDINGS.set(io, found);
  return found;
}

/** Version of the program that the run used: the one it was told, else the one that is found now. */
async function versionNow(run: RunRow, io: Io): Promise<string | null> {
  if (run.provider === null || !isProviderId(run.provider)) return run.binary_version; // another program's provider: nothing to ask
  const provider = PROVIDERS[run.provider];
  const named = run.inputs_json?.["providerBin"];
  const places = {
    providerBin: typeof named === "string" ? named : null,
    env: io.env,
    homeDirectory: io.homeDir,
    selfCommand: io.selfCommand,
    signal: io.signal,
  };
  return programVersion(provider, places);
}
