// Every figure of replicates, trials, recipes and sweeps, in the order in which they are shown. Columns, row readers, the result's schema,
// the report, the command line, comparisons, Raycast's views and its tools read this table. Source: contract §8 to §11, §14, §15.
// Names that were released never change; how to add a row: CONTRIBUTING.md.
import { median, percentile } from "../statistics/statistics.ts";
import { milliseconds, tokensPerSecond, tokensPerSecondDigits } from "../units.ts";
import { isPositive, type Figure } from "./figure.ts";
import type { RequestSample, TimedRequest } from "./timed-request.ts";

/** By key: what a comparison and a sweep's cell call it. */
export const FIGURES = {
  tps: {
    unit: "tok/s",
    short: "Throughput",
    long: "Throughput",
    text: tokensPerSecond,
    digits: tokensPerSecondDigits,
    better: "higher",
    spoken: "throughput_tokens_per_second",
    replicate: { field: "tps", column: "tps", nullable: false, of: throughput },
    trial: {
      field: "tps",
      column: "agg_throughput_tps",
      interval: ["interval_low", "interval_high"],
      // Null if it does not fit: all replicates must be feasible (contract §9).
      of: ({ values, visits }) => (visits.some(({ misfit }) => misfit !== null) ? null : median(values)),
    },
    recipe: { key: "tps_median", nullable: false },
    cell: { column: "agg_throughput_tps", of: ({ rounds }) => median(rounds.map(throughput).filter(isPositive)) },
  },
  decode_tps: {
    unit: "tok/s",
    short: "Decode",
    long: "Decode",
    text: tokensPerSecond,
    digits: tokensPerSecondDigits,
    better: "higher",
    spoken: "decode_tokens_per_second",
    replicate: { field: "decodeTps", column: "decode_tps", nullable: true, of: (all) => median(rates(samples(all))) },
    trial: { field: "decodeTps", column: "decode_tps", of: ({ values }) => median(values) },
    recipe: { key: "decode_tps_median", nullable: true },
    cell: { column: "decode_tps", of: ({ rounds }) => median(rates(samples(rounds.flat()))) },
  },
  ttft_p50_ms: {
    unit: "ms",
    short: "TTFT p50",
    long: "TTFT p50",
    text: milliseconds,
    digits: () => 0,
    better: "lower",
    spoken: "ttft_p50_ms",
    replicate: null,
    trial: null,
    recipe: null,
    cell: { column: "ttft_p50_ms", of: ({ ttftsMs }) => finite(median(ttftsMs)) },
  },
  ttft_p95_ms: {
    unit: "ms",
    short: "TTFT",
    long: "TTFT p95",
    text: milliseconds,
    digits: () => 0,
    better: "lower",
    spoken: "ttft_p95_ms",
    // The slowest stream's.
    replicate: { field: "ttftMs", column: "ttft_ms", nullable: false, of: (all) => Math.max(...ttftsMs(samples(all))) },
    // By rank ⌈0.95 N⌉ over all requests (contract §9).
    trial: {
      field: "ttftP95Ms",
      column: "ttft_p95_ms",
      of: ({ replicates }) => percentile(ttftsMs(replicates.flatMap(({ requests }) => requests)), 0.95),
    },
    recipe: { key: "ttft_p95_ms", nullable: false },
    cell: { column: "ttft_p95_ms", of: ({ ttftsMs: all }) => finite(percentile(all, 0.95)) },
  },
} as const satisfies Record<string, Figure>;

/** Tokens of all streams per second from the first start to the last end. Source: contract §8. */
function throughput(requests: readonly TimedRequest[]): number {
  const begin = Math.min(...requests.map(({ startedAtMs }) => startedAtMs));
  const end = Math.max(...requests.map(({ startedAtMs, sample }) => startedAtMs + sample.totalMs));
  const tokens = requests.reduce((sum, { sample }) => sum + sample.completionTokens, 0);
  return (tokens / (end - begin)) * 1000;
}

const samples = (requests: readonly TimedRequest[]): RequestSample[] => requests.map(({ sample }) => sample);
const ttftsMs = (all: readonly RequestSample[]): number[] => all.map((sample) => sample.ttftMs);
const rates = (all: readonly RequestSample[]): number[] => all.flatMap(({ decodeTps: rate }) => rate ?? []);
const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);
