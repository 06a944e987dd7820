// The tables of a run's report: candidates, cells, phases, notes, and every timed request. Source: contract §15, Report.
import type { FigureOfTrial } from "../core/measure/figure.ts";
import { figuresOf, inReplicateRow, intervalIn, inTrialRow } from "../core/measure/figure-lists.ts";
import { FIGURES } from "../core/measure/figure-table.ts";
import { duration } from "../core/units.ts";
import type { NoteRow, ReplicateRow, TimelineRow, TrialRow } from "../core/runs/read-model.ts";
import { carriedOverText } from "../core/runs/carried-over-text.ts";
import type { CandidateVerdict, Verdict } from "../core/runs/candidate-verdicts.ts";
import { html, type Html } from "./html.ts";
import { measured, table } from "./page.ts";

const TONE: Record<Verdict, string> = {
  chosen: "good",
  feasible: "good",
  infeasible: "bad",
  "not probed": "muted",
  "not reached": "warn",
  "under way": "warn",
};

export function candidateTable(candidates: readonly CandidateVerdict[]): Html | null {
  return table(
    ["Rank", "Model", "Verdict", "Why", "Speed", FIGURES.ttft_p95_ms.long, "Prompt"],
    candidates.map(({ rank, model, verdict, reason, trial }) => [
      rank,
      model,
      html`<span class="tag ${TONE[verdict]}">${verdict}</span>${trial && carriedOver(trial)}`,
      reason,
      measured(trial?.agg_throughput_tps, FIGURES.tps.text),
      measured(trial?.ttft_p95_ms, FIGURES.ttft_p95_ms.text),
      measured(trial?.measured_prompt_tokens, (tokens) => `${tokens} tokens`),
    ]),
  );
}

/** @param nameOf how a trial is called */
export function cellTable(cells: readonly TrialRow[], nameOf: (trial: TrialRow) => string): Html | null {
  const figures = figuresOf("trial");
  const heads = figures.flatMap(({ long, trial }) => [long, ...(trial.interval ? ["95 % interval"] : [])]);
  return table(
    ["Cell", "Verdict", ...heads, "Requests"],
    cells.map((trial) => [
      nameOf(trial),
      html`${cellVerdict(trial)}${carriedOver(trial)}`,
      ...figures.flatMap((figure) => [
        measured(inTrialRow(figure.trial, trial), figure.text),
        ...(figure.trial.interval ? [intervalText(figure.trial, trial)] : []),
      ]),
      requestsText(trial),
    ]),
  );
}

function intervalText(figure: FigureOfTrial, trial: TrialRow): string | null {
  const interval = intervalIn(figure, trial);
  return interval && interval.map((end) => end.toFixed(1)).join(" to ");
}

function carriedOver(trial: TrialRow): Html | null {
  const text = carriedOverText(trial);
  return text === null ? null : html` <span class="muted">${text}</span>`;
}

function cellVerdict(trial: TrialRow): Html {
  if (trial.kept) return html`<span class="tag good">★ won</span>`;
  if (trial.fits) return html`<span class="tag muted">fits</span>`;
  if (trial.state === "running") return html`<span class="tag warn">not finished</span>`;
  return html`<span class="tag bad">does not fit</span> ${trial.reason ?? trial.notes}`;
}

/** A cell may have been measured on a server that ran already: then no start is named. */
function requestsText({ replicates_n, starts_n, n_err }: TrialRow): string {
  const starts = starts_n > 0 ? ` in ${starts_n} ${starts_n === 1 ? "start" : "starts"}` : "";
  return `${replicates_n ?? 0}${starts}${n_err > 0 ? `, ${n_err} failed` : ""}`;
}

/** Rows that a table of phases or requests shows at most; what is beyond is said. */
const MOST_ROWS = 3000;

export function timelineTable(timeline: readonly TimelineRow[]): Html {
  const rows = timeline
    .slice(0, MOST_ROWS)
    .map((phase) => [
      phase.started_at_utc,
      phase.ended_at_utc === null ? "lasts" : seconds(phase.started_at_utc, phase.ended_at_utc),
      phase.phase,
      phase.candidate,
      phase.cell,
      phase.detail,
    ]);
  return html`${table(["From", "For", "Phase", "Candidate", "Cell", "Detail"], rows)}${more(timeline.length)}`;
}

function seconds(from: string, to: string): string {
  return duration((Date.parse(to) - Date.parse(from)) / 1000);
}

function more(count: number): Html | null {
  return count > MOST_ROWS ? html`<p class="muted">And ${count - MOST_ROWS} more in the database.</p>` : null;
}

/** Warnings first, then the rest, each in order. */
export function notesList(notes: readonly NoteRow[]): Html | null {
  if (notes.length === 0) return null;
  const ordered = [
    ...notes.filter((note) => note.kind === "warning"),
    ...notes.filter((note) => note.kind !== "warning"),
  ];
  const line = (note: NoteRow) =>
    html`<li>
      ${note.kind === "warning" ? html`<strong class="warn">Warning:</strong> ` : html`<span class="muted">${note.kind}:</span> `}${note.text}
    </li>`;
  return html`<ul>
    ${ordered.map(line)}
  </ul>`;
}

export function rawReplicates(
  trials: readonly TrialRow[],
  replicates: readonly ReplicateRow[],
  nameOf: (trial: TrialRow) => string,
): Html {
  const figures = figuresOf("replicate");
  const names = new Map(trials.map((trial) => [trial.id, `Stage ${trial.stage}: ${nameOf(trial)}`]));
  const rows = replicates
    .slice(0, MOST_ROWS)
    .map((one) => [
      names.get(one.trial_id),
      one.state === "ok"
        ? "ok"
        : html`<span class="${one.state === "misfit" ? "bad" : "warn"}">${one.state}</span> ${one.reason}`,
      ...figures.map((figure) => measured(inReplicateRow(figure.replicate, one), figure.text)),
      one.requests_json?.length,
    ]);
  return html`${table(["Cell", "State", ...figures.map(({ short }) => short), "Streams"], rows)}${more(replicates.length)}`;
}
