// A sweep as people read it on a terminal.
import { duration, milliseconds, SIMULATED_BANNER } from "../../core/units.ts";
import { inText, labelled } from "../../core/measure/figure.ts";
import { figuresOf, inCell, type FigureIn } from "../../core/measure/figure-lists.ts";
import { FIGURES } from "../../core/measure/figure-table.ts";
import { failureWords } from "../../core/measure/sweep-cause.ts";
import {
  sweepEta,
  type GridCell,
  type SweepCell,
  type SweepDocument,
  type SweepPlan,
} from "../../core/measure/sweep.ts";

/** What a dry run says. */
export function planText(plan: SweepPlan, cells: readonly GridCell[]): string {
  const requests = cells.reduce((sum, cell) => sum + cell.rounds * cell.concurrency, 0);
  return [
    `SWEEP of ${plan.baseUrl}, model ${plan.model}`,
    `  contexts     ${plan.contexts.join(", ")} tokens`,
    `  concurrency  ${plan.concurrency.join(", ")}`,
    `  gate         ${milliseconds(plan.gateMs)} p95 to first token`,
    `  tokens       ${plan.maxTokens} generated per request`,
    `  control      ${plan.decodeControl ? "one short request before the first and after every cell" : "none"}`,
    "",
    `${cells.length} cells, ${requests} requests; the sweep ends at the first cell with a failed request. Nothing was sent.`,
  ].join("\n");
}

/** One line per cell while the sweep goes on. */
export function cellLine(
  cell: SweepCell,
  done: readonly SweepCell[],
  left: readonly GridCell[],
  maxTokens: number,
): string {
  const eta = left.length === 0 || cell.state === "failed" ? null : sweepEta(done, left, maxTokens);
  const place = `[${done.length}/${done.length + left.length}] ${cell.context} tokens × ${cell.concurrency}`;
  const figures = `${FIGURES.tps.text(cell.tps)}, ${labelled(FIGURES.ttft_p95_ms, cell.ttft_p95_ms)}`;
  const note = cell.reason === null ? "" : ` (${cell.reason})`;
  const verdict = cell.feasible ? `✓ ${place}: ${figures}${note}` : `✗ ${place}: ${cell.reason ?? cell.state}`;
  return eta === null ? verdict : `${verdict} · ETA ${duration(eta)}`;
}

/** The whole sweep, as it ends on stdout: everything that its document knows. */
export function sweepText(sweep: SweepDocument): string {
  return [
    ...(sweep.simulated ? [SIMULATED_BANNER, ""] : []),
    `SWEEP of ${sweep.base_url}, model ${sweep.model}`,
    `  gate ${milliseconds(sweep.gate_ttft_ms)} p95 to first token · ${sweep.max_tokens} tokens per request · seed ${sweep.seed}`,
    "",
    ...cellTable(sweep),
    "",
    ...failureLines(sweep.cells),
    ...controlLines(sweep),
    ...(sweep.cells.some((cell) => cell.feasible) ? [] : ["No cell is feasible."]),
    ...(sweep.stopped === null ? [] : [`Stopped: ${sweep.stopped}`]),
    ...(sweep.report_path === null ? [] : [`Heat map: ${sweep.report_path}`]),
    `sweep ${sweep.sweep_id} · ${sweep.exit_reason} · ${sweep.db_path}`,
  ].join("\n");
}

/** A column per figure; those of the control only where one was measured. */
function cellTable({ cells, control_tps: controls }: SweepDocument): string[] {
  const columns: [head: string, text: (cell: SweepCell) => string][] = [
    ["context", (cell) => String(cell.context)],
    ["prompt", (cell) => textOr(cell.prompt_tokens, String)],
    ["at once", (cell) => String(cell.concurrency)],
    ["requests", (cell) => `${cell.requests}${cell.errors > 0 ? `, ${cell.errors} failed` : ""}`],
    ...figuresOf("cell").map(figureColumn),
    ...(controls.length === 0
      ? []
      : [["control", (cell: SweepCell) => textOr(cell.control_tps, oneDigit)] satisfies [string, unknown]]),
    ["took", (cell) => duration(cell.seconds)],
    ["verdict", (cell) => (cell.reason === null ? cell.state : `${cell.state}: ${cell.reason}`)],
  ];
  const rows = [columns.map(([head]) => head), ...cells.map((cell) => columns.map(([, text]) => text(cell)))];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row.map((text, column) => (column === row.length - 1 ? text : text.padStart(widths[column] ?? 0))).join("  "),
  );
}

/** Rates stand without their unit: the first column's head names it. */
function figureColumn(figure: FigureIn<"cell">): [head: string, text: (cell: SweepCell) => string] {
  const head = figure.key === "tps" ? figure.unit : inText(figure.long);
  const text = figure.unit === FIGURES.tps.unit ? (value: number | null) => textOr(value, oneDigit) : figure.text;
  return [head, (cell) => text(inCell(figure, cell))];
}

const oneDigit = (value: number): string => value.toFixed(1);
const textOr = (value: number | null, text: (value: number) => string): string => (value === null ? "–" : text(value));

function controlLines({ control_tps: controls, control_drift: drift }: SweepDocument): string[] {
  if (controls.length === 0) return [];
  const change = drift === null ? "" : `; it changed by ${(drift * 100).toFixed(1)} % over the sweep`;
  return [`Control: decode speed ${controls.map(oneDigit).join(", ")} tok/s${change}.`];
}

function failureLines(cells: readonly SweepCell[]): string[] {
  return cells.flatMap((cell) =>
    cell.failures.map((failure) => `  ${cell.context} × ${cell.concurrency}: ${failureWords(failure)}`),
  );
}
