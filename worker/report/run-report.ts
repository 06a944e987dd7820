// The report of one run, from whatever its rows hold: finished, interrupted, refused, still active, or written by another program.
// Source: contract §15, Report.
import { readsSetting } from "../core/search/methods.ts";
import { duration, milliseconds, shortModel, shortTokens } from "../core/units.ts";
import type { RunRow } from "../core/runs/read-model.ts";
import { intervalOf, trialName } from "../core/runs/trial-name.ts";
import { candidateVerdicts } from "../core/runs/candidate-verdicts.ts";
import { drawChart } from "./chart.ts";
import { driftLines } from "../core/runs/drift.ts";
import { html, type Html } from "./html.ts";
import { facts, folded, pageText, section, table, timeText } from "./page.ts";
import { driftChart, throughputChart, ttftChart } from "./run-charts.ts";
import type { RunFacts } from "./run-facts.ts";
import { candidateTable, cellTable, notesList, rawReplicates, timelineTable } from "./run-tables.ts";
import { recipeSection } from "./recipe-section.ts";
import { KINDS, stretches, timeByKind, timelineChart } from "./timeline-chart.ts";

/**
 * Write the report of a run.
 * @param now ISO 8601 UTC: when the report is made, and the end of what still lasts
 * @returns the HTML file's text
 */
export function runReport(data: RunFacts, now: string): string {
  const { run, result } = data;
  return pageText({
    title: `${titleOf(data)}`,
    lead: leadOf(data, now),
    simulated: run.simulated ?? result?.machine.simulated ?? false,
    sections: [
      recipeSection(data),
      candidatesSection(data),
      cellsSection(data),
      timelineSection(data, now),
      conditionsSection(data),
      section("Notes", notesList(data.notes)),
      rawSection(data),
    ],
    footer: html`Run <code>${run.run_id}</code> · report made ${now} by MLX
      Autotune${result === null ? null : html` · ${result.db_path}`}`,
  });
}

function titleOf({ run, result, trials }: RunFacts): string {
  const model = result?.recommendation?.model ?? trials.find((trial) => trial.kept)?.model ?? null;
  if (model !== null) return `Recipe: ${shortModel(model)}`;
  if (run.state === "active") return "Tuning run, still active";
  return run.exit_reason === null ? "Tuning run without an end" : `No recipe: ${run.exit_reason}`;
}

function leadOf({ run }: RunFacts, now: string): string {
  const seconds =
    (Date.parse(run.ended_at_utc ?? (run.state === "active" ? now : "")) - Date.parse(run.started_at_utc ?? "")) / 1000;
  const state = run.state === "ended" ? (run.exit_reason ?? "ended") : run.state;
  return [
    timeText(run.started_at_utc) ?? "unknown start",
    Number.isFinite(seconds) ? duration(seconds) : null,
    state,
    run.target_context === null ? null : `${shortTokens(run.target_context)} tokens of context`,
  ]
    .filter((part) => part !== null)
    .join(" · ");
}

function candidatesSection({ run, result, trials }: RunFacts): Html | null {
  return section("Candidates", candidateTable(candidateVerdicts(run, result, trials)));
}

function cellsSection(data: RunFacts): Html | null {
  const { run, trials, visits, replicates } = data;
  const cells = trials.filter((trial) => trial.stage === 2);
  const compared = cells.length > 0 ? cells : trials;
  const bars = compared.flatMap((trial) =>
    trial.agg_throughput_tps !== null && trial.agg_throughput_tps > 0
      ? [{ name: trialName(trial), tps: trial.agg_throughput_tps, interval: intervalOf(trial), won: trial.kept }]
      : [],
  );
  const dots = trials.flatMap((trial) =>
    trial.ttft_p95_ms !== null && trial.ttft_p95_ms > 0
      ? [{ name: trialName(trial), ttftMs: trial.ttft_p95_ms, fits: trial.fits }]
      : [],
  );
  const lines = driftLines(
    cells.map((trial) => ({
      name: trialName(trial),
      visits: visits.filter((visit) => visit.trial_id === trial.id),
      replicates: replicates.filter((one) => one.trial_id === trial.id),
    })),
  );
  const gate = run.gate_ttft_ms !== null && run.gate_ttft_ms > 0 ? run.gate_ttft_ms : null;
  const charts = [
    bars.length > 0 && drawChart(throughputChart(bars)),
    dots.length > 0 && drawChart(ttftChart(dots, gate)),
    lines.length > 0 && drawChart(driftChart(lines)),
  ].filter((chart) => chart !== false);
  return section(
    cells.length > 0 ? "Cells" : "Measurements",
    charts.length > 0 && html`<div class="charts">${charts}</div>`,
    cells.length > 0 &&
      lines.length === 0 &&
      html`<p class="muted">No cell was visited twice, so drift cannot be told.</p>`,
    driftSentence(run),
    cellTable(cells, trialName),
  );
}

