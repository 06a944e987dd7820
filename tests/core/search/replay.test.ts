// Contract §15, resume: a search goes on from stored visits exactly where it was, and no visit counts that it did not ask for.
import { describe, expect, test } from "@jest/globals";
import { replay, visitResult, type FinishedVisit } from "../../../worker/core/search/replay.ts";
import type { Cell, SearchMethod, SearchSettings } from "../../../worker/core/search/search.ts";
import { fixed } from "../../../worker/core/search/search-fixed.ts";
import { race } from "../../../worker/core/search/search-race.ts";
import { storedVisit } from "../../../worker/core/runs/stored-visit.ts";
import { replicateRowSchema, visitRowSchema } from "../../../worker/core/runs/read-model.ts";
import { okReplicate, visit } from "../../support/store/store-fixtures.ts";

const CELLS: Cell[] = ([null, 4, 8] as const).map((kv_bits, index) => ({
  index,
  knobs: { kv_bits, max_concurrency_override: 1, max_context_override: null },
  incumbent: false,
}));
const ENDED = { elapsedSeconds: 1, wallMs: 1000, start: null };
const SETTINGS: SearchSettings = { cells: CELLS, replicates: 2, tieEpsilon: 0.1, startSeconds: 1, requestSeconds: 1 };

/** All that a method does by itself on cells of these speeds, ± 2 % within each visit. */
function wholeSearch<S>(method: SearchMethod<S>, speeds: number[]): { finished: FinishedVisit[]; states: S[] } {
  const finished: FinishedVisit[] = [];
  const states = [method.start(SETTINGS)];
  for (;;) {
    const state = states.at(-1) as S;
    const step = method.next(state);
    if (step.kind === "done") return { finished, states };
    const tps = Array.from(
      { length: step.replicates },
      (_, i) => (speeds[step.cellIndex] ?? 0) * (i % 2 ? 1.02 : 0.98),
    );
    const made = visit(tps.map((one) => okReplicate(one)));
    const result = visitResult(step.cellIndex, made, { ...ENDED, elapsedSeconds: finished.length + 1 }, 100);
    finished.push({ knobs: CELLS[step.cellIndex]!.knobs, nonceSet: step.nonceSet, result });
    states.push(method.accept(state, result));
  }
}

describe.each([
  { name: "fixed", method: fixed },
  { name: "race", method: race },
])("$name", ({ method }) => {
  const { finished, states } = wholeSearch(method, [40, 60, 61]);

  test("whatever the number of finished visits, the state is the one that it had then", () => {
    expect(finished.length).toBeGreaterThanOrEqual(3);
    for (let n = 0; n <= finished.length; n += 1)
      expect(replay(method, SETTINGS, finished.slice(0, n))).toEqual({
        state: states[n],
        accepted: n,
        stoppedAt: null,
      });
  });

  test("a visit of another cell, other prompts or too few replicates ends it, and what comes after does not count", () => {
    const change = (place: number, part: Partial<FinishedVisit>) =>
      replay(
        method,
        SETTINGS,
        finished.map((one, i) => (i === place ? { ...one, ...part } : one)),
      );
    const [first, second] = finished;
    const cases = [
      change(1, first!),
      change(1, { knobs: { ...second!.knobs, max_concurrency_override: 2 } }),
      change(1, { nonceSet: 9 }),
      change(1, { result: { ...second!.result, tps: second!.result.tps.slice(1) } }),
    ];
    for (const found of cases) expect([found.accepted, found.state]).toEqual([1, states[1]]);
    expect(cases.map((found) => found.stoppedAt)).toEqual([
      "it visited kv unset · batch 1, the search asks for kv 4 · batch 1",
      "it visited kv 4 · batch 2, the search asks for kv 4 · batch 1",
      expect.stringMatching(/^it was asked with prompts 9, not \d$/),
      "it has 1 of 2 replicates",
    ]);
  });

  test("a misfit is complete with whatever replicates it has", () => {
    const misfit = { class: "died" as const, reason: "exit 1" };
    const [first] = finished;
    const found = replay(method, SETTINGS, [{ ...first!, result: { ...first!.result, tps: [], ttftMs: [], misfit } }]);
    expect([found.accepted, found.stoppedAt]).toEqual([1, null]);
  });

  test("more visits than the search wants are left alone", () => {
    const found = replay(method, SETTINGS, [...finished, finished[0]!]);
    expect([found.accepted, found.stoppedAt]).toEqual([finished.length, "the search is over before it"]);
  });
});

test("a share above the whole limit counts as all of it", () => {
  expect(visitResult(0, visit([]), { ...ENDED, elapsedSeconds: 14 }, 10).elapsedShare).toBe(1);
});

/** Rows as the views give them, every column that is not named NULL. */
const rowOf = <T>(schema: { shape: object; parse(value: unknown): T }, values: object): T =>
  schema.parse({ ...Object.fromEntries(Object.keys(schema.shape).map((key) => [key, null])), ...values });

describe("a visit from its rows", () => {
  const row = {
    ...{ id: 3, trial_id: 1, run_id: "r", ended_at_utc: "2025-03-01T10:00:00Z", load_ms: 1500, prompt_tokens: 2003 },
    ...{ elapsed_s: 12.5, wall_ms: 4000, nonce_set: 1, notes_json: "[]" },
    prompt_scale_json: '{"overheadTokens":12,"tokensPerWord":1.3}',
  };
  const made = okReplicate(40);
  const ok = {
    ...{ id: 1, visit_id: 3, trial_id: 1, run_id: "r", ordinal: 0, state: "ok", started_at_ms: 1234.5 },
    ...{ tps: 40, ttft_ms: 400, decode_tps: 42.5, requests_json: JSON.stringify(made.requests) },
    chunk_times_json: "[[400,425.125,450.5]]",
  };
  const read = (visitPart: object, replicates: object[]) =>
    storedVisit(
      rowOf(visitRowSchema, { ...row, ...visitPart }),
      replicates.map((one) => rowOf(replicateRowSchema, { ...ok, ...one })),
      CELLS[0]!.knobs,
    );

  test("is the visit that was stored", () => {
    const invalid = { state: "invalid", tps: null, ttft_ms: null, reason: "usage is missing", requests_json: "[]" };
    expect(read({}, [invalid, {}])).toEqual({
      ...{ id: 3, elapsedSeconds: 12.5, wallMs: 4000, start: null, nonceSet: 1 },
      promptScale: { overheadTokens: 12, tokensPerWord: 1.3 },
      visit: visit([{ state: "invalid", startedAtMs: 1234.5, reason: "usage is missing", requests: [] }, made], {
        knobs: CELLS[0]!.knobs,
      }),
    });
    const misfit = { misfit_class: "ttft_gate", reason: "> 60000 ms" };
    expect(read(misfit, [])?.visit.misfit).toEqual({ class: "ttft_gate", reason: "> 60000 ms" });
  });

  test.each([
    ["an older program's", { elapsed_s: null }, []],
    ["an unknown class of failure", { misfit_class: "gremlins" }, []],
    ["a replicate without its figure", {}, [{ tps: null }]],
    ["a replicate without its requests", {}, [{ requests_json: "{" }]],
    ["a misfit without a class", {}, [{ state: "misfit" }]],
  ])("%s is none", (_, visitPart, replicates) => {
    expect(read(visitPart, replicates)).toBeNull();
  });
});
