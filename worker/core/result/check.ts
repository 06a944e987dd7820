// One check of `doctor` and how all of them are shown on one screen. Pure.
// Source: contract §15 (doctor), §3 (exit 0 only if a run could start).
import * as z from "zod";
import { REAL_SERVERS } from "../../providers/index.ts";
import type { Remedy } from "../errors.ts";
import { remedySchema } from "./remedy.ts";

/** Stable names, for the extension. `machine` stands for those of the machine where they could not be looked at at all. */
// prettier-ignore
export const CHECK_IDS = [
  "node", "settings", "provider", ...REAL_SERVERS.map(({ id }) => id), "python", "candidates", "models", "disk", "live-provider", "other-servers", "port",
  "launchd", "provider-config", "memory", "wired-limit", "power", "tools", "notifier", "rosetta", "machine", "database",
  "active-run", "last-run", "drained", "recipe",
] as const;
export type CheckId = (typeof CHECK_IDS)[number];

export const checkSchema = z.object({
  id: z.enum(CHECK_IDS),
  title: z.string(),
  /** error: a run could not start. warning: it could, but read this. skipped: does not exist on this system, or was not needed. */
  state: z.enum(["ok", "warning", "error", "skipped"]),
  /** What was found, one line. */
  text: z.string(),
  /** Its value in a word or two, as "16 GB" or "8080 free"; absent where there is none. */
  short: z.string().optional(),
  /** What to do or type, one line each; [] if nothing. */
  repair: z.array(z.string()),
  /** The same as data, a list for each line of `repair`; absent where no program could do any of it. */
  remedies: z.array(z.array(remedySchema)).optional(),
});
export type Check = z.infer<typeof checkSchema>;

export const doctorSchema = z.object({
  /** A run with these settings could start. */
  could_start: z.boolean(),
  /** What that run would use is the simulator: it would not measure this machine. */
  simulated: z.boolean(),
  checks: z.array(checkSchema),
});
export type DoctorReport = z.infer<typeof doctorSchema>;

/** Build a check. */
export function check(id: CheckId, title: string, state: Check["state"], text: string, ...repair: Repair[]): Check {
  const lines = repair.map((line) => (typeof line === "string" ? { text: line, remedies: [] } : line));
  const remedies = lines.some((line) => line.remedies.length > 0) ? lines.map((line) => [...line.remedies]) : undefined;
  return { id, title, state, text, repair: lines.map((line) => line.text), ...(remedies ? { remedies } : {}) };
}

/** The check with its value in a word or two. @param short without a full stop, for a row's end */
export const inShort = (short: string, one: Check): Check => ({ ...one, short });

/** A line of a check's repair, with what a program can do of it. */
export type Repair = string | { text: string; remedies: readonly Remedy[] };

const MARKS = { ok: "✓", warning: "!", error: "✗", skipped: "–" } as const;
const COLOURS = { ok: 32, warning: 33, error: 31, skipped: 90 } as const;
const TITLE_WIDTH = 13;

/**
 * Lay the checks out, what is wrong with its repair below it; what does not exist here shares one line at the end.
 * @param width columns, 40 or more
 * @param colour whether marks may be coloured
 */
export function doctorText(report: DoctorReport, width: number, colour: boolean): string {
  const mark = (state: Check["state"]) => (colour ? `\u001b[${COLOURS[state]}m${MARKS[state]}\u001b[0m` : MARKS[state]);
  const indent = " ".repeat(TITLE_WIDTH + 3);
  const lines = report.checks
    .filter((one) => one.state !== "skipped")
    .flatMap((one) => {
      const [first = "", ...more] = wrapped(one.text, width - indent.length);
      const repair = one.repair.flatMap((step) =>
        wrapped(step, width - indent.length - 2).map((line, at) => `${indent}${at === 0 ? "→ " : "  "}${line}`),
      );
      return [
        `${mark(one.state)} ${one.title.padEnd(TITLE_WIDTH)} ${first}`,
        ...more.map((line) => indent + line),
        ...repair,
      ];
    });
  const skipped = report.checks.filter((one) => one.state === "skipped");
  const legend = `${mark("ok")} fine   ${mark("warning")} worth knowing   ${mark("error")} a run could not start`;
  return [
    legend,
    ...lines,
    ...skippedLines(skipped, width, mark("skipped")),
    "",
    ...wrapped(verdict(report), width),
  ].join("\n");
}

function skippedLines(skipped: Check[], width: number, mark: string): string[] {
  if (skipped.length === 0) return [];
  const [first = "", ...more] = wrapped(`Not here: ${skipped.map((one) => one.text).join("; ")}`, width - 2);
  return [`${mark} ${first}`, ...more.map((line) => `  ${line}`)];
}

function verdict({ could_start, simulated, checks }: DoctorReport): string {
  const errors = checks.filter((one) => one.state === "error").map((one) => one.title);
  if (!could_start) return `A run could NOT start. Mend what is marked ✗ (${errors.join(", ")}).`;
  if (simulated)
    return "A run could start, on the simulator: try the program with `mlx-autotune run`. It measures nothing of this machine until a provider is installed.";
  return "A run could start: `mlx-autotune run` (`mlx-autotune plan` says what it would do).";
}

/** Break at spaces; a longer word keeps its line. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
