// What figures are told from: one timed request with its raw times, and what a visit says beside its replicates.

/** One request of a replicate (a replicate has max_batch of them under concurrent load). */
export interface RequestSample {
  /** ms from the request being written to the first non-empty output, > 0. */
  ttftMs: number;
  /** ms from the request being written to its last chunk, ≥ ttftMs. */
  totalMs: number;
  promptTokens: number;
  completionTokens: number;
  /** Prompt tokens that came from a prompt cache; 0 if the provider does not say. */
  cachedTokens: number;
  /** Tokens per second between first and last chunk; null if they coincide. */
  decodeTps: number | null;
  /** promptTokens / TTFT, tokens per second. */
  prefillTps: number;
}

export interface TimedRequest {
  sample: RequestSample;
  /** Monotonic ms. */
  startedAtMs: number;
  /** Arrival of every chunk with output, ms since the request was written. */
  chunkTimesMs: number[];
}

/** The raw times of an ok replicate, as they are stored. */
export interface TimedReplicate {
  startedAtMs: number;
  requests: RequestSample[];
  /** Arrival of every chunk with output, per request, ms since that request was written. */
  chunkTimesMs: number[][];
}

export interface VisitFacts {
  /** Null if all replicates fit. */
  misfit: object | null;
  /** ms from spawn to readiness; null if it never became ready. */
  loadMs: number | null;
  promptTokens: number | null;
}
