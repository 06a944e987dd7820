// Charts with one row per candidate or cell: name on the left, figure on the right, marks on an axis between. Rows become lower
// and names are cut where there are many, so that nothing overlaps.
import { fitted, label, line, textWidth } from "./svg.ts";
import { namedTicks, type Scale, type Span } from "./scale.ts";

/** Colours of a chart; palette.ts has one set for light and one for dark. */
export interface Ink {
  good: string;
  bad: string;
  active: string;
  simulated: string;
  text: string;
  faint: string;
  grid: string;
}

/** How a chart is drawn. */
export interface Look {
  /** px */
  width: number;
  ink: Ink;
  /** Whether every picture has to say that nothing of it was measured on this machine. */
  simulated: boolean;
}

export interface Row {
  name: string;
  figure: string;
  /** Colour of the figure. */
  fill: string;
  bold: boolean;
}

export interface RowLayout {
  height: number;
  /** px of the axis from left to right. */
  span: Span;
  /** y of the middle of a row. */
  middle: (row: number) => number;
  /** px between two rows. */
  step: number;
  fontSize: number;
}

const HEADER = 26;
const AXIS = 20;
const GAP = 10;
/** Rows are as high as this up to so many of them. */
const ROOMY = { rows: 16, step: 22, fontSize: 12 };
const DENSE = { step: 15, fontSize: 10 };

/** Place these rows. @param rows n ≥ 1 */
export function rowLayout(rows: readonly Row[], width: number): RowLayout {
  const { step, fontSize } = rows.length <= ROOMY.rows ? ROOMY : DENSE;
  const widest = (texts: string[]) => Math.max(...texts.map((text) => textWidth(text, fontSize)));
  const names = Math.min(widest(rows.map(({ name }) => name)), width * 0.46);
  const figures = widest(rows.map(({ figure }) => figure));
  return {
    height: HEADER + rows.length * step + AXIS,
    span: [names + GAP, width - figures - GAP],
    middle: (row) => HEADER + (row + 0.5) * step,
    step,
    fontSize,
  };
}

/** Everything but the marks: title, names, figures, and the axis with its grid. */
export function rowFrame(
  rows: readonly Row[],
  { title, scale, tickText }: { title: string; scale: Scale; tickText: (value: number) => string },
  layout: RowLayout,
  { width, ink, simulated }: Look,
): string[] {
  const { fontSize, span, height } = layout;
  const bottom = height - AXIS;
  const room = Math.max(...scale.ticks.map((tick) => textWidth(tickText(tick), 10))) + GAP;
  return [
    ...heading(title, { width, ink, simulated }),
    ...scale.ticks.map((tick) => line(scale.at(tick), HEADER, scale.at(tick), bottom, ink.grid)),
    ...namedTicks(scale.ticks, (value) => scale.at(value), room).map((tick) =>
      label(scale.at(tick), height - 6, tickText(tick), { size: 10, fill: ink.faint, anchor: "middle" }),
    ),
    ...rows.flatMap((row, index) => {
      const y = layout.middle(index) + fontSize * 0.35;
      const weight = row.bold ? 600 : undefined;
      const style = { size: fontSize, ...(weight === undefined ? {} : { weight }) };
      return [
        label(0, y, fitted(row.name, fontSize, span[0] - GAP + 1), { ...style, fill: ink.text }),
        label(width, y, row.figure, { ...style, fill: row.fill, anchor: "end" }),
      ];
    }),
  ];
}

const MARK = "SIMULATED";

/** The title; and what is simulated says so in every picture, as one may be copied without the text around it. */
export function heading(title: string, { width, ink, simulated }: Look): string[] {
  const room = width - (simulated ? textWidth(MARK, 10) + GAP : 0);
  return [
    label(0, 14, fitted(title, 12, room), { size: 12, fill: ink.faint }),
    ...(simulated ? [label(width, 14, MARK, { size: 10, fill: ink.simulated, anchor: "end", weight: 600 })] : []),
  ];
}

/** Cell names without the parts that all of them share: only what differs is worth a label. */
export function distinctNames(names: readonly string[]): string[] {
  const parts = names.map((name) => name.split(" · "));
  const shared = (part: string) => parts.every((one) => one.includes(part));
  if (names.length < 2) return [...names];
  return parts.map((own, index) => own.filter((part) => !shared(part)).join(" · ") || (names[index] ?? ""));
}
