// A run as a page: what goes on or what it came to, why each candidate failed, charts, cells, notes. The list's detail and the run view
// show the same.
import { activeProgress } from "../../../worker/core/runs/active-progress.ts";
import {
  bullets,
  codeBlock,
  joined,
  lines,
  mark,
  page,
  type Markdown,
  type MarkdownValue,
} from "../../../worker/core/text/markdown.ts";
import { activeCell } from "../../../worker/core/runs/trial-name.ts";
import { shortModel, SIMULATED_BANNER } from "../../../worker/core/units.ts";
import type { NoteRow } from "../../../worker/core/runs/read-model.ts";
import type { Recommendation } from "../../../worker/core/result/recipe.ts";
import type { Look } from "../charts/rows.ts";
import { seenLines } from "../recipe/config-seen.ts";
import { progressPicture, runCharts } from "./run-charts.ts";
import { candidatesText, cellsTable } from "./run-tables.ts";
import { told } from "../ui/commands.ts";
import { inRaycast } from "../ui/raycast-words.ts";
import { liveText, phaseText, silenceText } from "./run-progress.ts";
import type { RunDetails } from "./run-reading.ts";
import { titleOf, type RunSummary } from "./run-summary.ts";

/** Notes that are shown; all of them stand in the report. */
const MOST_NOTES = 20;

/** @param details null while only the run's row is read: then charts, cells and notes are missing */
export function runMarkdown(summary: RunSummary, details: RunDetails | null, look: Look): Markdown {
  const { run, result, active, recipe, application, config } = summary;
  return page(
    mark`## ${titleOf(summary)}`,
    run.simulated && mark`**${SIMULATED_BANNER}**`,
    ...(application === null ? [] : seenLines(config, application.config_path)),
    ...(active === null ? [] : activeParts(summary, details, look)),
    ...(recipe === null ? failureParts(summary) : recipeParts(recipe)),
    ...(details === null ? [] : runCharts(details, look)),
    ...(recipe === null ? [] : titled("Serve It", codeBlock(recipe.serve_command))),
    ...titled("Candidates", candidatesText(run, result, details?.trials ?? [])),
    ...(details === null ? [] : titled("Cells", cellsTable(details.trials))),
    ...(details === null ? [] : titled("Warnings and Notes", notesText(details.notes))),
  );
}

function titled(title: string, content: Markdown): Markdown[] {
  return content.text === "" ? [] : [mark`### ${title}`, content];
}

function activeParts({ active, run }: RunSummary, details: RunDetails | null, look: Look): MarkdownValue[] {
  if (active === null) return [];
  const facts = [
    mark`**${phaseText(active)}**`,
    activeProgress(active),
    active.candidate === null ? null : shortModel(active.candidate),
    activeCell(active, run),
    liveText(active),
  ];
  const silence = details === null ? null : silenceText(active, details.nowMs);
  return [
    progressPicture(active.share, look),
    joined(facts, " · "),
    active.detail,
    silence !== null && mark`**${silence}**`,
  ];
}

function recipeParts(recipe: Recommendation): MarkdownValue[] {
  return [
    recipe.partial && mark`**Partial**: the run ended before all knobs were compared.`,
    inRaycast(recipe.reason),
    bullets(recipe.findings.map((finding) => inRaycast(finding))),
  ];
}

function failureParts({ run }: RunSummary): MarkdownValue[] {
  if (run.exit_detail !== null) return [lines(run.exit_detail, (line) => told(line))];
  return run.state === "lost" ? ["This run has no end: the program that wrote it was cut short."] : [];
}

/** Warnings first. */
function notesText(notes: NoteRow[]): Markdown {
  const isWarning = ({ kind }: NoteRow) => kind === "warning";
  const ordered = [...notes.filter(isWarning), ...notes.filter((note) => !isWarning(note))];
  const listed = ordered.slice(0, MOST_NOTES).map((note) => mark`**${note.kind}**: ${told(note.text)}`);
  const rest = ordered.length - listed.length;
  return bullets([...listed, rest > 0 && `and ${rest} more in the report`]);
}
