// Which value every setting of a run has, and where it came from: flag > environment > file > default. Everything that is wrong
// is said at once, before anything starts. Source: contract §3 and §16.14, 15, 18, 19.
import { forAxes } from "../knobs.ts";
import { axisFlag } from "./axes.ts";
import { isLocalModel } from "./candidates.ts";
import { AutotuneError } from "../errors.ts";
import type { Inputs } from "./inputs.ts";
import { namedPath, namedProgram } from "./named-path.ts";
import { SETTING_NAMES, type SettingName, settingOf, type SettingValues } from "./options.ts";
import { contradictions, type Settled, type Source, warnings } from "./setting-checks.ts";
import type { Parsed, Resume } from "./setting-kinds.ts";
import {
  type FileSettings,
  type Findings,
  fromEnvironment,
  fromFile,
  fromFlags,
  type RawFlags,
} from "./setting-sources.ts";

export interface RawSettings {
  flags: RawFlags;
  env: Readonly<Record<string, string | undefined>>;
  /** null = there is no config file. */
  file: FileSettings | null;
  /** Absolute; what `~` stands for. */
  home: string;
  /** Absolute; what relative paths start from. */
  cwd: string;
  /** Used if no source names a seed; 0 to 2^32 - 1. */
  randomSeed: number;
}

export interface Settings {
  inputs: Inputs;
  resume: Resume;
  dryRun: boolean;
  reportOnly: boolean;
  compare: boolean;
  /** By flag name. */
  sources: Record<SettingName, Source>;
  warnings: string[];
}

/**
 * Settle every setting of a run.
 * @throws AutotuneError config_error with one line per problem: where it came from, the value, the limit, the remedy
 */
export function resolveSettings(raw: RawSettings): Settings {
  const { problems, ...settings } = readSettings(raw);
  if (problems.length === 0) return settings;
  throw settingsError(problems);
}

/** The refusal of `problems`, each a line. */
export function settingsError(problems: readonly string[]): AutotuneError {
  return new AutotuneError("config_error", problems.join("\n"), {
    remedy: "See `mlx-autotune run --help` for every setting with its limits.",
  });
}

/**
 * Settle every setting without throwing: a refused one has its default. For what must be known of a refused run: where its
 * row goes, and whether the answer is JSON.
 */
export function readSettings(raw: RawSettings): Settings & { problems: string[] } {
  const places = [
    { source: "flag", findings: fromFlags(raw.flags) },
    { source: "environment", findings: fromEnvironment(raw.env) },
    { source: "file", findings: fromFile(raw.file) },
  ] as const;
  const settled = settle(places, raw);
  const refused = new Set(places.flatMap(({ findings }) => [...findings.refused]));
  const problems = places.flatMap(({ findings }) => findings.problems);
  problems.push(...contradictions(settled, (names) => names.every((name) => !refused.has(name))));
  const { values, sources } = settled;
  return {
    inputs: toInputs(values, raw.randomSeed),
    resume: values.resume,
    dryRun: values["dry-run"],
    reportOnly: values["report-only"],
    compare: values.compare,
    sources,
    warnings: warnings(settled),
    problems,
  };
}

function settle(places: readonly { source: Source; findings: Findings }[], raw: RawSettings): Settled {
  const rows = SETTING_NAMES.map((name) => {
    const place = places.find(({ findings }) => findings.given.has(name));
    const given = place?.findings.given.get(name);
    return {
      name,
      value: given === undefined ? settingOf(name).fallback : given.value,
      source: place?.source ?? "default",
      where: given?.where ?? `--${name} (default)`,
    };
  });
  const by = <T>(pick: (row: (typeof rows)[number]) => T) =>
    Object.fromEntries(rows.map((row) => [row.name, pick(row)]));
  // The table's parsers and fallbacks carry the types that SettingValues is inferred from.
  const values = absolute(by((row) => row.value) as SettingValues, raw);
  return {
    values,
    sources: by((row) => row.source) as Settled["sources"],
    where: by((row) => row.where) as Settled["where"],
  };
}

/** Make paths absolute: the worker may run in another folder. A bare program name stays one, to be searched on PATH. */
function absolute(values: SettingValues, { home, cwd }: RawSettings): SettingValues {
  const places = { home, from: cwd };
  const program = values["provider-bin"];
  return {
    ...values,
    "db-path": legal(namedPath(values["db-path"], places)),
    "provider-bin": program === null ? null : legal(namedProgram(program, places)),
    "candidate-models":
      values["candidate-models"]?.map((id) => (isLocalModel(id) ? legal(namedPath(id, places)) : id)) ?? null,
  };
}

/** The kinds have refused all others. */
function legal(path: Parsed<string>): string {
  if (!path.ok) throw new Error(path.problem);
  return path.value;
}

function toInputs(values: SettingValues, randomSeed: number): Inputs {
  return {
    provider: values.provider,
    providerBin: values["provider-bin"],
    targetContext: values["target-context"],
    candidateModels: values["candidate-models"],
    maxModelSizeB: values["max-model-size"],
    minModelSizeB: values["min-model-size"],
    axes: forAxes((axis) => values[axisFlag(axis)]),
    method: values.method,
    stage1Replicates: values["stage1-replicates"],
    stage2Replicates: values["stage2-replicates"],
    tpsTieEpsilon: values["tps-tie-epsilon"],
    batchLoad: values["batch-load"],
    gateTtftMs: values["gate-ttft-ms"],
    maxTokens: values["max-tokens"],
    maxDurationS: values["max-duration"],
    readyTimeoutS: values["ready-timeout"],
    drain: values.drain,
    drainGraceS: values["drain-grace"],
    restartForeground: values["restart-foreground"],
    apply: values.apply,
    port: values.port,
    dbPath: values["db-path"],
    retainRuns: values["retain-runs"],
    offline: values.offline,
    seed: values.seed ?? randomSeed,
    json: values.json,
    verbose: values.verbose,
    simulatedProfile: values["simulated-profile"],
  };
}

export type { Source };
