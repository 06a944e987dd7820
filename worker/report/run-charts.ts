// The charts of a run: throughput of each cell with its interval, TTFT against the gate, and the machine's drift pass by pass.
// Source: contract §15 (cells with intervals, TTFT against the gate, drift).
import type { CustomSeriesRenderItem } from "echarts/types/dist/shared";
import { FIGURES } from "../core/measure/figure-table.ts";
import { milliseconds } from "../core/units.ts";
import type { DriftLine } from "../core/runs/drift.ts";
import { CHART_WIDTH, type Chart, type Mark } from "./chart.ts";
import { roundScale } from "./scale.ts";

/** px of one row: a line of text above a bar. */
const ROW = 38;
const GRID = { left: 8, right: 14, top: 14, bottom: 26 };
const LABEL = {
  show: true,
  position: [0, -15] as [number, number],
  color: "var(--text)",
  fontSize: 12,
  width: CHART_WIDTH - 30,
  overflow: "truncate" as const,
};
const AXIS = {
  axisLabel: { color: "var(--muted)", fontSize: 11, hideOverlap: true },
  splitLine: { lineStyle: { color: "var(--grid)" } },
  axisLine: { show: false },
  axisTick: { show: false },
};

export interface Bar {
  name: string;
  /** tokens/s */
  tps: number;
  interval: [low: number, high: number] | null;
  won: boolean;
}

/** Throughput of cells, in their order. @param bars n ≥ 1 */
export function throughputChart(bars: readonly Bar[]): Chart {
  const marks = bars.map((bar): Mark => ({
    value: bar.tps,
    name: bar.name,
    text: `${FIGURES.tps.text(bar.tps)}${range(bar)}`,
  }));
  const most = Math.max(...bars.map((bar) => Math.max(bar.tps, bar.interval?.[1] ?? 0)));
  const ranges = bars.flatMap((bar, row) => (bar.interval ? [{ bar, value: [...bar.interval, row] }] : []));
  return {
    id: "throughput",
    title: FIGURES.tps.long,
    caption: `Median tokens per second of all streams together${ranges.length > 0 ? "; lines are 95 % intervals" : ""}.`,
    height: bars.length * ROW + GRID.top + GRID.bottom,
    marks: [marks, ranges.map(({ bar }) => ({ value: bar.tps, name: bar.name, text: `95 %${range(bar)}` }))],
    option: {
      grid: GRID,
      xAxis: { type: "value", ...roundScale(0, most), ...AXIS },
      yAxis: { type: "category", inverse: true, data: bars.map((bar) => bar.name), show: false },
      series: [
        {
          type: "bar",
          barWidth: 11,
          label: { ...LABEL, formatter: ({ dataIndex }: { dataIndex: number }) => barLabel(bars[dataIndex]) },
          data: bars.map((bar) => ({
            value: bar.tps,
            itemStyle: { color: bar.won ? "var(--accent)" : "var(--bar)", borderRadius: 2 },
          })),
        },
        { type: "custom", data: ranges.map(({ value }) => value), renderItem: whisker, z: 3 },
      ],
    },
  };
}

const barLabel = (bar: Bar | undefined): string =>
  bar === undefined ? "" : `${bar.won ? "★ " : ""}${FIGURES.tps.text(bar.tps)}  ${bar.name}`;

const range = ({ interval }: Bar): string =>
  interval ? ` (${interval[0].toFixed(1)} to ${interval[1].toFixed(1)})` : "";

const whisker: CustomSeriesRenderItem = (_, api) => {
  const [left, y] = api.coord([api.value(0), api.value(2)]) as [number, number];
  const [right] = api.coord([api.value(1), api.value(2)]) as [number, number];
  const d = `M${left} ${y - 4}V${y + 4}M${left} ${y}H${right}M${right} ${y - 4}V${y + 4}`;
  return { type: "path", shape: { pathData: d }, style: { stroke: "var(--text)", fill: "none", lineWidth: 1.2 } };
};

export interface Dot {
  name: string;
  ttftMs: number;
  fits: boolean;
}

