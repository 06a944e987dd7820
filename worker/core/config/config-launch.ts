// What a provider's own command line and environment say about its config: which file it reads, and what goes before that file.
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

/** Words of a server's start that have to do with its config. A server takes a flag before a variable, and a variable before its config. */
export interface LaunchWords {
  /** Flags that go before the config. */
  flags: Readonly<Record<string, Override["key"]>>;
  /** The same by variable, by what follows its prefix; other names are asked of `pinsWeights`. */
  variables: Readonly<Record<string, Override["key"]>>;
  /** How its variables begin. */
  prefix: RegExp;
  /** Whether a variable, without its prefix, pins weights whatever the config says. */
  pinsWeights(name: string): boolean;
  /** Names the config. */
  configFlag: string;
  /** The same, best first. */
  configVariables: readonly string[];
}

/** The config that this command line names, as an absolute path; null if it leaves it to the default. */
export function configNamedBy(launch: Launch, of: LaunchWords): string | null {
  const words = allWords(launch);
  const env = environmentOf(launch, words, of.prefix);
  const variable = of.configVariables.find((name) => env[name] !== undefined) ?? "";
  const named = flagValue(words, of.configFlag) ?? env[variable] ?? "";
  return named.trim() === "" ? null : absolute(named, folderOf(launch), launch.home);
}

/** Everything on the command line and in the environment that goes before the config. Empty variables do not. */
export function overridesOf(launch: Launch, of: LaunchWords): Override[] {
  const words = allWords(launch);
  const flags = Object.entries(of.flags).flatMap(([name, key]): Override[] => {
    const value = flagValue(words, name);
    return value === null ? [] : [{ name, kind: "flag", key, value }];
  });
  const variables = Object.entries(environmentOf(launch, words, of.prefix)).flatMap(([name, value]): Override[] => {
    const key = of.prefix.test(name) ? variableKey(name.replace(of.prefix, ""), of) : undefined;
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

function variableKey(name: string, of: LaunchWords): Override["key"] | undefined {
  return of.pinsWeights(name) ? "weights" : of.variables[name];
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
function environmentOf(launch: Launch, words: readonly string[], prefix: RegExp): Record<string, string> {
  const assigned = words.flatMap((word): [string, string][] => {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    return name !== undefined && value !== undefined && prefix.test(name) ? [[name, value]] : [];
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
