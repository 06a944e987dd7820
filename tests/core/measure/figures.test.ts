import { expect, test } from "@jest/globals";
import {
  aggregateReplicate,
  contextMisfit,
  gateMisfit,
  stopTokenMisfit,
  tooMuchCached,
} from "../../../worker/core/measure/feasibility.ts";
import { visitFigures } from "../../../worker/core/measure/figures.ts";
import { DEFAULT_KNOBS } from "../../../worker/core/knobs.ts";
import type { Replicate, Visit } from "../../../worker/core/measure/measurement.ts";
import type { RequestSample } from "../../../worker/core/measure/timed-request.ts";

const sample = (change: Partial<RequestSample> = {}): RequestSample => ({
  ttftMs: 100,
  totalMs: 1000,
  promptTokens: 2000,
  completionTokens: 128,
  cachedTokens: 0,
  decodeTps: 140,
  prefillTps: 20_000,
  ...change,
});
const run = (startedAtMs: number, change: Partial<RequestSample> = {}) => ({
  startedAtMs,
  sample: sample(change),
  chunkTimesMs: [],
});
const ok = (tps: number, ttftMs: number): Replicate => ({
  state: "ok",
  startedAtMs: 0,
  tps,
  ttftMs,
  decodeTps: tps,
  requests: [sample({ ttftMs })],
  chunkTimesMs: [],
});
const visit = (replicates: Replicate[], change: Partial<Visit> = {}): Visit => ({
  knobs: DEFAULT_KNOBS,
  misfit: null,
  replicates,
  loadMs: 1,
  promptTokens: 2000,
  notes: [],
  ...change,
});

test("throughput of two streams: all tokens over first start to last end", () => {
  // 256 tokens from 0 ms to 1100 ms = 232.7 tok/s; the slower stream's TTFT counts
  const replicate = aggregateReplicate(0, [
    run(0, { totalMs: 1000, ttftMs: 90 }),
    run(100, { totalMs: 1000, ttftMs: 150, decodeTps: 100 }),
  ]);
  expect(replicate).toMatchObject({ state: "ok", ttftMs: 150, decodeTps: 120 });
  expect(replicate.state === "ok" && replicate.tps).toBeCloseTo(256 / 1.1, 6);
});

test("a throughput that is no positive number is invalid, not an exception", () => {
  expect(aggregateReplicate(0, [run(0, { totalMs: 0 })])).toMatchObject({ state: "invalid" });
  expect(aggregateReplicate(0, [run(0, { totalMs: NaN })])).toMatchObject({ state: "invalid" });
});

test("the reasons name the measured value and the limit", () => {
  expect(gateMisfit(null, 60_000).reason).toBe("TTFT > 60000 ms (aborted at the gate), gate 60000 ms");
  expect(gateMisfit(61_234.4, 60_000).reason).toBe("TTFT 61234 ms, gate 60000 ms");
  expect(contextMisfit(1024, 2000, { tokensPerWord: 1, overheadTokens: 0 })?.reason).toMatch(
    /1024 tokens, target 2000 ± 2 %.*truncate/,
  );
  expect(contextMisfit(1960, 2000, { tokensPerWord: 1, overheadTokens: 0 })).toBeNull();
});

test("stop tokens: the known ones and the model's own", () => {
  expect(stopTokenMisfit("hello <|eot_id|>", [])?.class).toBe("stop_token");
  expect(stopTokenMisfit("hello <end_of_turn>", [])).toBeNull();
  expect(stopTokenMisfit("hello <end_of_turn>", ["<end_of_turn>"])?.reason).toContain("<end_of_turn>");
  expect(stopTokenMisfit("hello", [""])).toBeNull();
});

test("cached prompt tokens: up to max(64, 2 %) are the template's own", () => {
  expect(tooMuchCached(sample({ cachedTokens: 64 }))).toBeNull();
  expect(tooMuchCached(sample({ cachedTokens: 65 }))).toContain("at most 64");
  expect(tooMuchCached(sample({ promptTokens: 10_000, cachedTokens: 200 }))).toBeNull();
  expect(tooMuchCached(sample({ promptTokens: 10_000, cachedTokens: 201 }))).not.toBeNull();
});

test("cached prompt tokens: what all requests begin with is none of the prompt", () => {
  expect(tooMuchCached(sample({ cachedTokens: 211 }), { templateTokens: 230 })).toBeNull();
  expect(tooMuchCached(sample({ cachedTokens: 231 }), { templateTokens: 230 })).toContain("at most 230");
  expect(tooMuchCached(sample({ cachedTokens: 64 }), { templateTokens: 20 })).toBeNull();
});

test("a template that is longer than the target is named", () => {
  const scale = { tokensPerWord: 1, overheadTokens: 230, templateTokens: 230 };
  expect(contextMisfit(231, 200, scale)?.reason).toMatch(
    /231 tokens, target 200 ± 2 %: the model's chat template alone takes 230$/,
  );
});

test("a trial is the median of its throughputs and the rank percentile of its TTFTs, over all visits", () => {
  const figures = visitFigures([visit([ok(2.0, 4000), ok(2.1, 4100)]), visit([ok(2.05, 3900)])]);
  expect(figures).toMatchObject({
    tps: 2.05,
    ttftP95Ms: 4100,
    replicates: 3,
    fits: true,
    errors: 0,
    measuredPromptTokens: 2000,
  });
});

test("one failing replicate and the trial does not fit", () => {
  const misfit = { class: "request_failed" as const, reason: "HTTP 503" };
  const figures = visitFigures([
    visit([ok(2, 4000), { state: "misfit", startedAtMs: 0, misfit, requests: [] }], { misfit }),
  ]);
  expect(figures).toMatchObject({ tps: null, fits: false, errors: 1, misfit });
});

test("a start that failed is an error without replicates", () => {
  const misfit = { class: "load_failed" as const, reason: "exit code 2" };
  expect(visitFigures([visit([], { misfit })])).toMatchObject({
    tps: null,
    fits: false,
    errors: 1,
    replicates: 0,
    ttftP95Ms: null,
  });
});
