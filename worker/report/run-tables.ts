// The tables of a run's report: candidates, cells, phases, notes, and every timed request. Source: contract §15, Report.
import { duration, milliseconds, tokensPerSecond } from "../core/units.ts";
import type { NoteRow, ReplicateRow, TimelineRow, TrialRow } from "../core/runs/read-model.ts";
import { takenOverText } from "../core/runs/taken-over-text.ts";
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
    ["Rank", "Model", "Verdict", "Why", "Speed", "TTFT p95", "Prompt"],
    candidates.map(({ rank, model, verdict, reason, trial }) => [
      rank,
      model,
      html`<span class="tag ${TONE[verdict]}">${verdict}</span>${trial && takenOver(trial)}`,
      reason,
      measured(trial?.agg_throughput_tps, tokensPerSecond),
      measured(trial?.ttft_p95_ms, milliseconds),
      measured(trial?.measured_prompt_tokens, (tokens) => `${tokens} tokens`),
    ]),
  );
}

/** @param nameOf how a trial is called */
export function cellTable(cells: readonly TrialRow[], nameOf: (trial: TrialRow) => string): Html | null {
  return table(
    ["Cell", "Verdict", "Throughput", "95 % interval", "Decode", "TTFT p95", "Requests"],
    cells.map((trial) => [
      nameOf(trial),
      html`${cellVerdict(trial)}${takenOver(trial)}`,
      measured(trial.agg_throughput_tps, tokensPerSecond),
      trial.interval_low !== null &&
        trial.interval_high !== null &&
        `${trial.interval_low.toFixed(1)} to ${trial.interval_high.toFixed(1)}`,
      measured(trial.decode_tps, tokensPerSecond),
      measured(trial.ttft_p95_ms, milliseconds),
      requestsText(trial),
    ]),
  );
}

function takenOver(trial: TrialRow): Html | null {
  const text = takenOverText(trial);
  return text === null ? null : html` <span class="muted">${text}</span>`;
}

function cellVerdict(trial: TrialRow): Html {
  if (trial.kept) return html`<span class="tag good">★ won</span>`;
  if (trial.fits) return html`<span class="tag muted">fits</span>`;
  if (trial.state === "running") return html`<span class="tag warn">not finished</span>`;
  return html`<span class="tag bad">does not fit</span> ${trial.reason ?? trial.notes}`;
}

function requestsText({ replicates_n, visits_n, n_err }: TrialRow): string {
  const visits = visits_n > 0 ? ` in ${visits_n} ${visits_n === 1 ? "start" : "starts"}` : "";
  return `${replicates_n ?? 0}${visits}${n_err > 0 ? `, ${n_err} failed` : ""}`;
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
  const names = new Map(trials.map((trial) => [trial.id, `Stage ${trial.stage}: ${nameOf(trial)}`]));
  const rows = replicates
    .slice(0, MOST_ROWS)
    .map((one) => [
      names.get(one.trial_id),
      one.state === "ok"
        ? "ok"
        : html`<span class="${one.state === "misfit" ? "bad" : "warn"}">${one.state}</span> ${one.reason}`,
      measured(one.tps, tokensPerSecond),
      measured(one.decode_tps, tokensPerSecond),
      measured(one.ttft_ms, milliseconds),
      one.requests_json?.length,
    ]);
  return html`${table(["Cell", "State", "Throughput", "Decode", "TTFT", "Streams"], rows)}${more(replicates.length)}`;
}
