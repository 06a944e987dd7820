// The inputs of a run that takes another one up: whatever has a say in a figure is the old run's, and no flag may contradict it.
// Source: contract §15 (resume: the same inputs). Environment and config file are standing defaults, so they yield with a warning.
import * as z from "zod";
import { METHOD_NAMES } from "../search/methods.ts";
import { PROVIDER_CHOICES } from "../../providers/index.ts";
import { AXES, forAxes } from "../knobs.ts";
import { axisFlag } from "../settings/axes.ts";
import type { Inputs } from "../settings/inputs.ts";
import type { SettingName } from "../settings/options.ts";
import type { RunRow } from "./read-model.ts";
import type { Settings } from "../settings/settings.ts";
import { shortId } from "../units.ts";

const list = <T extends z.ZodType>(of: T) => z.array(of).nullable();

/** What a stored run says about how it measured. */
const measuredSchema = z.object({
  provider: z.enum(PROVIDER_CHOICES),
  providerBin: z.string().nullable(),
  targetContext: z.int(),
  candidateModels: list(z.string()),
  maxModelSizeB: z.number().nullable(),
  minModelSizeB: z.number().nullable(),
  // A knob that its program did not know was not asked for.
  axes: z.object(forAxes((_, { value }) => list(value.nullable()).default(null))),
  method: z.enum(METHOD_NAMES),
  stage1Replicates: z.int(),
  stage2Replicates: z.int(),
  tpsTieEpsilon: z.number(),
  batchLoad: z.enum(["concurrent", "single"]),
  gateTtftMs: z.number(),
  maxTokens: z.int(),
  readyTimeoutS: z.number(),
  seed: z.int(),
  simulatedProfile: z.string().nullable(),
  maxDurationS: z.number(),
  port: z.int(),
});

/** Settings that must be the old run's. */
const BOUND: Partial<Record<SettingName, (inputs: Inputs) => unknown>> = {
  "target-context": (inputs) => inputs.targetContext,
  "candidate-models": (inputs) => inputs.candidateModels,
  "max-model-size": (inputs) => inputs.maxModelSizeB,
  "min-model-size": (inputs) => inputs.minModelSizeB,
  provider: (inputs) => inputs.provider,
  "provider-bin": (inputs) => inputs.providerBin,
  "simulated-profile": (inputs) => inputs.simulatedProfile,
  ...Object.fromEntries(AXES.map((axis) => [axisFlag(axis), (inputs: Inputs) => inputs.axes[axis]])),
  method: (inputs) => inputs.method,
  "stage1-replicates": (inputs) => inputs.stage1Replicates,
  "stage2-replicates": (inputs) => inputs.stage2Replicates,
  "tps-tie-epsilon": (inputs) => inputs.tpsTieEpsilon,
  "batch-load": (inputs) => inputs.batchLoad,
  "gate-ttft-ms": (inputs) => inputs.gateTtftMs,
  "max-tokens": (inputs) => inputs.maxTokens,
  "ready-timeout": (inputs) => inputs.readyTimeoutS,
  seed: (inputs) => inputs.seed,
};

export interface ResumedInputs {
  /** The old run's; --max-duration and --port too unless a flag names them now. All else is this command line's. */
  inputs: Inputs;
  /** A line per flag that contradicts. */
  problems: string[];
  /** A line per variable or entry of the config file that is not heeded. */
  warnings: string[];
}

/** @returns null if the row does not say how it was measured (other or older programs) */
export function resumedInputs(run: RunRow, now: Pick<Settings, "inputs" | "sources">): ResumedInputs | null {
  const parsed = measuredSchema.safeParse({ ...run.inputs_json, ...resolved(run) });
  const asked = measuredSchema.safeParse(run.inputs_json);
  if (!parsed.success || !asked.success) return null;
  const chosenNow = (name: SettingName) => now.sources[name] === "flag";
  const inputs: Inputs = {
    ...now.inputs,
    ...parsed.data,
    ...(chosenNow("max-duration") ? { maxDurationS: now.inputs.maxDurationS } : {}),
    ...(chosenNow("port") ? { port: now.inputs.port } : {}),
  };
  const differing = Object.entries(BOUND).flatMap(([key, of]) => {
    const name = key as SettingName;
    const [here, there] = [of(now.inputs), of(inputs)];
    // What is asked for again (a provider `auto`, a list `cached`) was resolved once and for all.
    const agreeing = [there, of({ ...inputs, ...asked.data }), ...(name === "provider" ? ["auto"] : [])];
    const same = agreeing.some((value) => JSON.stringify(value) === JSON.stringify(here));
    return same ? [] : [{ name, source: now.sources[name], here: valueText(here), there: valueText(there) }];
  });
  const id = shortId(run.run_id);
  return {
    inputs,
    problems: differing
      .filter(({ source }) => source === "flag")
      .map(({ name, here, there }) => `--${name}: ${here} here, ${there} in run ${id}`),
    warnings: differing
      .filter(({ source }) => source === "environment" || source === "file")
      .map(({ name, source, here, there }) => {
        const where = source === "file" ? "the config file" : "the environment";
        return `${name} ${here} of ${where} is ignored: run ${id} was measured with ${there}`;
      }),
  };
}

/** What the run made of `auto` and of the provider's own list; stored once it was prepared. */
function resolved({ provider, candidate_models_json: candidateModels }: RunRow) {
  return { ...(provider === null ? {} : { provider }), ...(candidateModels === null ? {} : { candidateModels }) };
}

function valueText(value: unknown): string {
  if (value === null) return "not given";
  if (Array.isArray(value)) return value.map((one) => (one === null ? "unset" : String(one))).join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}
