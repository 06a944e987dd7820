import { expect, test } from "@jest/globals";
import { controlDrift, gridOf, judgeCell, sweepEta, type SweepRequest } from "../../../worker/core/measure/sweep.ts";
import { readBaseUrl, readSweepFlags } from "../../../worker/core/settings/sweep-options.ts";
import type { FailureClass } from "../../../worker/core/measure/measurement.ts";

const CELL = { context: 1000, concurrency: 2, rounds: 2 };

/** 100 tokens within `totalMs`, the first after `ttftMs`. */
function ok(ttftMs: number, totalMs = 1000, startedAtMs = 0): SweepRequest {
  const tokens = { promptTokens: 998, completionTokens: 100, cachedTokens: 0 };
  const rates = { decodeTps: 110, prefillTps: 5000 };
  return {
    state: "ok",
    startedAtMs,
    chunkTimesMs: [ttftMs, totalMs],
    sample: { ttftMs, totalMs, ...tokens, ...rates },
  };
}

const misfit = (kind: FailureClass, reason: string, status: number | null = 200): SweepRequest => ({
  state: "misfit",
  misfit: { class: kind, reason },
  status,
});

test("the grid goes context by context, and small cells get more rounds", () => {
  expect(gridOf({ contexts: [1000, 2000], concurrency: [1, 2, 8] })).toEqual([
    { context: 1000, concurrency: 1, rounds: 3 },
    { context: 1000, concurrency: 2, rounds: 2 },
    { context: 1000, concurrency: 8, rounds: 1 },
    { context: 2000, concurrency: 1, rounds: 3 },
    { context: 2000, concurrency: 2, rounds: 2 },
    { context: 2000, concurrency: 8, rounds: 1 },
  ]);
});

test("a cell's throughput is its rounds' median, of all streams together", () => {
  // 200 tokens in 1 s, then 200 in 2 s: 200 and 100 tok/s.
  const cell = judgeCell(
    CELL,
    [
      [ok(100), ok(200)],
      [ok(300), ok(400, 2000)],
    ],
    500,
    3,
  );
  expect(cell).toMatchObject({ state: "feasible", feasible: true, tps: 150, decode_tps: 110, requests: 4, errors: 0 });
  expect([cell.ttft_p50_ms, cell.ttft_p95_ms]).toEqual([250, 400]);
});

test("a p95 above the gate is slow, with both numbers", () => {
  const cell = judgeCell(CELL, [[ok(100), ok(501)]], 500, 1);
  expect([cell.state, cell.reason]).toEqual(["slow", "p95 TTFT 501 ms, gate 500 ms"]);
});

test("a request cut off at the gate counts as beyond it, and one of twenty does not spoil the p95", () => {
  const late = misfit("ttft_gate", "TTFT > 500 ms");
  expect(judgeCell(CELL, [[ok(100), late]], 500, 1)).toMatchObject({ state: "slow", ttft_p95_ms: null, errors: 0 });
  const many = [...Array.from({ length: 19 }, () => ok(100)), late];
  expect(judgeCell({ ...CELL, concurrency: 20 }, [many], 500, 1)).toMatchObject({
    state: "feasible",
    ttft_p95_ms: 100,
    reason: "1 of 20 requests passed the gate",
  });
});

test("three distinct failures are kept, each with its status", () => {
  const failures = [503, 503, 500, 429, 400].map((status) =>
    misfit("request_failed", `HTTP ${status}: no ${status}`, status),
  );
  const cell = judgeCell({ ...CELL, concurrency: 6 }, [[ok(100), ...failures]], 500, 1);
  expect(cell).toMatchObject({ state: "failed", feasible: false, errors: 5, requests: 6 });
  expect(cell.failures).toEqual([
    { status: 503, message: "no 503" },
    { status: 500, message: "no 500" },
    { status: 429, message: "no 429" },
  ]);
});

test("a leaked stop token is infeasible, and no request error", () => {
  const cell = judgeCell(CELL, [[ok(100), misfit("stop_token", "stop token </s> leaked into the text")]], 500, 1);
  expect([cell.state, cell.errors, cell.reason]).toEqual(["stop_token", 0, "stop token </s> leaked into the text"]);
});

test("the ETA grows with context and concurrency of what is left", () => {
  const done = [judgeCell({ context: 1000, concurrency: 1, rounds: 3 }, [[ok(100)]], 500, 3)];
  expect(sweepEta([], [CELL], 100)).toBeNull();
  // Work 3 · (1000 + 100 · 30) = 12000 took 3 s; left 2 · (2 · 1000 + 3000) = 10000 takes 2.5 s.
  expect(sweepEta(done, [CELL], 100)).toBeCloseTo(2.5);
});

test("control drift compares the last with the first", () => {
  expect(controlDrift([])).toBeNull();
  expect(controlDrift([50])).toBeNull();
  expect(controlDrift([50, 60, 44])).toBeCloseTo(-0.12);
});

test.each([
  ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
  ["https://Gateway.example/", "https://gateway.example"],
  ["http://h:1/some/path/", "http://h:1/some/path"],
  ["http://h:1/some/v1/", "http://h:1/some"],
  ["http://h:1/v1", "http://h:1"],
])("base URL %s is read as %s", (text, value) => {
  expect(readBaseUrl(text)).toEqual({ ok: true, value });
});

test.each(["", "h:80", "ftp://h", "http://", "http:h", "file:///etc", "http://h:99999", "http://h\nx", "javascript:1"])(
  "base URL %j is refused",
  (text) => expect(readBaseUrl(text)).toMatchObject({ ok: false }),
);

test.each(["http://user:hunter2@h", "http://h?key=hunter2", "http://h#hunter2"])(
  "what may hold a secret is refused without repeating it: %s",
  (text) => {
    const refused = readBaseUrl(text);
    expect(refused.ok).toBe(false);
    expect(JSON.stringify(refused)).not.toContain("hunter2");
  },
);

test("every problem is named at once, with its limits", () => {
  const read = readSweepFlags({ contexts: "10", concurrency: "1,1", model: " ", apiKeyFile: "" });
  expect(read).toEqual({
    problems: [
      expect.stringMatching(/^--base-url: it is required/),
      expect.stringMatching(/^--contexts: value 1, "10", is not legal .*64 to 1048576/),
      expect.stringMatching(/^--concurrency: value 2, "1", is there twice; give .*1 to 256/),
      "--model: the model is empty",
      "--api-key-file: the path is empty",
    ],
  });
});
