// What a run did when: one row per candidate or cell, coloured by what was going on. Source: contract §15 (timeline).
import type { CustomSeriesRenderItem } from "echarts/types/dist/shared";
import { duration, shortModel } from "../core/units.ts";
import type { TimelineRow } from "../core/runs/read-model.ts";
import { CHART_WIDTH, type Chart } from "./chart.ts";
import { roundScale } from "./scale.ts";

/** What phases come down to, with their colours. */
export const KINDS = {
  measuring: "var(--measure)",
  "warm-up": "var(--warm)",
  loading: "var(--load)",
  "pre-warm": "var(--fetch)",
  "live provider": "var(--service)",
  other: "var(--other)",
} as const;
export type Kind = keyof typeof KINDS;

const KIND_OF: Record<string, Kind> = {
  prefilling: "measuring",
  decoding: "measuring",
  "warm-up": "warm-up",
  loading: "loading",
  "pre-warm": "pre-warm",
  draining: "live provider",
  restoring: "live provider",
};

export interface Stretch {
  row: string;
  kind: Kind;
  /** s since the run began, ≥ 0. */
  from: number;
  to: number;
}

/**
 * Join phases to stretches of one kind.
 * @param endedAt end of what still lasts: of the run, or now
 */
export function stretches(timeline: readonly TimelineRow[], endedAt: string): Stretch[] {
  const begin = Date.parse(timeline[0]?.started_at_utc ?? "");
  const joined: Stretch[] = [];
  for (const phase of timeline) {
    const from = (Date.parse(phase.started_at_utc) - begin) / 1000;
    const to = (Date.parse(phase.ended_at_utc ?? endedAt) - begin) / 1000;
    if (!Number.isFinite(from) || !(to > from) || from < 0) continue;
    const next: Stretch = { row: rowOf(phase), kind: KIND_OF[phase.phase] ?? "other", from, to };
    const last = joined.at(-1);
    // Phases follow each other at once; a gap of 50 ms is the writing of the row.
    if (last && last.row === next.row && last.kind === next.kind && next.from - last.to < 0.05) last.to = to;
    else joined.push(next);
  }
  return joined;
}

/** Seconds per kind, longest first. */
export function timeByKind(parts: readonly Stretch[]): [kind: Kind, seconds: number][] {
  const kinds = Object.keys(KINDS) as Kind[];
  return kinds
    .map((kind): [Kind, number] => [
      kind,
      parts.filter((part) => part.kind === kind).reduce((sum, part) => sum + part.to - part.from, 0),
    ])
    .filter(([, seconds]) => seconds > 0)
    .toSorted((a, b) => b[1] - a[1]);
}

function rowOf(phase: TimelineRow): string {
  if (phase.stage === 2 && phase.cell !== null) return phase.cell;
  if (phase.stage === 1 && phase.candidate !== null) return shortModel(phase.candidate);
  return "before and after";
}

const ROW = 32;
/** s between two lines of the time axis. */
const TIME_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800];
/** More rows than these are left out of the picture. */
const MOST_ROWS = 60;

/** @param parts n ≥ 1 */
export function timelineChart(parts: readonly Stretch[]): Chart {
  const rows = [...new Set(parts.map((part) => part.row))].slice(0, MOST_ROWS);
  const drawn = parts.filter((part) => rows.includes(part.row));
  const label = { color: "var(--muted)", fontSize: 11, hideOverlap: true, formatter: shortDuration };
  return {
    id: "timeline",
    title: "What was going on when",
    caption: "Each candidate and cell, from the start of the run.",
    height: rows.length * ROW + 40,
    marks: [
      drawn.map((part) => ({
        value: part.to - part.from,
        name: `${part.row}, ${part.kind}`,
        text: `${duration(part.to - part.from)} from ${duration(part.from)}`,
      })),
    ],
    option: {
      grid: { left: 8, right: 24, top: 14, bottom: 26 },
      xAxis: {
        type: "value",
        ...roundScale(0, Math.max(...parts.map((part) => part.to)), TIME_STEPS),
        axisLabel: label,
        splitLine: { lineStyle: { color: "var(--grid)" } },
      },
      yAxis: { type: "category", inverse: true, data: rows.map((_, row) => row), show: false },
      series: [
        {
          type: "custom",
          data: drawn.map((part) => [part.from, part.to, rows.indexOf(part.row)]),
          renderItem: bar(drawn),
        },
        { type: "custom", silent: true, data: rows.map((_, row) => [0, row]), renderItem: rowLabel(rows) },
      ],
    },
  };
}

const shortDuration = (seconds: number): string =>
  seconds === 0 ? "0" : seconds < 90 ? `${+seconds.toFixed(2)} s` : `${+(seconds / 60).toFixed(1)} min`;

const bar =
  (parts: readonly Stretch[]): CustomSeriesRenderItem =>
  (params, api) => {
    const [x, y] = api.coord([api.value(0), api.value(2)]) as [number, number];
    const [end] = api.coord([api.value(1), api.value(2)]) as [number, number];
    const fill = KINDS[parts[params.dataIndex]?.kind ?? "other"];
    return { type: "rect", shape: { x, y: y - 2, width: Math.max(1, end - x), height: 11 }, style: { fill } };
  };

const rowLabel =
  (rows: readonly string[]): CustomSeriesRenderItem =>
  (params, api) => {
    const [x, y] = api.coord([0, api.value(1)]) as [number, number];
    const style = { text: rows[params.dataIndex] ?? "", fill: "var(--text)", fontSize: 12 };
    return { type: "text", x, y: y - 17, style: { ...style, width: CHART_WIDTH - 30, overflow: "truncate" } };
  };
