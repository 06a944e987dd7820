// How far the active run is. Source: contract §14 (live progress).
import type { Look } from "./rows.ts";
import { element, label, picture } from "./svg.ts";

const HEIGHT = 24;
/** px for "100 %". */
const FIGURE = 46;

/** @param share of the whole run, 0 to 1; null while it cannot be told */
export function progressBar(share: number | null, { width, ink, simulated }: Look): string {
  const known = share !== null && Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : null;
  const full = width - FIGURE;
  const bar = { x: 0, y: 8, height: 8, rx: 4 };
  const colour = simulated ? ink.simulated : ink.active;
  return picture(width, HEIGHT, [
    element("rect", { ...bar, width: full, fill: ink.grid }),
    known === null || known === 0 ? "" : element("rect", { ...bar, width: Math.max(8, full * known), fill: colour }),
    label(width, 16, known === null ? "–" : `${Math.round(known * 100)} %`, {
      size: 12,
      fill: ink.text,
      anchor: "end",
      weight: 600,
    }),
  ]);
}
