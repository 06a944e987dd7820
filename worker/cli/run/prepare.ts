// From validated inputs to all that a tune works with: provider, machine, candidates, cells. Starts nothing but version calls.
// Source: contract §3 (provider auto, default list), §4 (axes of the found version), §9 (cells).
import type { Candidate, PreWarm } from "../../context.ts";
import { CACHED, isCachedKeyword, leftOutNotes, trimBySize, type LeftOut } from "../../core/settings/candidates.ts";
import { buildCells, type Cells } from "../../core/search/cells.ts";
import { SIMULATED_NEEDS } from "../../core/live/conflict.ts";
import { AutotuneError } from "../../core/errors.ts";
import { PRIOR, SIMULATED_PRIOR, type Costs } from "../../core/result/estimate.ts";
import type { Inputs, Machine } from "../../core/settings/inputs.ts";
import { AXES, type Axis } from "../../core/knobs.ts";
import { MEMORY_GB } from "../../core/units.ts";
import { readMachine } from "../../platform/machine/host.ts";
import { hubCacheFolder, listCompleteModels } from "../../platform/hub/hub-cache.ts";
import { readLiveConfig, type LiveConfig } from "../../platform/live/live-config.ts";
import { physicalMemoryBytes } from "../../platform/machine/memory.ts";
import { createPreWarm } from "../../platform/hub/prewarm.ts";
import { triedText } from "../../platform/candidate/find-binary.ts";
import { resolveProvider } from "../../platform/candidate/resolve-provider.ts";
import { offeredAxes, type Provider, PROVIDERS } from "../../providers/index.ts";
import type { Binary } from "../../providers/provider.ts";
import { simulatedMachine } from "../../simulator/profiles.ts";
import { cacheText, hubSurroundings } from "../command/hub-surroundings.ts";
import type { Io } from "../command/io.ts";

export interface Prepared {
  provider: Provider;
  binary: Binary;
  machine: Machine;
  memoryBytes: number;
  candidates: Candidate[];
  cellsFor(model: string): Cells;
  preWarm: PreWarm;
  /** The environment that candidates and downloads work in. */
  env: NodeJS.ProcessEnv;
  /** Where models are looked for, a line; null where none are needed. */
  cacheText: string | null;
  prior: Costs;
  /** Worth saying before the start. */
  notes: string[];
}

/** @throws AutotuneError config_error naming the flag, the limit and the remedy */
export async function prepareTune(inputs: Inputs, io: Io): Promise<Prepared> {
  const { provider, binary } = await findProvider(inputs, io);
  const axes = axesOf(inputs, provider, binary);
  const hub = await hubSurroundings(inputs, provider, io);
  const hubIo = { ...io, env: hub.env };
  const { candidates, notes } = await candidatesOf(inputs, provider, hubIo);
  const incumbent = await readLiveConfig(provider.id, io);
  const { machine, memoryBytes } = await machineOf(inputs, provider, binary, io.env);
  return {
    provider,
    binary,
    machine,
    memoryBytes,
    candidates: candidates.map((id, index) => ({ id, rank: index + 1 })),
    cellsFor: (model) => cellsOf(model, axes, provider, incumbent.live, inputs.targetContext),
    env: hub.env,
    cacheText: provider.needsWeights ? cacheText(hub) : null,
    preWarm: createPreWarm({ env: hub.env, homeDir: io.homeDir, offline: inputs.offline, signal: io.signal }),
    prior: provider.simulated ? SIMULATED_PRIOR : PRIOR,
    notes: [...notes, ...(incumbent.note ? [incumbent.note] : []), ...ignoredDrain(inputs, provider)],
  };
}

const ignoredDrain = ({ drain }: Inputs, { simulated }: Provider): string[] =>
  drain && simulated ? [`--drain is ignored: ${SIMULATED_NEEDS}`] : [];

async function findProvider(inputs: Inputs, io: Io): Promise<{ provider: Provider; binary: Binary }> {
  const places = {
    providerBin: inputs.providerBin,
    env: io.env,
    homeDirectory: io.homeDir,
    selfCommand: io.selfCommand,
    signal: io.signal,
  };
  const found = await resolveProvider(inputs.provider, inputs.simulatedProfile, places);
  if (found.provider !== null) return found;
  const commands = inputs.provider === "auto" ? "" : PROVIDERS[inputs.provider].install.join(" or ");
  throw new AutotuneError(
    "config_error",
    `--provider ${inputs.provider}: no program was found. ${triedText(found.tried)}`,
    {
      remedy: `Install it${commands === "" ? "" : ` (${commands})`}, name it with --provider-bin, or try --provider simulated.`,
      remedies: [{ kind: "setting", setting: "provider-bin" }],
    },
  );
}

