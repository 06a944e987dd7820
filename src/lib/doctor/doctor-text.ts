// The doctor's report as the list shows it: order, headings, details, and what of a repair can be typed. Pure.
// Source: contract §14 (each check with its repair), §15.
import type { Check, DoctorReport } from "../../../worker/core/result/check.ts";
import type { SettingName } from "../../../worker/core/settings/options.ts";
import { settingsOf } from "../tune/tune-flags.ts";
import type { TuneValues } from "../tune/tune-form.ts";

/** The headings in their order, broken first. */
export const SECTIONS: { state: Check["state"]; title: string }[] = [
  { state: "error", title: "A Run Could Not Start" },
  { state: "warning", title: "Worth Knowing" },
  { state: "ok", title: "Fine" },
  { state: "skipped", title: "Not Here" },
];

const DOCTOR_SETTINGS: SettingName[] = [
  "provider",
  "simulated-profile",
  "candidate-models",
  "target-context",
  "port",
  "offline",
  "drain",
];

/** The settings of the form that the doctor looks at, as flags: its verdict is then that of the form's next start. */
export function doctorFlags(values: TuneValues): string[] {
  return settingsOf(values)
    .filter(([name]) => DOCTOR_SETTINGS.includes(name))
    .map(([name, value]) => (typeof value === "boolean" ? `--${value ? "" : "no-"}${name}` : `--${name}=${value}`));
}

export interface Summary {
  title: string;
  text: string;
  meaning: "good" | "bad" | "simulated";
}

export function summaryOf({ could_start: couldStart, simulated, checks }: DoctorReport): Summary {
  const broken = checks.filter((one) => one.state === "error").map((one) => one.title);
  if (!couldStart) return { title: "A run could not start", text: `Mend first: ${broken.join(", ")}.`, meaning: "bad" };
  if (simulated)
    return {
      title: "A run could start, simulated",
      text: "It would use the simulator and measure nothing of this Mac. Install a provider to tune for real.",
      meaning: "simulated",
    };
  return { title: "A run could start", text: "Find Best Recipe starts one.", meaning: "good" };
}

/** The check in full, for the detail beside the list. @param more further lines, such as every place that was tried */
export function checkMarkdown({ title, text, repair }: Check, more: string): string {
  const steps = repair.map((line) => `- ${line}`).join("\n");
  return [
    `## ${title}`,
    text,
    ...(steps === "" ? [] : ["### Repair", steps]),
    ...(more === "" ? [] : ["```\n" + more + "\n```"]),
  ].join("\n\n");
}

/** Programs that a repair may begin with. */
const PROGRAMS = /^(sudo|brew|pip|uv|mlx-autotune|launchctl|kill|chmod|softwareupdate|xcode-select) /;

/**
 * What can be typed of a repair's line: the parts between backticks, else the line if it is a command, without the remark that
 * follows it in brackets.
 */
export function commandsIn(line: string): string[] {
  const quoted = [...line.matchAll(/`([^`]+)`/g)].map(([, command = ""]) => command);
  if (quoted.length > 0) return quoted;
  return PROGRAMS.test(line) ? [withoutRemark(line)] : [];
}

/** A remark stands in brackets at the end, behind two spaces or more. */
function withoutRemark(line: string): string {
  const at = line.endsWith(")") ? line.indexOf("  (") : -1;
  return at === -1 ? line : line.slice(0, at).trimEnd();
}

/** What Copy Repair copies: the commands of all lines, else the text. */
export function repairText({ repair }: Check): string {
  const commands = repair.flatMap(commandsIn);
  return (commands.length > 0 ? commands : repair).join("\n");
}
