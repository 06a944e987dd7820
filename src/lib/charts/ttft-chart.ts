// Time to first token of every candidate and cell against the gate, on a logarithmic axis. Source: contract §7 (gate), §14.
import { milliseconds } from "../../../worker/core/units.ts";
import { rowFrame, rowLayout, type Look, type Row } from "./rows.ts";
import { logScale } from "./scale.ts";
import { element, line, picture } from "./svg.ts";

export interface TtftFigure {
  name: string;
  /** p95, ms; null if no first token came. */
  ttftMs: number | null;
  fits: boolean;
  /** It was aborted the moment the gate had passed. */
  overGate: boolean;
  /** It is the recipe's. */
  won: boolean;
}

/** @returns the picture, or null where nothing has a figure */
export function ttftChart(figures: readonly TtftFigure[], gateMs: number | null, look: Look): string | null {
  const { ink } = look;
  const gate = gateMs !== null && Number.isFinite(gateMs) && gateMs > 0 ? gateMs : null;
  const shown = figures.flatMap((one) => {
    const at = placeOf(one, gate);
    return at === null ? [] : [{ ...one, ...at }];
  });
  if (shown.length === 0) return null;
  const rows = shown.map((one): Row => ({
    name: `${one.won ? "★ " : ""}${one.name}`,
    figure: `${one.beyond ? "> " : ""}${briefly(one.ms)}`,
    fill: one.fits ? (one.won ? ink.good : ink.text) : ink.bad,
    bold: one.won,
  }));
  const layout = rowLayout(rows, look.width);
  const scale = logScale([...shown.map(({ ms }) => ms), ...(gate === null ? [] : [gate])], layout.span);
  const title = `Time to first token (p95, log)${gate === null ? "" : `, gate ${briefly(gate)}`}`;
  const r = layout.step / 5;
  const marks = shown.map((one, row) => {
    const [x, y] = [scale.at(one.ms), layout.middle(row)];
    const fill = one.fits ? (one.won ? ink.good : ink.active) : ink.bad;
    if (!one.beyond) return element("circle", { cx: x, cy: y, r, fill });
    return element("path", { d: `M${x.toFixed(1)} ${(y - r).toFixed(1)}l${2 * r} ${r}l${-2 * r} ${r}z`, fill });
  });
  return picture(look.width, layout.height, [
    ...rowFrame(rows, { title, scale, tickText: briefly }, layout, look),
    ...(gate === null ? [] : [line(scale.at(gate), 22, scale.at(gate), layout.height - 18, ink.bad, 1.5)]),
    ...marks,
  ]);
}

/** @returns where it is drawn, and whether that is only known from below; null if there is nothing to draw */
function placeOf({ ttftMs, overGate }: TtftFigure, gate: number | null): { ms: number; beyond: boolean } | null {
  if (ttftMs !== null && Number.isFinite(ttftMs) && ttftMs > 0) return { ms: ttftMs, beyond: false };
  return overGate && gate !== null ? { ms: gate, beyond: true } : null;
}

/** "60 s" instead of "60.00 s". */
const briefly = (ms: number): string => milliseconds(ms).replace(/\.00 s$/, " s");
