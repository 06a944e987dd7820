// What a row of the table of figures says.
import type { TimedReplicate, TimedRequest, VisitFacts } from "./timed-request.ts";

export interface Figure {
  unit: string;
  /** What one value is called: "TTFT". In a title's capitals; `inText` gives the other spelling. */
  short: string;
  /** What the value of many requests is called: "TTFT p95". */
  long: string;
  /** The value with its digits and its unit; "–" for null. */
  text: (value: number | null) => string;
  /** Null = two runs are not compared by it. */
  better: "higher" | "lower" | null;
  /** Digits after the point that say something, where tools give it as a number. */
  digits: (value: number) => number;
  /** Its name in the answers of Raycast's tools: no abbreviation, the unit in the name. */
  spoken: string;
  /** The first schema with its columns, the one after the last that was released; absent = the columns stand in earlier steps. */
  schema?: number;
  /** One timed replicate; null = it cannot be told from one alone. */
  replicate: FigureOfReplicate | null;
  /** A trial over all its visits. */
  trial: FigureOfTrial | null;
  /** The recipe has what its trial says. */
  recipe: FigureOfRecipe | null;
  /** A sweep's cell. */
  cell: FigureOfCell | null;
}

export interface FigureOfReplicate {
  /** In `Replicate`. */
  field: string;
  /** In tune_replicates and v_replicates. */
  column: string;
  /** False = a replicate without it, or where it is not above zero, is invalid. */
  nullable: boolean;
  /** @param requests those of one replicate, n ≥ 1 */
  of: (requests: readonly TimedRequest[]) => number | null;
}

export interface FigureOfTrial {
  /** In `TrialFigures`. */
  field: string;
  /** In tune_trials and v_trials. */
  column: string;
  /** Columns of its 95 % interval. */
  interval?: readonly [low: string, high: string];
  of: (measured: MeasuredTrial) => number | null;
}

export interface MeasuredTrial {
  /** This figure in the ok replicates, where it is not null. */
  values: number[];
  /** The ok ones, in order. */
  replicates: readonly TimedReplicate[];
  /** n ≥ 1. */
  visits: readonly VisitFacts[];
}

export interface FigureOfRecipe {
  /** In the result's `recommendation`. */
  key: string;
  /** False = no recipe without it. */
  nullable: boolean;
}

export interface FigureOfCell {
  /** In sweep_runs; its document has the figure's key. */
  column: string;
  of: (measured: MeasuredCell) => number | null;
}

export interface MeasuredCell {
  /** The good requests of each round that has any. */
  rounds: readonly (readonly TimedRequest[])[];
  /** ms, of good requests and, as Infinity, of those that were cut off at the gate. */
  ttftsMs: readonly number[];
}

/** A label within a sentence or on a terminal: "throughput" for "Throughput", "TTFT p95" as it is. */
export const inText = (label: string): string => label.replace(/\b[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());

/** "TTFT p95 2.31 s"; with the short label "TTFT 2.31 s". */
export const labelled = (
  figure: Pick<Figure, "short" | "long" | "text">,
  value: number | null,
  label: "short" | "long" = "long",
): string => `${figure[label]} ${figure.text(value)}`;

/** The value as tools give it: without digits that say nothing. */
export const spokenValue = ({ digits }: Pick<Figure, "digits">, value: number | null): number | null =>
  value === null ? null : Number(value.toFixed(digits(value)));

/** What a figure that must be there has to be; false for NaN and infinity. */
export const isPositive = (value: number | null): value is number =>
  value !== null && Number.isFinite(value) && value > 0;
