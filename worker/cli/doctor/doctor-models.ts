// Part of `doctor`: the candidates of a run, the models on disk, and the space for more.
// Source: contract §15 (disk), §6 (complete models; the disk is checked before a download).
import { dirname } from "node:path";
import { leftOutNotes, type LeftOut } from "../../core/settings/candidates.ts";
import { check, type Check, inShort } from "../../core/result/check.ts";
import { AutotuneError, errorText } from "../../core/errors.ts";
import { counted, diskSize } from "../../core/units.ts";
import type { ModelCache } from "../../core/models/hub-environment.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import { UnreadableFile, withinTime, type ForeignFiles } from "../../platform/files/foreign-files.ts";
import { listCompleteModels, LOOK_MS } from "../../platform/hub/hub-cache.ts";
import type { FoundProviders } from "./doctor-provider.ts";
import { hubSurroundings } from "../command/hub-surroundings.ts";
import type { Io } from "../command/io.ts";
import { prepareTune } from "../run/prepare.ts";

/** Less than this holds hardly one model worth tuning, bytes. */
const LITTLE_SPACE = 10e9;
const MORE_SPACE = "Free some space, or set HF_HUB_CACHE to a folder on another disk.";

/** @param sound false if settings are wrong anyway: what a run would try is not known then */
export async function checkModels(
  inputs: Inputs,
  chosen: FoundProviders["chosen"],
  sound: boolean,
  io: Io,
): Promise<Check[]> {
  const plan = chosen === null || !sound ? [] : [await checkCandidates(inputs, io)];
  const needed = chosen?.provider.needsWeights ?? true;
  const { env, cache } = await hubSurroundings(inputs, chosen?.provider ?? null, io);
  const [models, disk] = await Promise.all([
    checkCache(cache, needed, inputs.offline, { ...io, env }),
    checkDisk(cache.folder, needed, io),
  ]);
  return [...plan, models, disk];
}

/** What `run` itself would do first, so that nothing is judged twice in two ways. */
async function checkCandidates(inputs: Inputs, io: Io): Promise<Check> {
  const title = "Candidates";
  try {
    const prepared = await prepareTune(inputs, io);
    const { candidates } = prepared;
    const cells = prepared.cellsFor(candidates[0]?.id ?? "").cells.length;
    const models = counted(candidates.length, "model");
    const text = `${models}, then ${cells} knob settings of the first that fits (mlx-autotune plan)`;
    return inShort(models, check("candidates", title, "ok", text));
  } catch (error) {
    if (!(error instanceof AutotuneError)) throw error;
    return inShort(
      "refused",
      check("candidates", title, "error", error.message, ...(error.remedy ? [error.remedy] : [])),
    );
  }
}

async function checkCache(cache: ModelCache, needed: boolean, offline: boolean, io: Io): Promise<Check> {
  const named = cache.source === "the usual place" ? "" : ` (${cache.source})`;
  const folder = `${cache.folder}${named}`;
  const leftOut: LeftOut[] = [];
  const models = await listCompleteModels(
    { env: io.env, homeDir: io.homeDir },
    { signal: io.signal, onLeftOut: (one) => one.unreadable && leftOut.push(one) },
  );
  const [largest] = models;
  const found = largest
    ? modelsCheck(
        counted(models.length, "model"),
        "ok",
        `${models.length} complete in ${folder}, the largest ${largest.id} (${diskSize(largest.tensorBytes)})`,
      )
    : noModels(folder, needed, offline);
  return leftOut.length === 0
    ? found
    : { ...found, state: "warning", repair: [...found.repair, ...leftOutNotes(leftOut)] };
}

function noModels(folder: string, needed: boolean, offline: boolean): Check {
  if (needed && offline)
    return modelsCheck(
      "none",
      "warning",
      `none is complete in ${folder}, and --offline is on`,
      "Leave --offline out for one run, or download a model first.",
    );
  const next = needed ? "a run downloads what it tries" : "the simulator needs none";
  return modelsCheck("none yet", "ok", `none in ${folder} yet; ${next}`);
}

const modelsCheck = (short: string, state: "ok" | "warning", text: string, ...repairs: string[]): Check =>
  inShort(short, check("models", "Models", state, text, ...repairs));

async function checkDisk(folder: string, needed: boolean, io: Io): Promise<Check> {
  const disk = await withinTime(LOOK_MS, io.signal, (files) => diskOf(folder, files)).catch(unlessStopped(io));
  if (typeof disk === "string")
    return inShort("unknown", check("disk", "Disk", "warning", `the disk of ${folder} cannot be asked: ${disk}`));
  const short = `${diskSize(disk.freeBytes)} free`;
  const text = `${short} for models`;
  if (!needed || disk.freeBytes >= LITTLE_SPACE) return inShort(short, check("disk", "Disk", "ok", text));
  return inShort(short, check("disk", "Disk", "warning", `only ${text}`, MORE_SPACE));
}

/** The cache may not be there yet: its nearest existing folder is on the same disk. */
async function diskOf(folder: string, files: ForeignFiles): Promise<{ freeBytes: number } | string> {
  try {
    return { freeBytes: await files.freeBytes(folder) };
  } catch (error) {
    const above = dirname(folder);
    if (!(error instanceof UnreadableFile) || error.code !== "ENOENT" || above === folder) return errorText(error);
    return diskOf(above, files);
  }
}

const unlessStopped = (io: Io) => (error: unknown) => {
  io.signal.throwIfAborted();
  return errorText(error);
};
