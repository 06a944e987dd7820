// What a virtual run goes through, and what was told of it.
import type { TuneEnd } from "../../../worker/autotune.ts";
import type { CarriedOver, Progress, Weights } from "../../../worker/context.ts";
import type { Inputs } from "../../../worker/core/settings/inputs.ts";
import { forAxes, type Knobs } from "../../../worker/core/knobs.ts";
import type { Misfit } from "../../../worker/core/measure/measurement.ts";
import type { MethodName } from "../../../worker/core/search/methods.ts";
import type { Cell, SearchMethod } from "../../../worker/core/search/search.ts";

/** What a candidate of a shape does, in order; times in seconds. */
export interface ShapedCandidate {
  /** Bytes that have come after each second of its download; none: it is there. */
  download?: number[];
  downloadFails?: boolean;
  tooBig?: boolean;
  /** Its load ends so, after its load time. */
  loadFails?: Misfit;
}

export interface Shape {
  candidates: ShapedCandidate[];
  cells: number;
  method: MethodName;
  /** Instead of the method and cells that are named above; those stay what the plan expects. */
  search?: { method: SearchMethod; cells: Cell[] };
  /** @param start counts from 0 over the whole run */
  loadSeconds(start: number): number;
  /** @param cell null in Stage 1 @param request counts from 0 over the whole run */
  requestSeconds(cell: number | null, request: number): number;
  limitSeconds: number;
  /** Draining and bringing back. */
  drained?: { seconds: number; backSeconds: number };
  resumed?: { taken: CarriedOver; spentSeconds: number };
}

export interface Second {
  /** Since the run began; for a resumed one, since the first run did. */
  at: number;
  row: Progress;
}

export interface Played {
  seconds: Second[];
  totalSeconds: number;
  /** When the first candidate had been judged. */
  firstVisitSeconds: number;
  end: TuneEnd;
  /** Starts and stops of servers in order, each start with its knobs. */
  servers: (Knobs | "stop")[];
  /** What a run that takes this one up would carry over. */
  taken: CarriedOver;
}

export const REQUEST_TOKENS = 64;
const LIMITS = { gateTtftMs: 60_000, readyTimeoutS: 900 };

export const namesOf = (shape: Shape) => shape.candidates.map((_, at) => `org/Model-${at + 1}`);

export const inputsOf = ({ method, limitSeconds }: Shape): Inputs => ({
  ...{ provider: "mlx-lm", providerBin: null, targetContext: 64, candidateModels: null, maxModelSizeB: null },
  ...{ minModelSizeB: null, method, stage1Replicates: 2, stage2Replicates: 3, tpsTieEpsilon: 0.1 },
  ...{ axes: forAxes(() => null), batchLoad: "single", ...LIMITS },
  ...{ maxTokens: REQUEST_TOKENS, maxDurationS: limitSeconds, drain: true, drainGraceS: 10, apply: false },
  ...{ restartForeground: false, port: 1, dbPath: "", retainRuns: 1, offline: false, seed: 1, json: false },
  ...{ verbose: false, simulatedProfile: null },
});

/** A candidate that serves and does not die; it lacks its address and load time. */
export const RUNNING = {
  ended: new AbortController().signal,
  checkAlive: () => Promise.resolve(null),
  logMark: () => 0,
  failureSince: () => null,
  logTail: () => "",
};

export const weightsOf = ({ tooBig }: ShapedCandidate): Weights => ({
  ...{ directory: null, tensorBytes: tooBig ? 64e9 : 4e9, kvBytesPerToken: null, trainedPositions: null },
  ...{ stopTokens: [], revision: null },
});
