// When a visit measured and what it cost, by hand-computed numbers.
import { expect, test } from "@jest/globals";
import type { Replicate } from "../../../worker/core/measure/measurement.ts";
import { visitTimes } from "../../../worker/core/measure/visit-times.ts";
import { okReplicate, visit } from "../../support/store/store-fixtures.ts";

/** Its slowest request took so many seconds. */
function replicate(state: "ok" | "invalid", ...seconds: number[]): Replicate {
  const sample = okReplicate(40).requests[0]!;
  const requests = seconds.map((one) => ({ ...sample, totalMs: 1000 * one }));
  return state === "ok" ? { ...okReplicate(40), requests } : { state, startedAtMs: 0, reason: "no usage", requests };
}

// 100 s into the run, after 60 s: 10 s for two streams, 4 s that do not count, 6 s; 40 s are left for the start.
const ENDED = { elapsedSeconds: 100, wallMs: 60_000 };
const made = visit([replicate("ok", 8, 10), replicate("invalid", 4), replicate("ok", 6)]);

test("requests lie back to back before the visit's end, and only the ok ones are told", () => {
  expect(visitTimes(made, { ...ENDED, start: { number: 3, kept: false } })).toEqual({
    start: 3,
    atSeconds: [85, 97],
    startSeconds: 40,
    requestSeconds: 8,
  });
});

test("a server that was running cost no start", () => {
  expect(visitTimes(made, { ...ENDED, start: { number: 0, kept: true } })?.startSeconds).toBeNull();
});

test("a visit that measured nothing cost its start", () => {
  const none = visit([], { misfit: { class: "died", reason: "the process ended" } });
  const times = { start: 1, atSeconds: [], startSeconds: 60, requestSeconds: null };
  expect(visitTimes(none, { ...ENDED, start: { number: 1, kept: false } })).toEqual(times);
});

test("nothing is told where the start is not known", () => {
  expect(visitTimes(made, { ...ENDED, start: null })).toBeNull();
});
