// A sweep as people read it on a terminal. Source: contract §15.
import { duration, milliseconds, SIMULATED_BANNER, tokensPerSecond } from "../core/format.ts";
import { sweepEta, type GridCell, type SweepCell, type SweepDocument, type SweepPlan } from "../core/sweep.ts";

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
  const figures = `${tokensPerSecond(cell.tps)}, TTFT p95 ${milliseconds(cell.ttft_p95_ms)}`;
  const verdict = cell.feasible ? `✓ ${place}: ${figures}` : `✗ ${place}: ${cell.reason ?? cell.state}`;
  return eta === null ? verdict : `${verdict} · ETA ${duration(eta)}`;
}

/** The whole sweep, as it ends on stdout. */
export function sweepText(sweep: SweepDocument): string {
  const head = ["context", "at once", "tok/s", "decode", "TTFT p95", "verdict"];
  const rows = sweep.cells.map((cell) => [
    String(cell.context),
    String(cell.concurrency),
    cell.tps === null ? "–" : cell.tps.toFixed(1),
    cell.decode_tps === null ? "–" : cell.decode_tps.toFixed(1),
    milliseconds(cell.ttft_p95_ms),
    cell.feasible ? "feasible" : `${cell.state}: ${cell.reason ?? ""}`,
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length)));
  const line = (row: string[]) =>
    row.map((text, column) => (column === head.length - 1 ? text : text.padStart(widths[column] ?? 0))).join("  ");
  return [
    ...(sweep.simulated ? [SIMULATED_BANNER, ""] : []),
    `SWEEP of ${sweep.base_url}, model ${sweep.model}`,
    "",
    line(head),
    ...rows.map(line),
    "",
    ...failureLines(sweep.cells),
    ...(sweep.control_drift === null
      ? []
      : [`Control: decode speed changed by ${(sweep.control_drift * 100).toFixed(1)} % over the sweep.`]),
    ...(sweep.stopped === null ? [] : [`Stopped: ${sweep.stopped}`]),
    ...(sweep.report_path === null ? [] : [`Heat map: ${sweep.report_path}`]),
  ].join("\n");
}

function failureLines(cells: readonly SweepCell[]): string[] {
  return cells.flatMap((cell) =>
    cell.failures.map(
      ({ status, message }) =>
        `  ${cell.context} × ${cell.concurrency}: ${status === null ? "no answer" : `HTTP ${status}`}: ${message}`,
    ),
  );
}
