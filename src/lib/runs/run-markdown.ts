// A run as a page: what goes on or what it came to, why each candidate failed, charts, cells, notes. The list's detail and the run view
// show the same. Source: contract §10, §14.
import { SIMULATED_BANNER } from "../../../worker/core/units.ts";
import type { NoteRow } from "../../../worker/core/runs/read-model.ts";
import type { Recommendation } from "../../../worker/core/result/recipe.ts";
import type { Look } from "../charts/rows.ts";
import { seenLines } from "../recipe/config-seen.ts";
import { progressPicture, runCharts } from "./run-charts.ts";
import { candidatesText, cellsTable } from "./run-tables.ts";
import { codeBlock, plain, plainWithCode } from "../ui/run-plain.ts";
import { candidateText, etaText, liveText, phaseText, silenceText } from "./run-progress.ts";
import type { RunDetails } from "./run-reading.ts";
import { titleOf, type RunSummary } from "./run-summary.ts";

/** Notes that are shown; all of them stand in the report. */
const MOST_NOTES = 20;

/** @param details null while only the run's row is read: then charts, cells and notes are missing */
export function runMarkdown(summary: RunSummary, details: RunDetails | null, look: Look): string {
  const { run, result, active, recipe, application, config } = summary;
  return [
    `## ${plain(titleOf(summary))}`,
    ...(run.simulated ? [`**${SIMULATED_BANNER}**`] : []),
    ...(application === null ? [] : seenLines(config, application.config_path)),
    ...(active === null ? [] : activeParts(summary, details, look)),
    ...(recipe === null ? failureParts(summary) : recipeParts(recipe)),
    ...(details === null ? [] : runCharts(details, look)),
    ...titled("Candidates", candidatesText(run, result, details?.trials ?? [])),
    ...(details === null ? [] : titled("Cells", cellsTable(details.trials))),
    ...(details === null ? [] : titled("Warnings and Notes", notesText(details.notes))),
  ].join("\n\n");
}

function titled(title: string, text: string): string[] {
  return text === "" ? [] : [`### ${title}`, text];
}

function activeParts({ active }: RunSummary, details: RunDetails | null, look: Look): string[] {
  if (active === null) return [];
  const eta = etaText(active);
  const facts = [
    `**${phaseText(active)}**`,
    candidateText(active),
    active.cell,
    eta === null ? null : `ETA ${eta}`,
    liveText(active),
  ];
  const silence = details === null ? null : silenceText(active, details.nowMs);
  return [
    progressPicture(active.share, look),
    facts.flatMap((part, index) => (part === null ? [] : [index === 0 ? part : plain(part)])).join(" · "),
    ...(active.detail === null ? [] : [plain(active.detail)]),
    ...(silence === null ? [] : [`**${plain(silence)}**`]),
  ];
}

function recipeParts(recipe: Recommendation): string[] {
  const findings = recipe.findings.map((finding) => `- ${plain(finding)}`);
  return [
    ...(recipe.partial ? ["**Partial**: the run ended before all knobs were compared."] : []),
    plain(recipe.reason),
    ...(findings.length === 0 ? [] : [findings.join("\n")]),
    codeBlock(recipe.serve_command),
  ];
}

function failureParts({ run }: RunSummary): string[] {
  const detail = run.exit_detail?.split("\n").map((line) => plainWithCode(line)) ?? [];
  if (detail.length > 0) return [detail.join("  \n")];
  return run.state === "lost" ? ["This run has no end: the program that wrote it was cut short."] : [];
}

/** Warnings first. */
function notesText(notes: NoteRow[]): string {
  const isWarning = ({ kind }: NoteRow) => kind === "warning";
  const ordered = [...notes.filter(isWarning), ...notes.filter((note) => !isWarning(note))];
  const lines = ordered.slice(0, MOST_NOTES).map((note) => `- **${plain(note.kind)}**: ${plainWithCode(note.text)}`);
  const rest = ordered.length - lines.length;
  return [...lines, ...(rest > 0 ? [`- and ${rest} more in the report`] : [])].join("\n");
}