type AxisValues = Partial<Record<Axis, readonly (number | null)[]>>;

/** Axes the user named must be the program's; of the default ones only those are taken that it has. */
function axesOf(inputs: Inputs, provider: Provider, binary: Binary): AxisValues {
  const offered = offeredAxes(provider, binary.help);
  const values: AxisValues = {};
  for (const axis of AXES) {
    const asked = inputs.axes[axis];
    if (asked !== null && !offered.includes(axis)) throw lacksAxis(axis, provider, binary);
    const byDefault = axis === "max_context" ? [inputs.targetContext] : provider.defaultAxes[axis];
    if (offered.includes(axis)) values[axis] = asked ?? byDefault ?? [];
  }
  return values;
}

function lacksAxis(axis: Axis, provider: Provider, binary: Binary): AutotuneError {
  const flag = `--${axis.replaceAll("_", "-")}-axis`;
  const offered = offeredAxes(provider, binary.help).map((one) => `--${one.replaceAll("_", "-")}-axis`);
  return new AutotuneError(
    "config_error",
    `${flag}: ${provider.id} ${binary.version} has no such knob; it has ${offered.join(", ") || "none"}`,
    {
      remedy: `Leave ${flag} out, or use a version that has it.`,
    },
  );
}

async function candidatesOf(
  inputs: Inputs,
  provider: Provider,
  io: Io,
): Promise<{ candidates: string[]; notes: string[] }> {
  const named = inputs.candidateModels;
  if (named !== null) return isCachedKeyword(named) ? cachedModels(io) : { candidates: named, notes: [] };
  const cached = provider.candidatesFromCache ? await lookIntoCache(io) : { ids: [], notes: [] };
  const trimmed = trimBySize(cached.ids.length > 0 ? cached.ids : provider.defaultCandidates, inputs);
  return { candidates: trimmed.candidates, notes: [...cached.notes, ...trimmed.warnings] };
}

/** @throws AutotuneError config_error if the cache has none */
async function cachedModels(io: Io): Promise<{ candidates: string[]; notes: string[] }> {
  const { ids, notes } = await lookIntoCache(io);
  if (ids.length > 0) return { candidates: ids, notes };
  const folder = hubCacheFolder({ env: io.env, homeDir: io.homeDir });
  throw new AutotuneError(
    "config_error",
    [`--candidate-models ${CACHED}: there is no complete model in ${folder}`, ...notes].join("\n"),
    {
      remedy: "Name the models to be downloaded, or set HF_HOME or HF_HUB_CACHE to the cache that has some.",
    },
  );
}

async function lookIntoCache(io: Io): Promise<{ ids: string[]; notes: string[] }> {
  const leftOut: LeftOut[] = [];
  const models = await listCompleteModels(
    { env: io.env, homeDir: io.homeDir },
    { signal: io.signal, onLeftOut: (one) => leftOut.push(one) },
  );
  return { ids: models.map((model) => model.id), notes: leftOutNotes(leftOut) };
}

function cellsOf(
  model: string,
  axes: AxisValues,
  provider: Provider,
  live: LiveConfig | null,
  targetContext: number,
): Cells {
  const served = live !== null && live.model === model ? live.knobs : null;
  const tooShort =
    served !== null && served.max_context_override !== null && served.max_context_override < targetContext;
  return buildCells({
    axes,
    defaults: provider.ownDefaults,
    incumbent: tooShort ? null : served,
    whyNotServed: (knobs) => provider.whyNotServed(knobs),
  });
}

async function machineOf(
  inputs: Inputs,
  provider: Provider,
  binary: Binary,
  env: NodeJS.ProcessEnv,
): Promise<{ machine: Machine; memoryBytes: number }> {
  if (!provider.simulated)
    return { machine: await readMachine(binary.version, env), memoryBytes: physicalMemoryBytes() };
  const facts = simulatedMachine(inputs.simulatedProfile);
  return {
    machine: { ...facts, binary_version: binary.version, simulated: true },
    memoryBytes: facts.ram_gb * MEMORY_GB,
  };
}
