// The validated settings of one run, whatever they came from. Names follow the flags; units are suffixes.
// Source: contract §3, flags of `run`.
import type { ProviderChoice } from "../../providers/index.ts";
import type { MethodName } from "../search/methods.ts";
import type { Axis, Knobs } from "../knobs.ts";

/** Values as asked for, null among them = flag not passed; null = the user did not name the axis, so the provider's own values apply. */
export type AxesAsked = Record<Axis, (number | null)[] | null>;

export interface Inputs {
  provider: ProviderChoice;
  providerBin: string | null;
  targetContext: number;
  /** null = the provider's list. */
  candidateModels: string[] | null;
  /** Billions of parameters; null = no limit. */
  maxModelSizeB: number | null;
  minModelSizeB: number | null;
  axes: AxesAsked;
  method: MethodName;
  stage1Replicates: number;
  stage2Replicates: number;
  tpsTieEpsilon: number;
  batchLoad: "concurrent" | "single";
  gateTtftMs: number;
  maxTokens: number;
  maxDurationS: number;
  readyTimeoutS: number;
  drain: boolean;
  drainGraceS: number;
  restartForeground: boolean;
  apply: boolean;
  port: number;
  dbPath: string;
  retainRuns: number;
  offline: boolean;
  seed: number;
  json: boolean;
  verbose: boolean;
  /** Name of the simulator's profile; null = its demo machine. Only read by the simulated provider. */
  simulatedProfile: string | null;
}

/** The machine as the recipe names it. */
export interface Machine {
  ram_gb: number;
  chip: string;
  os_version: string;
  binary_version: string;
  simulated: boolean;
}

export type { Knobs };