/** TTFT of candidates and cells on a logarithmic scale, with the gate as a line. @param dots n ≥ 1 */
export function ttftChart(dots: readonly Dot[], gateMs: number | null): Chart {
  const values = [...dots.map((dot) => dot.ttftMs), ...(gateMs === null ? [] : [gateMs])];
  const power = (value: number, round: (power: number) => number) => 10 ** round(Math.log10(value));
  const min = power(Math.min(...values) * 0.8, Math.floor);
  return {
    id: "ttft",
    title: "Time to first token",
    caption: `p95 of all requests, logarithmic${gateMs === null ? "" : `; the line is the gate, ${briefly(gateMs)}`}.`,
    height: dots.length * ROW + GRID.top + GRID.bottom,
    marks: [dots.map((dot) => ({ value: dot.ttftMs, name: dot.name, text: FIGURES.ttft_p95_ms.text(dot.ttftMs) }))],
    option: {
      grid: { ...GRID, right: 20 },
      xAxis: {
        type: "log",
        min,
        max: Math.max(power(Math.max(...values) * 1.2, Math.ceil), min * 10),
        ...AXIS,
        axisLabel: { ...AXIS.axisLabel, formatter: briefly },
      },
      yAxis: { type: "category", inverse: true, data: dots.map((dot) => dot.name), show: false },
      series: [
        {
          type: "scatter",
          symbolSize: 9,
          data: dots.map((dot, row) => ({
            value: [dot.ttftMs, row],
            itemStyle: { color: dot.fits ? "var(--accent)" : "var(--bad)" },
          })),
          ...(gateMs === null ? {} : { markLine: gateLine(gateMs) }),
        },
        rowLabels(
          dots.map((dot) => `${FIGURES.ttft_p95_ms.text(dot.ttftMs)}  ${dot.name}`),
          min,
        ),
      ],
    },
  };
}

/** "60 s" instead of "60.00 s". */
const briefly = (ms: number): string => milliseconds(ms).replace(".00", "");

function gateLine(gateMs: number) {
  const label = { show: false };
  return {
    silent: true,
    symbol: "none",
    label,
    lineStyle: { color: "var(--bad)", width: 1.5 },
    data: [{ xAxis: gateMs }],
  };
}

/** Text at the left of each row, above what is drawn there. */
function rowLabels(texts: readonly string[], left: number) {
  return {
    type: "custom",
    silent: true,
    data: texts.map((_, row) => [left, row]),
    renderItem: ((params, api) => {
      const [x, y] = api.coord([api.value(0), api.value(1)]) as [number, number];
      const { color, fontSize, width, overflow } = { ...LABEL, color: "var(--text)" };
      const text = texts[params.dataIndex] ?? "";
      return { type: "text", x, y: y - 18, style: { text, fill: color, fontSize, width, overflow } };
    }) satisfies CustomSeriesRenderItem,
  };
}

/** Change of speed against each cell's first visit, pass by pass. @param lines n ≥ 1, the first is the mean of all cells */
export function driftChart(lines: readonly DriftLine[]): Chart {
  const passes = Math.max(...lines.map((line) => line.changes.length));
  const changes = lines.flatMap((line) => line.changes);
  return {
    id: "drift",
    title: "Drift",
    caption: "Speed of each cell against its own first visit, in %; the thick line is the mean of all cells.",
    height: 190,
    marks: lines.map((line) =>
      line.changes.map((change, pass) => ({
        value: change,
        name: `${line.name}, visit ${pass + 1}`,
        text: signed(change),
      })),
    ),
    option: {
      grid: { ...GRID, left: 44 },
      xAxis: { type: "category", data: Array.from({ length: passes }, (_, pass) => `visit ${pass + 1}`), ...AXIS },
      yAxis: {
        type: "value",
        // Less than 5 % either way is not stretched to the height of the chart.
        ...roundScale(Math.min(-0.05, ...changes), Math.max(0.05, ...changes), [0.05, 0.1]),
        ...AXIS,
        axisLabel: { ...AXIS.axisLabel, formatter: signed },
      },
      series: lines.map((line, index) => ({
        type: "line",
        z: index === 0 ? 5 : 2,
        data: line.changes,
        symbol: "circle",
        symbolSize: index === 0 ? 7 : 4,
        itemStyle: { color: index === 0 ? "var(--accent)" : "var(--bar)" },
        lineStyle: { color: index === 0 ? "var(--accent)" : "var(--bar)", width: index === 0 ? 3 : 1 },
      })),
    },
  };
}

const signed = (change: number): string =>
  `${change > 0 ? "+" : change < 0 ? "−" : ""}${Math.abs(change * 100).toFixed(1)} %`;
