// Throughput of every cell with its 95 % interval; what does not fit stands there without a mark.
import { distinctNames, rowFrame, rowLayout, type Look, type Row, type RowLayout } from "./rows.ts";
import { evenScale, type Scale } from "./scale.ts";
import { element, line, picture } from "./svg.ts";

export interface CellFigure {
  name: string;
  /** tokens/s; null if it does not fit or is not known yet. */
  tps: number | null;
  /** tokens/s */
  interval: readonly [low: number, high: number] | null;
  /** What stands instead of a figure where there is none: "does not fit". */
  verdict: string;
  won: boolean;
}

/** @returns the picture, or null where no cell has a figure */
export function throughputChart(cells: readonly CellFigure[], look: Look): string | null {
  const { ink } = look;
  const names = distinctNames(cells.map(({ name }) => name));
  const rows = cells.map((cell, index): Row & { cell: CellFigure } => ({
    cell,
    name: `${cell.won ? "★ " : ""}${names[index] ?? cell.name}`,
    figure: known(cell) ? cell.tps.toFixed(cell.tps < 10 ? 2 : 1) : cell.verdict,
    fill: known(cell) ? (cell.won ? ink.good : ink.text) : ink.faint,
    bold: cell.won,
  }));
  const values = cells.filter(known).flatMap((cell) => [cell.tps, ...(intervalOf(cell) ?? [])]);
  if (values.length === 0) return null;
  const layout = rowLayout(rows, look.width);
  const scale = evenScale(values, layout.span, 4);
  const frame = rowFrame(
    rows,
    { title: "Throughput, tok/s with 95 % interval", scale, tickText: String },
    layout,
    look,
  );
  return picture(look.width, layout.height, [
    ...frame,
    ...rows.map(({ cell }, index) => (known(cell) ? mark(cell, index, scale, layout, look) : "")),
  ]);
}

const known = (cell: CellFigure): cell is CellFigure & { tps: number } =>
  cell.tps !== null && Number.isFinite(cell.tps) && cell.tps > 0;

function intervalOf({ interval }: CellFigure): readonly [number, number] | null {
  return interval !== null && interval.every((end) => Number.isFinite(end) && end > 0) ? interval : null;
}

function mark(cell: CellFigure & { tps: number }, row: number, scale: Scale, layout: RowLayout, { ink }: Look): string {
  const colour = cell.won ? ink.good : ink.active;
  const y = layout.middle(row);
  const cap = layout.step / 5;
  const interval = intervalOf(cell);
  const ends = interval?.map((end) => scale.at(end)) ?? [];
  const [from, to] = ends;
  return [
    ...(from === undefined || to === undefined ? [] : [line(from, y, to, y, colour, 1.5)]),
    ...ends.map((x) => line(x, y - cap, x, y + cap, colour, 1.5)),
    element("circle", { cx: scale.at(cell.tps), cy: y, r: layout.step / 5, fill: colour }),
  ].join("");
}
