// What a provider is to the tuner: a description of pure functions. One supervisor (platform/candidate/candidate.ts) starts, watches and stops them all.
import type { LaunchWords } from "../core/config/config-launch.ts";
import type { Axis, Knobs } from "../core/knobs.ts";
import type { FailureClass } from "../core/measure/measurement.ts";
import type { FailureWord } from "./failure-words.ts";
import type { ServerCommand } from "./server-command.ts";

/** The program as found: absolute path (or argv prefix), its version text and its help. */
export interface Binary {
  /** argv prefix, e.g. ["/opt/homebrew/bin/mlx_lm.server"]; the simulator is [node, worker, "simulated-provider"]. */
  command: string[];
  /** As the recipe's `binary_version`; never empty ("unknown" if the program does not say). */
  version: string;
  /** Output of the help command that lists serve's flags. */
  help: string;
}

export interface StartRequest {
  binary: Binary;
  model: string;
  knobs: Knobs;
  port: number;
  /** Private file (0600) to pass as --config, already written by the supervisor with `isolatedConfig`. */
  configPath: string;
}

export interface StartPlan {
  argv: string[];
  /** Added to the child's environment. */
  env: Record<string, string>;
  /** Variables to remove from the child's environment. */
  stripEnv: (name: string) => boolean;
}

/** How the supervisor knows that the model is loaded. */
export type Readiness = { kind: "models-endpoint" } | { kind: "one-token-request" };

/** What a child that ended, or whose generation died, is called. */
export interface ExitFacts {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Last lines of stdout and stderr together. */
  logTail: string;
}

export interface ServeRecipe {
  /** Program as found, for installs that have only its other name; absent = the first of `programs`. */
  program?: string;
  model: string;
  knobs: Knobs;
  targetContext: number;
  /** For the prompt cache of mlx-lm; null where unknown. */
  memoryBytes: number | null;
  weightBytes: number | null;
  kvBytesPerToken: number | null;
}

/** How one that serves already shows itself: it is drained and brought back. */
export interface LiveSigns {
  commands: readonly ServerCommand[];
  /** Labels of its launchd jobs that count without a look at their program; `<label>-watchdog` revives each. */
  labels: readonly string[];
  /** File, from the home folder, that is there while the program renews itself: nothing may be drained then. */
  pendingUpdate: string | null;
}

/** Which file `apply` edits. */
export type ConfigPlace =
  /** The program's own, named by how the live one is started. */
  | {
      readBy: "provider";
      /** From the home folder. */
      defaultPath: string;
      launch: LaunchWords;
      /** Its other writers lock beside it. */
      locked: boolean;
    }
  /** Ours, a file name; `mlx-autotune serve` starts the program with it. */
  | { readBy: "serve"; file: string }
  /** Ours, a file name; nobody serves it. */
  | { readBy: "nobody"; file: string; what: string };

/** A Python package that brings the program. */
export interface PythonPackage {
  /** What Python imports. */
  module: string;
  /** A sentence's rest for a machine without Python. */
  withoutPython: string;
}

export interface Provider<Id extends string = string> {
  id: Id;
  /** In a list to choose from. */
  title: string;
  /** Where one reads about it; null where there is no public page. */
  homepage: string | null;
  /** Commands that install it, the best first, each of them by itself; [] where there is no public one. */
  install: readonly string[];
  python: PythonPackage | null;
  simulated: boolean;
  live: LiveSigns;
  config: ConfigPlace & {
    /** Keys of a recipe that its config holds beside the model. */
    keys: readonly (keyof Knobs)[];
  };
  /** Of a program that the user names (--provider-bin), by its base name. */
  isProgram: RegExp;
  /** Program names to look for, best first. */
  programs: string[];
  /** Folders beyond PATH to look in; `~` is the home folder. */
  usualPlaces: string[];
  versionCommand: string[] | null;
  /** Python code that prints the version, for the interpreter of a script that has no version command. */
  pythonVersionCode?: string;
  helpCommand: string[];
  /** Limit of one version or help call, ms; 10 s where absent. */
  probeTimeoutMs?: number;
  /** Normalise version output; `versionOutput` may be empty. @returns never empty. */
  version(versionOutput: string, helpOutput: string): string;
  /** Axes it may have, each with the flags that the found program's help must list for it. */
  axisFlags: Partial<Record<Axis, readonly string[]>>;
  /** Values for axes that the user did not name. */
  defaultAxes: Partial<Record<Axis, (number | null)[]>>;
  /** Knob values that stand for a flag that is not passed, where an axis can express them. */
  ownDefaults: Partial<Record<Axis, number>>;
  /** Cells the program cannot serve as such, e.g. kv_bits with max_batch > 1 on mlx-lm. @returns the reason, or null. */
  whyNotServed(knobs: Knobs): string | null;
  /** Ids, largest first, when the user named none and the cache offers none. */
  defaultCandidates: string[];
  /** Take the complete models of the Hugging Face cache as default candidates. */
  candidatesFromCache: boolean;
  /** Weights come from the Hub and must be complete before a start. */
  needsWeights: boolean;
  /** Text of the isolated configuration file; null if the program takes none. */
  isolatedConfig: string | null;
  start(request: StartRequest): StartPlan;
  readiness: Readiness;
  /** Path whose non-2xx status means that the process serves no more (mlx-lm: /health); null where the process ends instead. */
  healthPath: string | null;
  /** Value of "model" in a request. */
  requestModel(model: string): string;
  /** Up to how many warm-up requests until speed stops rising. */
  maxWarmups: number;
  /** In which words the server says why it failed, taken from its sources. */
  failureWords: readonly FailureWord[];
  classifyExit(facts: ExitFacts): { class: FailureClass; reason: string; integrity: boolean };
  /** Recognise in the log that generation has ended while the process lives on. @returns why, or null; absent = it cannot. */
  generationDeath?(log: string): string | null;
  /** Recognise an HTTP failure that means "the load failed", e.g. mlx-lm's 404 "generation thread died". */
  isLoadFailure(status: number, body: string): boolean;
  /** The command a user pastes to serve the recipe. */
  serveCommand(recipe: ServeRecipe): string[];
}
