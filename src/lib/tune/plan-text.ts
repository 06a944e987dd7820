// The plan as the form and the plan's own view say it. Pure. Source: contract §14 (live plan and conflict notice), §5.
import { SIMULATED_NEEDS } from "../../../worker/core/live/conflict.ts";
import { bullets, joined, lines, mark, page, table, type Markdown } from "../../../worker/core/text/markdown.ts";
import { counted, diskSize, shortModel } from "../../../worker/core/units.ts";
import { told } from "../ui/commands.ts";
import { cellName } from "../../../worker/core/knobs.ts";
import type { PlannedCandidateReport, PlannedConflict, PlanReport } from "../../../worker/core/result/plan-report.ts";
import {
  estimateText,
  installText,
  missingProviders,
  planAnswer,
  simulatedText,
  sizeText,
  verdictInFull,
  verdictText,
} from "../../../worker/core/result/plan-words.ts";
import { inRaycast } from "../ui/raycast-words.ts";

/** Candidates that the form lists; the plan's own view lists all. */
const LISTED = 5;

/** A few lines for the form, what one wants to know first in the first. */
export function planSummary(plan: PlanReport): string {
  const more = plan.candidates.length - LISTED;
  return [
    planAnswer(plan),
    ...plan.candidates.slice(0, LISTED).map((one) => `${one.rank}. ${shortModel(one.model)}: ${candidateFacts(one)}`),
    ...(more > 0 ? [`… and ${more} more`] : []),
    `Then ${counted(plan.cells.length, "cell")} of the first that serves ${plan.target_context} tokens`,
    estimateText(plan),
  ].join("\n");
}

/** That nothing would be measured, and how it could be; null for a plan that would measure. */
export function simulatedNotice(plan: PlanReport): string | null {
  const text = simulatedText(plan);
  if (text === null) return null;
  const installs = missingProviders(plan).map(installText);
  return [text, ...installs, ...(installs.length > 0 ? ["Autotune Doctor (⌘⇧D) says where it looked."] : [])].join(
    "\n",
  );
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
  live.map((one) => `${one.text} is ${inRaycast(one.drained)}`).join("; ");

/** The whole plan for a Detail. */
export function planMarkdown(plan: PlanReport, drain: boolean): Markdown {
  const { machine, conflict } = plan;
  const notice = conflictNotice(conflict, drain);
  const simulated = simulatedNotice(plan);
  return page(
    mark`# ${planAnswer(plan)}`,
    simulated !== null &&
      joined(
        simulated.split("\n").map((line) => mark`> ${told(line)}`),
        "\n>\n",
      ),
    `${machine.chip}, ${machine.ram_gb} GB · ${plan.provider} (${machine.binary_version})`,
    estimateText(plan),
    mark`## What Serves Here`,
    lines(notice === null ? clearText(machine.simulated) : notice.text, (line) => told(line)),
    ...(conflict?.notes ?? []).map((note) => told(note)),
    plan.cache ? inRaycast(plan.cache) : null,
    mark`## Stage 1: the first that serves ${plan.target_context} tokens`,
    candidateTable(plan.candidates),
    mark`## Stage 2: ${counted(plan.cells.length, "cell")} of that model by ${plan.method}`,
    bullets([
      ...plan.cells.map((cell) => `${cellName(cell.knobs)}${cell.incumbent ? " (configured now)" : ""}`),
      ...plan.left_out.map((one) => `left out: ${cellName(one.knobs)}: ${inRaycast(one.reason)}`),
    ]),
    ...(plan.warnings.length > 0 ? [mark`## Worth Knowing`, bullets(plan.warnings.map((one) => told(one)))] : []),
  );
}

/** A simulated run does not look for live providers, so it cannot say that there is none. */
const clearText = (simulated: boolean): string =>
  simulated ? `A live provider serves on: ${SIMULATED_NEEDS}.` : "Nothing; the way is clear.";

function candidateFacts(one: PlannedCandidateReport): string {
  const place = one.weight_source === "simulated" ? [] : [one.cached ? "on disk" : "to download"];
  return [sizeText(one), verdictText(one), ...place].filter((part) => part !== "").join(", ");
}

const candidateTable = (candidates: readonly PlannedCandidateReport[]): Markdown =>
  table(
    ["", "Model", "Memory", "Files", "Verdict"],
    candidates.map((one) => [one.rank, one.model, sizeText(one), filesText(one), verdictInFull(one)]),
  );

function filesText({ weight_source: source, weight_bytes: bytes, cached }: PlannedCandidateReport): string {
  if (source === "simulated") return "–";
  return `${bytes === null ? "" : `${diskSize(bytes)}, `}${cached ? "on disk" : "to download"}`;
}

const said = ({ message, remedy }: { message: string; remedy: string }) => inRaycast(`${message} ${remedy}`);
