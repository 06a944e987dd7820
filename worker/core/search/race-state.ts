// The state of a race: plain data that survives JSON. Source: contract §9, `--method race`.
import type { Basis } from "./race-choice.ts";
import type { RaceVisit } from "./race-evidence.ts";
import type { SearchSettings } from "./search.ts";

/** A cell that gets no more visits, and which cell it lost against: should that one stop fitting, it is back. */
export interface Dropped {
  cellIndex: number;
  leader: number;
  reason: string;
}

/** The visits that are still to come before the next decision. */
export interface Plan {
  purpose: "pass" | "confirm";
  replicates: number;
  queue: { cellIndex: number; nonceSet: number }[];
}

export interface RaceState {
  settings: SearchSettings;
  visits: RaceVisit[];
  dropped: Dropped[];
  /** Passes begun, 1 to 6; 0 without cells. */
  pass: number;
  /** Nonce sets given out so far; the next set has this number. */
  nonceSets: number;
  /** null: the search is over. */
  plan: Plan | null;
  /** The last confirmation begun, and the nonce sets of its two halves. */
  confirmation: { challenger: number; baseline: number; basis: Basis; nonceSets: [number, number] } | null;
}
