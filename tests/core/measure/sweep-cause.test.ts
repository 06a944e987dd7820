import { expect, test } from "@jest/globals";
import { judgeCell, type SweepCell } from "../../../worker/core/measure/sweep.ts";
import { stopText } from "../../../worker/core/measure/sweep-cause.ts";
import { isCut, withLength } from "../../../worker/core/measure/sweep-length.ts";

const empty = judgeCell({ context: 800, concurrency: 2, rounds: 1 }, [[]], 500, 1);
const failed = (status: number | null, message: string): SweepCell => ({
  ...empty,
  state: "failed",
  failures: [{ status, message }],
});
const passed = (context: number, concurrency: number): SweepCell => ({
  ...empty,
  ...{ context, concurrency, state: "feasible", feasible: true, reason: null },
  ...{ tps: 10, ttft_p95_ms: 5, prompt_tokens: context },
});
const why = (cell: SweepCell, before: SweepCell[] = [], gone = false) => stopText(cell, before, 3, "2.0 s", gone);

test.each([
  ["[metal::malloc] Attempting to allocate 9 bytes", true],
  ["Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)", true],
  ["kv cache is full", true],
  ["Resource limit (499000) exceeded", true],
  ["the kernel is not there", false],
  ["insufficient permissions", false],
])("after a smaller cell %s means memory: %s", (message, memory) => {
  expect(why(failed(500, message), [passed(400, 2)]).includes("likely out of memory")).toBe(memory);
  expect(why(failed(500, message))).not.toContain("likely out of memory");
  expect(why(failed(500, message), [passed(400, 4)])).not.toContain("likely out of memory");
});

test("the words and the place stand in every sentence", () => {
  expect(why(failed(503, "busy"), [passed(400, 1)])).toBe(
    "requests failed at 800 tokens × 2 after 2.0 s: HTTP 503: busy; 3 cells were not measured",
  );
  expect(why(failed(401, "no key"))).toContain("(the endpoint refuses the key, or wants one)");
  expect(why(failed(400, "too long"), [passed(400, 1)])).toContain("(the endpoint refuses such requests)");
  expect(why(failed(null, "ECONNREFUSED"))).toContain(
    "no answer: ECONNREFUSED (nothing that can be used answers there)",
  );
  expect(why(failed(null, "closed"), [passed(400, 1)], true)).toContain(
    "(the endpoint has ended; likely out of memory",
  );
});

test("a cut prompt is told from a scale that is a little off", () => {
  const scale = { tokensPerWord: 1, overheadTokens: 30, templateTokens: 30 };
  expect(isCut(300, 800, scale)).toBe(true);
  expect(isCut(730, 800, scale)).toBe(false);
  expect(isCut(300, 800, { tokensPerWord: 1, overheadTokens: 30 })).toBe(false);
});

test("a cell of cut prompts keeps its count and no figure", () => {
  const cell = withLength({ ...passed(800, 1), prompt_tokens: 300 });
  expect(cell).toMatchObject({ state: "invalid", feasible: false, tps: null, ttft_p95_ms: null, prompt_tokens: 300 });
  expect(withLength(passed(800, 1))).toEqual(passed(800, 1));
  expect(withLength({ ...passed(800, 1), prompt_tokens: 900 })).toMatchObject({
    feasible: true,
    reason: "the prompt had 900 tokens",
  });
});
