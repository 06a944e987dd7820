// Which pictures belong to a run, from its rows. Source: contract §14 (tok/s with interval, TTFT against the gate, drift).
import { counted, shortModel } from "../../../worker/core/units.ts";
import type { Markdown } from "../../../worker/core/text/markdown.ts";
import type { TrialRow } from "../../../worker/core/runs/read-model.ts";
import { intervalOf, trialName } from "../../../worker/core/runs/trial-name.ts";
import { driftChart } from "../charts/drift-chart.ts";
import { markdownPicture } from "../charts/markdown-picture.ts";
import { progressBar } from "../charts/progress-bar.ts";
import { distinctNames, type Look } from "../charts/rows.ts";
import { throughputChart } from "../charts/throughput-chart.ts";
import { ttftChart } from "../charts/ttft-chart.ts";
import type { RunDetails } from "./run-reading.ts";

/** The run's charts as markdown pictures; those that have nothing to show are left out. */
export function runCharts({ summary, trials, drift }: RunDetails, look: Look): Markdown[] {
  const cells = trials.filter((trial) => trial.stage === 2);
  const compared = cells.length > 0 ? cells : trials;
  const charts: [name: string, svg: string | null][] = [
    [`Throughput of ${counted(compared.length, "cell")}`, throughputChart(compared.map(cellFigure), look)],
    ["Time to first token against the gate", ttftChart(ttftFigures(trials), summary.run.gate_ttft_ms, look)],
    ["Drift of the machine over the visits", driftChart(drift, look)],
  ];
  return charts.flatMap(([name, svg]) => (svg === null ? [] : [markdownPicture(name, svg, look.width)]));
}

/** How far the active run is, as a picture. */
export const progressPicture = (share: number | null, look: Look): Markdown =>
  markdownPicture("Progress", progressBar(share, look), look.width);

const cellFigure = (trial: TrialRow) => ({
  name: trialName(trial),
  tps: trial.fits ? trial.agg_throughput_tps : null,
  interval: intervalOf(trial),
  verdict: trial.fits || trial.state === "running" ? "…" : "does not fit",
  won: trial.kept,
});

/** Candidates by their model; cells of the chosen one by what differs between them. */
function ttftFigures(trials: TrialRow[]) {
  const names = distinctNames(trials.filter(({ stage }) => stage === 2).map(trialName));
  let cell = 0;
  return trials
    .filter(({ state }) => state === "done")
    .map((trial) => ({
      name: trial.stage === 2 ? (names[cell++] ?? trialName(trial)) : shortModel(trial.model ?? "unknown model"),
      ttftMs: trial.ttft_p95_ms,
      fits: trial.fits,
      overGate: trial.misfit_class === "ttft_gate",
      won: trial.kept,
    }));
}
