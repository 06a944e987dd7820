// The page of a sweep: context × concurrency as two heat maps, what failed and why, and the machine's drift.
// Source: contract §15, Sweep (HTML heat map).
import { duration, milliseconds, shortModel } from "../core/units.ts";
import { figuresOf, inCell } from "../core/measure/figure-lists.ts";
import type { SweepCell, SweepDocument } from "../core/measure/sweep.ts";
import { html, trusted, type Html, type HtmlValue } from "./html.ts";
import { facts, folded, measured, pageText, section, table, timeText } from "./page.ts";

/** @returns the HTML file's text */
export function heatMap(sweep: SweepDocument): string {
  const feasible = sweep.cells.filter((cell) => cell.feasible).length;
  return pageText({
    title: `Sweep: ${shortModel(sweep.model)}`,
    lead: `${timeText(sweep.started_at)} · ${feasible} of ${sweep.cells.length} measured cells are feasible`,
    simulated: sweep.simulated,
    sections: [
      sweep.stopped !== null && section("Not finished", html`<p class="bad">${sweep.stopped}</p>`),
      section(
        "Throughput",
        heat(sweep, "tps"),
        html`<p class="muted">Tokens per second of all streams together; the stronger the colour, the more.</p>`,
      ),
      section(
        "Time to first token",
        heat(sweep, "ttft"),
        html`<p class="muted">
          p95 of a cell's requests; the stronger the colour, the later. The gate is ${milliseconds(sweep.gate_ttft_ms)}.
        </p>`,
      ),
      section("Cells", cellTable(sweep.cells)),
      section("Failures", failures(sweep.cells)),
      controlSection(sweep),
      conditions(sweep),
      section("Details", folded("The whole document", html`<pre>${JSON.stringify(sweep, null, 2)}</pre>`)),
    ],
    footer: html`Sweep <code>${sweep.sweep_id}</code> · ${sweep.db_path}`,
  });
}

type Figure = "tps" | "ttft";

const valueOf = (cell: SweepCell, figure: Figure): number | null => (figure === "tps" ? cell.tps : cell.ttft_p95_ms);
const textOf = (value: number, figure: Figure): string =>
  figure === "tps" ? value.toFixed(value < 10 ? 2 : 1) : milliseconds(value);

function heat(sweep: SweepDocument, figure: Figure): Html {
  const values = sweep.cells.flatMap((cell) => valueOf(cell, figure) ?? []);
  const most = Math.max(...values, 0);
  const row = (context: number) =>
    html`<tr>
      <th scope="row">${context} tokens</th>
      ${sweep.concurrency.map((concurrency) => {
        const cell = sweep.cells.find((one) => one.context === context && one.concurrency === concurrency);
        return heatCell(cell, figure, most);
      })}
    </tr> `;
  return html`<div class="scroll">
    <table class="heat" data-figure="${figure}">
      <thead>
        <tr>
          <th></th>
          ${sweep.concurrency.map((count) => html`<th scope="col">× ${count}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${sweep.contexts.map(row)}
      </tbody>
    </table>
  </div>`;
}

/** From this much heat on, text is written in the colour for dark ground, in %. */
const STRONG = 80;

function heatCell(cell: SweepCell | undefined, figure: Figure, most: number): Html {
  if (cell === undefined) return html`<td class="empty" title="not measured">–</td>`;
  const value = valueOf(cell, figure);
  const place = html`data-context="${cell.context}" data-concurrency="${cell.concurrency}" data-state="${cell.state}"`;
  const verdict = cell.feasible ? null : html`<small>${STATE_TEXT[cell.state]}</small>`;
  const shown = value === null ? (cell.state === "slow" && figure === "ttft" ? "> gate" : "–") : textOf(value, figure);
  const data = value === null ? null : html` data-value="${value}"`;
  if (!cell.feasible)
    return html`<td class="${cell.state === "slow" ? "slow" : "failed"}" ${place}${data} title="${cell.reason}">
      ${shown}${verdict}
    </td>`;
  const note = cell.reason === null ? null : html` title="${cell.reason}"`;
  const mark = cell.reason === null ? null : html`<small>${cell.reason}</small>`;
  const share = value === null || most === 0 ? 0 : Math.round((value / most) * 100);
  return html`<td${share >= STRONG ? trusted(' class="strong"') : null} style="--heat:${share}%" ${place}${data}${note}>${shown}${mark}</td>`;
}

const STATE_TEXT: Record<SweepCell["state"], string> = {
  feasible: "",
  slow: "too slow",
  stop_token: "stop token",
  invalid: "invalid",
  failed: "failed",
};

function cellTable(cells: readonly SweepCell[]): Html | null {
  const figures = figuresOf("cell");
  const tone = (cell: SweepCell) => (cell.feasible ? "good" : cell.state === "slow" ? "warn" : "bad");
  return table(
    ["Context", "At once", "Verdict", ...figures.map(({ long }) => long), "Requests", "Took"],
    cells.map((cell): HtmlValue[] => [
      `${cell.context}${cell.prompt_tokens === null ? "" : ` (${cell.prompt_tokens})`}`,
      cell.concurrency,
      html`<span class="tag ${tone(cell)}">${cell.state}</span> ${cell.reason}`,
      ...figures.map((figure) => measured(inCell(figure, cell), figure.text)),
      `${cell.requests}${cell.errors > 0 ? `, ${cell.errors} failed` : ""}`,
      measured(cell.seconds, duration),
    ]),
  );
}

function failures(cells: readonly SweepCell[]): Html | null {
  return table(
    ["Cell", "Status", "Message"],
    cells.flatMap((cell) =>
      cell.failures.map(({ status, message }) => [
        `${cell.context} × ${cell.concurrency}`,
        status ?? "no answer",
        message,
      ]),
    ),
  );
}

function controlSection({ control_tps: controls, control_drift: drift }: SweepDocument): Html | null {
  if (controls.length === 0) return null;
  const unstable = drift !== null && Math.abs(drift) > 0.1;
  const change =
    drift === null
      ? null
      : html`<p${unstable ? trusted(' class="warn"') : null}>From first to last it changed by ${drift < 0 ? "−" : "+"}${Math.abs(drift * 100).toFixed(1)} %${unstable ? ": the machine itself changed, so later cells cannot be compared with earlier ones" : null}.</p>`;
  return section(
    "Control",
    html`<p>
      Decode speed of one short request alone, before the first and after every cell:
      ${controls.map((tps) => tps.toFixed(1)).join(", ")} tok/s.
    </p>`,
    change,
  );
}

function conditions(sweep: SweepDocument): Html | null {
  return section(
    "Conditions",
    facts([
      ["Endpoint", sweep.base_url],
      ["Model", sweep.model],
      ["TTFT gate", milliseconds(sweep.gate_ttft_ms)],
      ["Generated per request", `${sweep.max_tokens} tokens`],
      ["Seed", sweep.seed],
      ["Started", timeText(sweep.started_at)],
      ["Ended", timeText(sweep.ended_at)],
    ]),
  );
}
