// The doctor's report as the list shows it: order, headings, details, and what of a repair can be typed. Pure.
// Source: contract §14 (each check with its repair), §15.
import type { Check, DoctorReport } from "../../../worker/core/result/check.ts";
import { bullets, code, codeBlock, lines, mark, page, type Markdown } from "../../../worker/core/text/markdown.ts";
import type { SettingName } from "../../../worker/core/settings/options.ts";
import { isCommand, withCommands } from "../ui/commands.ts";
import { settingsOf } from "../tune/tune-flags.ts";
import type { TuneValues } from "../tune/tune-form.ts";

/** The headings in their order, broken first. */
export const SECTIONS: { state: Check["state"]; title: string }[] = [
  { state: "error", title: "Problems" },
  { state: "warning", title: "Warnings" },
  { state: "ok", title: "Passed" },
  { state: "skipped", title: "Skipped" },
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

/** The report's verdict in full, with how many checks there are of each kind. */
export function summaryMarkdown(report: DoctorReport): Markdown {
  const { title, text } = summaryOf(report);
  const counted = SECTIONS.map((section) => {
    const n = report.checks.filter((one) => one.state === section.state).length;
    return `${section.title}: ${n}`;
  });
  return page(mark`## ${title}`, text, bullets(counted), "Looked at with the settings of Find Best Recipe.");
}

/** The check in full, for the detail beside the list. @param more further lines, such as every place that was tried */
export function checkMarkdown({ title, text, repair }: Check, more: string): Markdown {
  return page(
    mark`## ${title}`,
    lines(text),
    repair.length > 0 && mark`### Repair`,
    bullets(repair.map(repairLine)),
    more !== "" && codeBlock(more),
  );
}

/** A line that is a command is code as a whole, but for its remark. */
function repairLine(line: string): Markdown {
  const command = withoutRemark(line);
  return isCommand(line) ? mark`${code(command)} ${line.slice(command.length)}` : withCommands(line);
}

/**
 * What can be typed of a repair's line: the parts between backticks, else the line if it is a command, without the remark that
 * follows it in brackets.
 */
export function commandsIn(line: string): string[] {
  const quoted = [...line.matchAll(/`([^`]+)`/g)].map(([, command = ""]) => command);
  if (quoted.length > 0) return quoted;
  return isCommand(line) ? [withoutRemark(line)] : [];
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
