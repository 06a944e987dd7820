// How the machine's speed changed over a run: each cell against its own first visit, and the mean of all.
import type { DriftLine } from "../../../worker/core/runs/drift.ts";
import { heading, type Look } from "./rows.ts";
import { evenScale, namedTicks, type Scale } from "./scale.ts";
import { element, label, line, picture, textWidth } from "./svg.ts";

const HEIGHT = 170;
const [TOP, BOTTOM, LEFT, RIGHT] = [30, 22, 44, 8];
/** A machine that changes by less is drawn as the steady one it is. */
const LEAST = 0.05;

/**
 * @param lines as driftLines gives them: the mean of all cells first
 * @returns the picture, or null where nothing was visited twice
 */
export function driftChart(lines: readonly DriftLine[], look: Look): string | null {
  const drawn = lines
    .map(({ name, changes }) => ({ name, changes: changes.filter(Number.isFinite) }))
    .filter(({ changes }) => changes.length > 1);
  if (drawn.length === 0) return null;
  const { ink, width } = look;
  const visits = Math.max(...drawn.map(({ changes }) => changes.length));
  const y = evenScale([-LEAST, LEAST, ...drawn.flatMap(({ changes }) => changes)], [HEIGHT - BOTTOM, TOP], 4);
  const numbers = Array.from({ length: visits }, (_, index) => index + 1);
  const x = (visit: number) => LEFT + ((visit - 1) / (visits - 1)) * (width - LEFT - RIGHT - 20) + 10;
  const room = textWidth(`visit ${visits}`, 10) + 12;
  return picture(width, HEIGHT, [
    ...heading("Drift: speed against the first visit", look),
    ...grid(y, look),
    ...namedTicks(numbers, x, room).map((visit) =>
      label(x(visit), HEIGHT - 6, `visit ${visit}`, { size: 10, fill: ink.faint, anchor: "middle" }),
    ),
    // The mean lies above the cells.
    ...drawn.map(({ changes }, index) => polyline(changes, x, y, index === 0, look)).reverse(),
  ]);
}

function grid(y: Scale, { ink, width }: Look): string[] {
  return y.ticks.flatMap((tick) => [
    line(LEFT, y.at(tick), width - RIGHT, y.at(tick), tick === 0 ? ink.faint : ink.grid),
    label(LEFT - 6, y.at(tick) + 3.5, percent(tick), { size: 10, fill: ink.faint, anchor: "end" }),
  ]);
}

function polyline(changes: number[], x: (visit: number) => number, y: Scale, mean: boolean, { ink }: Look): string {
  const colour = mean ? ink.active : ink.faint;
  const points = changes.map((change, index) => `${x(index + 1).toFixed(1)},${y.at(change).toFixed(1)}`);
  const stroke = { fill: "none", stroke: colour, "stroke-width": mean ? 2.5 : 1, opacity: mean ? undefined : 0.6 };
  const dots = mean
    ? points.map((point) => {
        const [cx = "", cy = ""] = point.split(",");
        return element("circle", { cx, cy, r: 3.5, fill: colour });
      })
    : [];
  return [element("polyline", { points: points.join(" "), ...stroke }), ...dots].join("");
}

/** "+5 %", "−12 %", "0 %". */
function percent(share: number): string {
  const value = Math.round(share * 1000) / 10;
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value)} %`;
}
