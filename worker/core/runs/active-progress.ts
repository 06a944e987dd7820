// What the active run's row tells of its progress: the same words for the command line, views, the menu bar and AI tools. Pure.
// Source: contract §3 (status), §14 (live progress).
import { etaText, progressText, whereText, type Told } from "../result/progress.ts";
import type { ActiveRow } from "./read-model.ts";

type Row = Pick<ActiveRow, "stage" | "share" | "eta_seconds" | "candidate" | "candidate_models_json">;

/** The candidate's place in the list; null if it has none. */
export function placeOf({ candidate, candidate_models_json: all }: Omit<Row, "share" | "eta_seconds">): Told["place"] {
  const index = candidate === null ? -1 : (all?.indexOf(candidate) ?? -1);
  return index < 0 || all === null ? null : { rank: index + 1, of: all.length };
}

const toldBy = (row: Row): Told => ({
  stage: row.stage,
  share: row.share,
  etaSeconds: row.eta_seconds,
  place: placeOf(row),
});

/** "42 %" or "Stage 1 · 2 of 5"; null while neither can be told. */
export const activeWhere = (row: Row): string | null => whereText(toldBy(row));

/** "12 min"; null while it cannot be told. */
export const activeEta = (row: Pick<Row, "eta_seconds">): string | null => etaText(row.eta_seconds);

/** "42 % · ETA 12 min" or "Stage 1 · 2 of 5 · ETA 1 h 10 min"; null while none can be told. */
export const activeProgress = (row: Row): string | null => progressText(toldBy(row));
