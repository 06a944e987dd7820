// The plan as the form and the plan's own view say it. Pure. Source: contract §14 (live plan and conflict notice), §5.
import { SIMULATED_NEEDS } from "../../../worker/core/live/conflict.ts";
import { duration, gigabytes, shortModel, SIMULATED_BANNER } from "../../../worker/core/units.ts";
import { labelled } from "../../../worker/core/measure/figure.ts";
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import { cellName } from "../../../worker/core/knobs.ts";
import type { PlannedCandidateReport, PlannedConflict, PlanReport } from "../../../worker/core/result/plan-report.ts";

/** Candidates that the form lists; the plan's own view lists all. */
const LISTED = 5;

/** A few lines for the form. */
export function planSummary(plan: PlanReport): string {
  const more = plan.candidates.length - LISTED;
  return [
    ...plan.candidates.slice(0, LISTED).map((one) => `${one.rank}. ${shortModel(one.model)}: ${candidateFacts(one)}`),
    ...(more > 0 ? [`… and ${more} more`] : []),
    `Then ${count(plan.cells.length, "cell")} of the first that serves ${plan.target_context} tokens`,
    `${timeText(plan)}`,
  ].join("\n");
}

export interface Notice {
  title: string;
  text: string;
}

/** What is in the way, and what Drain does or would do about it; null if the way is clear. */
export function conflictNotice(conflict: PlannedConflict | null, drain: boolean): Notice | null {
  if (conflict === null) return { title: "In the Way", text: "What serves here already could not be looked at." };
  const { refused, refused_with_drain: stuck, live } = conflict;
  if (refused && drain) return { title: "⚠️ In the Way", text: `The run would be refused. ${said(refused)}` };
  if (refused && stuck)
    return { title: "⚠️ In the Way", text: `The run would be refused, and Drain would not help. ${said(stuck)}` };
  if (refused)
    return { title: "⚠️ In the Way", text: `The run would be refused.\nWith Drain on: ${drainedText(conflict)}.` };
  return live.length === 0 ? null : { title: "Drained", text: `${drainedText(conflict)}.` };
}

/** Each live provider with what draining does to it. */
export const drainedText = ({ live }: PlannedConflict): string =>
  live.map((one) => `${one.text} is ${one.drained}`).join("; ");

/** The whole plan for a Detail. */
export function planMarkdown(plan: PlanReport, drain: boolean): string {
  const { machine, conflict } = plan;
  const notice = conflictNotice(conflict, drain);
  return [
    "# Plan",
    ...(machine.simulated ? [`> ${SIMULATED_BANNER}`] : []),
    `${machine.chip}, ${machine.ram_gb} GB · ${plan.provider} (${machine.binary_version})`,
    timeText(plan),
    "## What Serves Here",
    notice === null ? clearText(machine.simulated) : notice.text.replaceAll("\n", "\n\n"),
    ...(conflict?.notes ?? []),
    ...(plan.cache ? [plan.cache] : []),
    `## Stage 1: the first that serves ${plan.target_context} tokens`,
    candidateTable(plan.candidates),
    `## Stage 2: ${count(plan.cells.length, "cell")} of that model by ${plan.method}`,
    bullets([
      ...plan.cells.map((cell) => `${cellName(cell.knobs)}${cell.incumbent ? " (configured now)" : ""}`),
      ...plan.left_out.map((one) => `left out: ${cellName(one.knobs)}: ${one.reason}`),
    ]),
    ...(plan.warnings.length > 0 ? ["## Worth Knowing", bullets(plan.warnings)] : []),
  ].join("\n\n");
}

/** A simulated run does not look for live providers, so it cannot say that there is none. */
const clearText = (simulated: boolean): string =>
  simulated ? `A live provider serves on: ${SIMULATED_NEEDS}.` : "Nothing; the way is clear.";

function candidateFacts(one: PlannedCandidateReport): string {
  const place = one.weight_source === "simulated" ? [] : [one.cached ? "on disk" : "to download"];
  return [sizeText(one), verdictText(one), ...place].filter((part) => part !== "").join(", ");
}

function sizeText({ needs_bytes, memory_bytes, weight_bytes }: PlannedCandidateReport): string {
  if (needs_bytes !== null) return `needs ${gigabytes(needs_bytes)} of ${gigabytes(memory_bytes)}`;
  return weight_bytes === null ? "size unknown" : gigabytes(weight_bytes);
}

function verdictText({ basis, fits, measured }: PlannedCandidateReport): string {
  if (basis === "measured" && measured !== null)
    return fits ? `measured: ${FIGURES.tps.text(measured.tps)}` : "measured: did not fit";
  return fits === null ? "" : fits ? "could fit (estimated)" : "too big (estimated)";
}

function candidateTable(candidates: readonly PlannedCandidateReport[]): string {
  const rows = candidates.map((one) => {
    const disk = one.weight_source === "simulated" ? "–" : one.cached ? "yes" : "to download";
    return [`${one.rank}`, one.model, gigabytes(one.weight_bytes), sizeText(one), disk, verdictInFull(one)];
  });
  const heads = ["", "Model", "Weights", "Memory", "On Disk", "Verdict"];
  return [heads, heads.map(() => "---"), ...rows].map((row) => `| ${row.map(inTable).join(" | ")} |`).join("\n");
}

function verdictInFull(one: PlannedCandidateReport): string {
  const { measured } = one;
  const day = measured?.at?.slice(0, 10) ?? "before";
  if (measured === null) return verdictText(one) || "unknown until it is tried";
  const where = `${day} at ${measured.target_context ?? "?"} tokens`;
  const found =
    measured.reason?.split("\n")[0] ??
    `${FIGURES.tps.text(measured.tps)}, ${labelled(FIGURES.ttft_p95_ms, measured.ttft_p95_ms, "short")}`;
  return [one.basis === "measured" ? "" : verdictText(one), `measured ${where}: ${found}`].filter(Boolean).join("; ");
}

function timeText({ expected_starts, estimated_seconds, max_duration_seconds }: PlanReport): string {
  return `About ${count(expected_starts, "start")} and ${duration(estimated_seconds)} if the first one fits (estimated); at most ${duration(max_duration_seconds)}`;
}

const said = ({ message, remedy }: { message: string; remedy: string }) => `${message} ${remedy}`;
const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
const bullets = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join("\n");
const inTable = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