function driftSentence({ thermal_drift: drift }: RunRow): Html | null {
  if (drift === null) return null;
  if (Math.abs(drift) < 0.0005) return html`<p data-drift="${drift}">Over Stage 2 the machine kept its speed.</p>`;
  const change = `${drift < 0 ? "slower" : "faster"} by ${Math.abs(drift * 100).toFixed(1)} %`;
  return html`<p data-drift="${drift}">
    Over Stage 2 the machine became
    ${change}${Math.abs(drift) > 0.1 ? html`: <strong class="warn">thermally unstable</strong>` : null}.
  </p>`;
}

function timelineSection({ run, timeline }: RunFacts, now: string): Html | null {
  const parts = stretches(timeline, run.ended_at_utc ?? now);
  if (parts.length === 0) return null;
  const kinds = timeByKind(parts).map(
    ([kind, seconds]) => html`<li><i style="background:${KINDS[kind]}"></i>${kind} ${duration(seconds)}</li>`,
  );
  return section(
    "Timeline",
    drawChart(timelineChart(parts)),
    html`<ul class="legend">
      ${kinds}
    </ul>`,
    folded(`All ${timeline.length} phases`, timelineTable(timeline)),
  );
}

function conditionsSection({ run, result }: RunFacts): Html | null {
  const inputs = run.inputs_json ?? {};
  const text = (name: string) =>
    typeof inputs[name] === "string" || typeof inputs[name] === "number" ? inputs[name] : null;
  return section(
    "Machine and conditions",
    facts([
      ["Chip", run.machine_chip],
      ["Memory", run.machine_ram_gb === null ? null : `${run.machine_ram_gb} GB`],
      ["System", run.machine_os_version],
      ["Provider", run.provider],
      ["Program", run.binary_version],
      ["Target context", run.target_context === null ? null : `${run.target_context} tokens`],
      ["TTFT gate", milliseconds(run.gate_ttft_ms)],
      ["Generated per request", text("maxTokens") === null ? null : `${text("maxTokens")} tokens`],
      ["Method", run.method],
      ["Replicates", replicatesText(run)],
      ["Batch load", text("batchLoad")],
      [
        "Tie within",
        readsSetting(run.method, "tps-tie-epsilon") === false || run.tps_tie_epsilon === null
          ? null
          : `± ${run.tps_tie_epsilon * 100} %`,
      ],
      ["Longest run", text("maxDurationS") === null ? null : duration(Number(text("maxDurationS")))],
      ["Seed", run.seed],
      ["Takes up run", run.resumed_from],
      ["Started", timeText(run.started_at_utc)],
      ["Ended", timeText(run.ended_at_utc)],
      ["Written by", result === null ? run.spec_version : null],
    ]),
  );
}

function replicatesText(run: RunRow): string | null {
  if (run.stage1_replicates === null) return null;
  return `Stage 1: ${run.stage1_replicates}${readsSetting(run.method, "stage2-replicates") === true ? `, Stage 2: ${run.stage2_replicates ?? "?"}` : ""}`;
}

function rawSection({ run, result, trials, replicates, applications }: RunFacts): Html | null {
  const foreign = result === null && run.recommendation_json !== null ? run.recommendation_json : null;
  return section(
    "Details",
    applications.length > 0 &&
      html`<h3>Applied</h3>
        ${table(
          ["When", "State", "File"],
          applications.map((one) => [one.at_utc, one.state, one.config_path]),
        )}`,
    replicates.length > 0 &&
      folded(`All ${replicates.length} timed requests`, rawReplicates(trials, replicates, trialName)),
    foreign !== null && folded("The result as another program stored it", html`<pre>${foreign}</pre>`),
    result !== null && folded("The result document", html`<pre>${JSON.stringify(result, null, 2)}</pre>`),
  );
}
