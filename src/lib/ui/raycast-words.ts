// The worker's sentences for a Raycast user: flags become the fields, preferences and actions, and commands the commands and actions,
// that stand for them here. Pure. What is to be typed into a terminal stays as it is. Source: contract §14.
import { KNOB_ROWS } from "../../../worker/core/knobs.ts";
import { type AxisFlag, axisFlag } from "../../../worker/core/settings/axes.ts";
import type { SettingName } from "../../../worker/core/settings/options.ts";

/** What stands for a flag, and how it is turned on and off, if not by its name. */
interface Here {
  name: string;
  /** Behind the name and its value. */
  where?: string;
  /** For "add …" and "repeat with …", imperative; the same for "leave out …". */
  on?: string;
  off?: string;
}

const field = (name: string): Here => ({ name, on: `set ${name}`, off: `do without ${name}` });
const toggle = (name: string): Here => ({ name, on: `turn on ${name}`, off: `turn off ${name}` });
const action = (name: string, off = `do without ${name}`): Here => ({ name, on: `choose ${name}`, off });
const preference = (name: string): Here => ({ name, where: " in the extension's preferences" });
/** The form has no field for it: the config file is read by runs of the extension, too. */
const file = (name: SettingName): Here => ({ name, where: " in ~/.config/mlx-autotune/config.yaml" });
const typed = (command: string): Here => ({ name: `\`${command}\`` });

const axes = () =>
  Object.fromEntries(KNOB_ROWS.map(([, knob]) => [axisFlag(knob.axis), field(knob.field)])) as Record<AxisFlag, Here>;

/** Fields by their titles in the form. */
export const SETTINGS_HERE: Record<SettingName, Here> = {
  "target-context": field("Target Context"),
  "candidate-models": field("Candidates"),
  "max-model-size": field("Largest Model"),
  "min-model-size": field("Smallest Model"),
  provider: field("Provider"),
  "provider-bin": preference("Provider Program"),
  port: field("Port"),
  offline: toggle("Offline"),
  "simulated-profile": field("Simulated Machine"),
  ...axes(),
  method: field("Method"),
  "stage1-replicates": file("stage1-replicates"),
  "stage2-replicates": field("Requests per Cell"),
  "tps-tie-epsilon": field("Tie"),
  "batch-load": file("batch-load"),
  "gate-ttft-ms": field("TTFT Gate"),
  "max-tokens": field("Tokens per Request"),
  seed: file("seed"),
  "max-duration": field("Time Limit"),
  "ready-timeout": field("Load Limit"),
  drain: toggle("Drain"),
  "drain-grace": file("drain-grace"),
  "restart-foreground": toggle("Restart Foreground"),
  apply: toggle("Apply"),
  "db-path": preference("Database"),
  "retain-runs": file("retain-runs"),
  resume: action("Resume Tuning", "use Tune Again"),
  json: action("Copy as JSON"),
  "dry-run": action("Show Plan"),
  compare: action("Compare with"),
  "report-only": action("Open Report"),
  verbose: action("Show Log"),
};

const OTHERS = {
  "keep-context": action("Keep Context"),
  "lower-context": action("Lower Context"),
  expect: action("Look Again"),
  evidence: action("Copy Evidence"),
  backups: typed("mlx-autotune uninstall --backups"),
  "api-key-file": typed("mlx-autotune sweep --api-key-file"),
  "kv-bits": { name: "KV bits" },
} as const satisfies Record<string, Here>;

/** --force is a button of the refusal, by what was refused. */
const FORCE = { apply: action("Apply Recipe"), revert: action("Revert Anyway") } as const;
export type Forced = keyof typeof FORCE;

const FLAGS: ReadonlyMap<string, Here> = new Map(Object.entries({ ...SETTINGS_HERE, ...OTHERS }));

const IN_RUNS = " in Tuning Runs";
const IN_DOCTOR = " in Autotune Doctor";

/** By command of the worker; null = only a terminal has it. */
export const COMMANDS_HERE: Readonly<Record<string, string | null>> = {
  run: "Find Best Recipe",
  plan: "Show Plan in Find Best Recipe",
  status: "Tuning Runs",
  runs: "Tuning Runs",
  show: "Tuning Runs",
  cancel: "Cancel Tuning",
  apply: `Apply Recipe${IN_RUNS}`,
  revert: "Revert Recipe",
  restore: `Restore Provider${IN_RUNS}`,
  report: `Open Report${IN_RUNS}`,
  compare: `Compare with${IN_RUNS}`,
  export: `Export Run${IN_RUNS}`,
  delete: `Delete Run${IN_RUNS}`,
  doctor: "Autotune Doctor",
  uninstall: `Uninstall${IN_DOCTOR}`,
  "notify-test": `Send Test Notification${IN_DOCTOR}`,
  serve: null,
  import: null,
  sweep: null,
};

/** A command without backticks ends behind its last id, number or flag. */
const BARE = /(?<![\w/.`-])mlx-autotune ([a-z]+(?:-[a-z]+)?)((?: --[a-z-]{1,40}| [0-9a-f-]{8,36}\b| \d{1,12}\b){0,8})/g;
const FLAG = /(?:\b(add|leave out|repeat with) )?(?<![\w-])--(?:no-)?([a-z][a-z0-9-]{0,40})((?: |=)\d[\w.]{0,20})?/gi;

/**
 * @param text the worker's, flags as `--name`, commands between backticks or bare
 * @param forced what --force would repeat
 * @returns the same in Raycast's words; other commands between backticks, and flags of other programs, as they are
 */
export function inRaycast(text: string, forced: Forced = "apply"): string {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return parts.map((part) => prose(part, forced)).join("`");
  const joined = parts.map((part, at) => (at % 2 === 1 ? quoted(part) : part)).join("");
  return joined
    .split("`")
    .map((part, at) => (at % 2 === 1 ? part : prose(part, forced)))
    .join("`");
}

/** What stands between backticks: the command or action for it, else the same between backticks. */
function quoted(part: string): string {
  const [, name = "", rest = ""] = /^mlx-autotune ([a-z-]{1,40})(.{0,400})$/s.exec(part) ?? [];
  return commandHere(name, rest) ?? `\`${part}\``;
}

function commandHere(name: string, rest: string): string | null {
  if (name === "run" && /(?:^|\s)--resume\b/.test(rest)) return `Resume Tuning${IN_RUNS}`;
  return COMMANDS_HERE[name] ?? null;
}

function prose(text: string, forced: Forced): string {
  return text
    .replaceAll(BARE, (command, name: string, rest: string) => commandHere(name, rest) ?? `\`${command}\``)
    .split("`")
    .map((part, at) => (at % 2 === 1 ? part : flagsHere(part, forced)))
    .join("`");
}

function flagsHere(text: string, forced: Forced): string {
  return text
    .replaceAll(/\b(leave) (--[a-z-]{1,40}) out\b/gi, "$1 out $2")
    .replaceAll(FLAG, (found, verb: string | undefined, name: string, value: string | undefined) => {
      const here = name === "force" ? FORCE[forced] : FLAGS.get(name);
      return here === undefined ? found : said(here, verb, value?.replace("=", " ") ?? "");
    });
}

function said({ name, where = "", on, off }: Here, verb: string | undefined, value: string): string {
  if (verb === undefined) return `${name}${value}${where}`;
  const words = verb.toLowerCase() === "leave out" ? off : on;
  const isCapital = /^[A-Z]/.test(verb);
  if (words === undefined) return `${verb} ${name}${value}${where}`;
  return `${isCapital ? words.charAt(0).toUpperCase() + words.slice(1) : words}${value}`;
}
