// How near the model comes to the observations of calibration.json. Measured: decode -15 to +9 %, whole-request
// throughput of the M1 Air within 30 %, TTFT within 30 %.
import { describe, expect, test } from "@jest/globals";
import calibration from "../../worker/simulator/calibration.json" with { type: "json" };
import { modelSize } from "../../worker/simulator/model-size.ts";
import * as performanceModel from "../../worker/simulator/performance-model.ts";
import { loadProfile } from "../../worker/simulator/profiles.ts";

const NO_KNOBS: performanceModel.ServerKnobs = { kvBits: null, maxBatch: null, maxContext: null };
const TOLERANCE = 0.35;

interface Observation {
  machine: string;
  model: string;
  context: number;
  fits: boolean;
  params_b?: number;
  decode_tps?: number;
  tps_e2e?: number | null;
  ttft_ms?: number | null;
  max_tokens?: number;
}
const observations = (calibration.observations as Observation[]).filter(({ params_b }) => params_b !== undefined);

function predict({ machine, model, context, max_tokens = 128 }: Observation) {
  const profile = loadProfile(machine);
  const size = modelSize(`mlx-community/${model}-Instruct-4bit`);
  const footprint = performanceModel.footprintGb(size, NO_KNOBS, context);
  const ttftMs = (context / performanceModel.prefillTps(profile, size, context, footprint)) * 1000;
  const stepMs = performanceModel.decodeStepMs(profile, size, NO_KNOBS, {
    streams: 1,
    contextTokens: context,
    footprint,
  });
  const totalMs = ttftMs + (max_tokens - 1) * stepMs;
  return { ttftMs, decodeTps: 1000 / stepMs, tpsE2e: (max_tokens / totalMs) * 1000 };
}

const error = (predicted: number, seen: number) => predicted / seen - 1;

describe("observations of machines that fit", () => {
  const fitting = observations.filter(({ fits }) => fits);
  test.each(fitting)("$model at $context on $machine is predicted within 35 %", (seen) => {
    const predicted = predict(seen);
    const errors = [
      ...(seen.ttft_ms == null ? [] : [error(predicted.ttftMs, seen.ttft_ms)]),
      ...(seen.decode_tps === undefined ? [] : [error(predicted.decodeTps, seen.decode_tps)]),
      ...(seen.tps_e2e == null ? [] : [error(predicted.tpsE2e, seen.tps_e2e)]),
    ];
    expect(errors.length).toBeGreaterThan(0);
    for (const one of errors) expect(Math.abs(one)).toBeLessThanOrEqual(TOLERANCE);
  });
});

test("what did not fit the 60 s gate does not fit it here", () => {
  const unfit = observations.filter(({ fits }) => !fits);
  expect(unfit).toHaveLength(4);
  for (const seen of unfit) expect(predict(seen).ttftMs).toBeGreaterThan(60_000);
});

test("a 7B loads in about a minute, a 14B in two, a 32B in five from a cold disk", () => {
  const roomy = { ...loadProfile("m5-air-32"), ram_gb: 64 };
  const seconds = ["7B", "14B", "32B"].map(
    (size) => performanceModel.loadOf(roomy, modelSize(`Qwen2.5-${size}-4bit`)).ms / 1000,
  );
  expect(seconds.map(Math.round)).toEqual([63, 120, 265]);
});

test("a model that cannot fit ends its load early", () => {
  const profile = loadProfile("m4-16");
  const size = modelSize("Qwen2.5-32B-Instruct-4bit");
  expect(performanceModel.fitsMemory(profile, performanceModel.footprintGb(size, NO_KNOBS, 0))).toBe(false);
  expect(performanceModel.loadOf(profile, size).share).toBeCloseTo((16 * 0.2) / 18.45, 3);
});

test("two streams write 1.6 to 1.8 times as much as one", () => {
  const profile = loadProfile("m4-16");
  const size = modelSize("Llama-3.1-8B-4bit");
  const step = (streams: number) =>
    performanceModel.decodeStepMs(profile, size, NO_KNOBS, { streams, contextTokens: 2000, footprint: 7 });
  const gain = (2 / step(2)) * step(1);
  expect(gain).toBeCloseTo(2 / 1.18, 6);
});

test("a quantised cache needs less memory, and does nothing together with a context cap", () => {
  const size = modelSize("Llama-3.1-8B-4bit");
  const gb = (knobs: Partial<performanceModel.ServerKnobs>) =>
    performanceModel.footprintGb(size, { ...NO_KNOBS, ...knobs }, 10_000) - size.weightsGb - 2;
  expect(gb({})).toBeCloseTo(1.31072, 6);
  expect(gb({ kvBits: 8 })).toBeCloseTo((1.31072 * 8.5) / 16, 6);
  expect(gb({ kvBits: 4 })).toBeCloseTo((1.31072 * 4.5) / 16, 6);
  expect(gb({ kvBits: 4, maxContext: 10_000 })).toBeCloseTo(1.31072, 6);
});

test("above RAM - 4 GB decoding slows down, up to ten times", () => {
  const profile = loadProfile("m4-16");
  const size = modelSize("Llama-3.1-8B-4bit");
  const step = (footprint: number) =>
    performanceModel.decodeStepMs(profile, size, NO_KNOBS, { streams: 1, contextTokens: 0, footprint });
  expect(step(12) / step(5)).toBe(1);
  expect(step(14) / step(5)).toBeCloseTo(Math.exp(1.2), 6);
  expect(step(16) / step(5)).toBe(10);
  expect(performanceModel.noiseCv(profile, 5)).toBe(0.025);
  expect(performanceModel.noiseCv(profile, 14)).toBe(0.15);
});

test("a fanless machine loses a quarter of its speed within minutes", () => {
  const profile = loadProfile("m5-air-32");
  expect(performanceModel.heatSpeed(profile, 0)).toBe(1);
  expect(performanceModel.heatSpeed(profile, 120)).toBeCloseTo(1 - 0.25 * (1 - Math.exp(-1)), 9);
  expect(performanceModel.heatSpeed(profile, 3600)).toBeCloseTo(0.75, 3);
});
