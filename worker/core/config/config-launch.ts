// What a provider's own command line and environment say about its config: which file it reads, and what goes before that file.
// Source: contract §12. The provider takes a flag before a variable, and a variable before its config.
import type { Refusal } from "./config-refusals.ts";
import { isOwnedKey, type ConfigChanges, type OwnedKey } from "./config-values.ts";
import { simpleCommands } from "../text/shell-words.ts";

/** How a provider is (or will be) started. launchd hands words and variables on as they stand: no ~, no $HOME. */
export interface Launch {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  /** launchd's own is / where the plist names no WorkingDirectory. */
  cwd: string;
  home: string;
}

/** A flag or variable that goes before the config; "weights" = it pins them, whatever `model` says. */
export interface Override {
  name: string;
  kind: "variable" | "flag";
  key: OwnedKey | "weights";
  value: string;
}

const FLAGS: Record<string, Override["key"]> = {
  "--model": "model",
  "--kv-bits": "kv_bits",
  "--max-context": "max_context_override",
  "--max-batch": "max_concurrency_override",
  "--model-artifact-path": "weights",
  "--model-artifact-sha256": "weights",
};

/** By what follows the prefix. Spellings of both generations of the program. */
const VARIABLES: Record<string, Override["key"]> = {
  MODEL: "model",
  KV_BITS: "kv_bits",
  MAX_CONTEXT: "max_context_override",
  MAX_CONTEXT_OVERRIDE: "max_context_override",
  MAX_BATCH: "max_concurrency_override",
  MAX_CONCURRENCY: "max_concurrency_override",
  MAX_CONCURRENCY_OVERRIDE: "max_concurrency_override",
  MODEL_ARTIFACT_PATH: "weights",
  MODEL_ARTIFACT_SHA256: "weights",
};
const PREFIX = /^(MACPROVIDER|MALIBU)_/;

/** The config that this command line names, as an absolute path; null if it leaves it to the default. */
export function configNamedBy(launch: Launch): string | null {
  const words = allWords(launch);
  const env = environmentOf(launch, words);
  const named = flagValue(words, "--config") ?? env["MACPROVIDER_CONFIG"] ?? env["MALIBU_CONFIG"] ?? "";
  return named.trim() === "" ? null : absolute(named, folderOf(launch), launch.home);
}

/** Everything on the command line and in the environment that goes before the config. Empty variables do not. */
export function overridesOf(launch: Launch): Override[] {
  const words = allWords(launch);
  const flags = Object.entries(FLAGS).flatMap(([name, key]): Override[] => {
    const value = flagValue(words, name);
    return value === null ? [] : [{ name, kind: "flag", key, value }];
  });
  const variables = Object.entries(environmentOf(launch, words)).flatMap(([name, value]): Override[] => {
    const key = PREFIX.test(name) ? variableKey(name.replace(PREFIX, "")) : undefined;
    return key === undefined || value.trim() === "" ? [] : [{ name, kind: "variable", key, value }];
  });
  return [...variables, ...flags];
}

/** Refuse what would go on saying something else than what is wanted. @param changesModel the config names another model now */
export function overrideRefusals(
  overrides: readonly Override[],
  wanted: ConfigChanges,
  changesModel: boolean,
): Refusal[] {
  return overrides.filter((override) => contradicts(override, wanted, changesModel)).map(refusalOf);
}

function contradicts({ key, value }: Override, wanted: ConfigChanges, changesModel: boolean): boolean {
  if (!isOwnedKey(key)) return changesModel;
  return key in wanted && value.trim() !== String(wanted[key]);
}

/** The value is not told: a path or an id may be nobody's business. */
function refusalOf({ name, kind, key }: Override): Refusal {
  const where =
    kind === "variable" ? `the provider's environment sets ${name}` : `the provider is started with ${name}`;
  const effect =
    key === "weights"
      ? "which pins the weights of another model, whatever the config says"
      : `which goes before ${key} in the config, so the recipe would have no effect`;
  const what = kind === "variable" ? "the variable" : "the flag";
  return { line: null, reason: `${where}, ${effect}`, remedy: `Take ${what} out of the provider's start (its plist)` };
}

function variableKey(name: string): Override["key"] | undefined {
  return name.startsWith("MODEL_CATALOG_") ? "weights" : VARIABLES[name];
}

/** The words of the command line; a shell's command text is cut into its own words. */
function allWords({ argv, home }: Launch): string[] {
  return argv.flatMap((word, at) => (isShellText(argv, at) ? shellCommands(word, home).flat() : [word]));
}

const isShellText = (argv: readonly string[], at: number): boolean => /^-[A-Za-z]*c$/.test(argv[at - 1] ?? "");

/** Only a shell puts the home folder in, for ~ at the start of a word and for $HOME anywhere. */
function shellCommands(text: string, home: string): string[][] {
  return simpleCommands(text).map((words) =>
    words.map((word) => word.replace(/^~(?=\/|$)/, () => home).replaceAll(/\$(?:HOME\b|\{HOME\})/g, () => home)),
  );
}

/** Where it runs: a shell's text may have gone elsewhere before it starts anything. */
function folderOf({ argv, cwd, home }: Launch): string {
  const commands = argv.flatMap((word, at) => (isShellText(argv, at) ? shellCommands(word, home) : []));
  return commands.reduce((folder, [name, to]) => (name === "cd" && to ? absolute(to, folder, home) : folder), cwd);
}

/** Assignments on the command line (`env NAME=value …`, `NAME=value …` in a shell) come last, so they win. */
function environmentOf(launch: Launch, words: readonly string[]): Record<string, string> {
  const assigned = words.flatMap((word): [string, string][] => {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    return name !== undefined && value !== undefined && PREFIX.test(name) ? [[name, value]] : [];
  });
  return { ...launch.env, ...Object.fromEntries(assigned) };
}

function flagValue(words: readonly string[], flag: string): string | null {
  const found = words.flatMap((word, at) => {
    if (word === flag) return words[at + 1] ?? [];
    return word.startsWith(`${flag}=`) ? word.slice(flag.length + 1) : [];
  });
  return found.at(-1) ?? null;
}

/** The provider itself reads a leading ~/ as the home folder, and everything else from where it runs. */
function absolute(path: string, cwd: string, home: string): string {
  const expanded = path.replace(/^~(?=\/|$)/, () => home);
  return expanded.startsWith("/") ? expanded : `${cwd.replace(/\/$/, "")}/${expanded.replace(/^\.\//, "")}`;
}
