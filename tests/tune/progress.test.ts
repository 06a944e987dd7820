// What is told of a run's progress, second by second, over whole runs of many shapes under a virtual clock: never almost done before it
// is, never without an ETA, never at a standstill, and by the same words for everyone. Contract §3 (status: ETA), §14 (live progress).
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { progressText } from "../../worker/core/result/progress.ts";
import { activeProgress } from "../../worker/core/runs/active-progress.ts";
import { normal, seeded } from "../support/search-simulation.ts";
import { play, useBeat } from "../support/virtual/run.ts";
import type { Played, Second, Shape } from "../support/virtual/shape.ts";

beforeAll(() => void useBeat());
afterAll(() => void jest.useRealTimers());

/** Speeds of a real machine: cells differ, requests and loads vary by 5 %. */
function shape(part: Partial<Shape> = {}): Shape {
  const noise = normal(seeded(3));
  const about = (seconds: number) => seconds * Math.exp(0.05 * noise());
  const speeds = [1, 1.1, 0.95, 0.7, 1.2, 0.9];
  return {
    ...{ candidates: [{}, {}, {}, {}, {}], cells: 6, method: "race", limitSeconds: 36_000 },
    loadSeconds: () => about(20),
    requestSeconds: (cell) => about(10 * (speeds[(cell ?? 0) % speeds.length] ?? 1)),
    ...part,
  };
}

const GIGABYTES = 20e9;
const evenly = (seconds: number) => Array.from({ length: seconds + 1 }, (_, at) => (GIGABYTES * at) / seconds);
/** Half of it, ten minutes of nothing, the other half. */
const stalled = [
  ...evenly(600).map((bytes) => bytes / 2),
  ...new Array<number>(600).fill(GIGABYTES / 2),
  ...evenly(600).map((bytes) => (GIGABYTES + bytes) / 2),
];
const DIED = { class: "died", reason: "the process ended" } as const;
const MINUTES_19 = { download: evenly(1140) };
const ONE_SLOW = (cell: number | null) => (cell === 11 ? 140 : 8);

/** What comes is like what was: the ETA must be right. */
const FORESEEABLE: [string, () => Shape][] = [
  ["everything fits at once", () => shape()],
  ["a download of 19 minutes", () => shape({ candidates: [MINUTES_19, {}] })],
  ["a download that stalls for ten minutes", () => shape({ candidates: [{ download: stalled }] })],
  ["each load takes five minutes", () => shape({ loadSeconds: () => 300 })],
  ["every cell once", () => shape({ method: "fixed", cells: 12 })],
  ["one cell", () => shape({ cells: 1 })],
  ["a time limit", () => shape({ cells: 12, limitSeconds: 600 })],
  [
    "the third fits",
    () => shape({ candidates: [{ tooBig: true }, { ...MINUTES_19, loadFails: DIED }, { download: evenly(300) }] }),
  ],
];

/** No estimate can know: it must be honest. */
const SUDDEN: [string, () => Shape][] = [
  ["the first load takes 14 minutes, later ones are quick", () => shape({ loadSeconds: (n) => (n === 0 ? 840 : 20) })],
  [
    "the last load takes 13 minutes",
    () => shape({ method: "fixed", cells: 12, loadSeconds: (n) => (n === 12 ? 800 : 20) }),
  ],
  ["the last cell is 17 times slower", () => shape({ method: "fixed", cells: 12, requestSeconds: ONE_SLOW })],
  ["a cell of a race is 17 times slower", () => shape({ cells: 12, requestSeconds: ONE_SLOW })],
  [
    "the time limit ends a slow visit",
    () => shape({ cells: 12, limitSeconds: 900, requestSeconds: (cell) => (cell === 5 ? 400 : 8) }),
  ],
  ["cells that hardly differ go through all passes", () => shape({ cells: 12, requestSeconds: hardlyDiffering() })],
  ["a live provider takes five minutes to come back", () => shape({ drained: { seconds: 8, backSeconds: 300 } })],
  ["a small model", () => shape({ loadSeconds: () => 0.5, requestSeconds: () => 0.3 })],
];

const NOTHING_FITS: [string, () => Shape][] = [
  [
    "nothing fits: too big, a failed download, loads that end",
    () =>
      shape({
        candidates: [
          { tooBig: true },
          { ...MINUTES_19, downloadFails: true },
          { loadFails: DIED },
          { loadFails: DIED },
        ],
        loadSeconds: (start) => (start === 0 ? 200 : 880),
      }),
  ],
  ["nothing fits: all are beyond the gate", () => shape({ requestSeconds: () => 200 })],
];

function hardlyDiffering(): Shape["requestSeconds"] {
  const noise = normal(seeded(5));
  return () => 10 * Math.exp(0.05 * noise());
}

describe.each([...FORESEEABLE, ...SUDDEN, ...NOTHING_FITS])("%s", (_name, of) => {
  test("is never almost done too early, never without an ETA, never at a standstill", async () =>
    expectHonest(await play(of())));
});

test.each(FORESEEABLE)("%s: share and ETA are right within what can be known", async (_name, of) => {
  const { seconds, totalSeconds, end } = await play(of());
  const compared = seconds.filter(({ row, at }) => row.stage === 2 && totalSeconds - at > totalSeconds / 10);
  const ratios = compared.map(({ row, at }) => (row.etaSeconds ?? NaN) / (totalSeconds - at));
  expect(end.recommendation).not.toBeNull();
  expect(Math.min(...ratios)).toBeGreaterThan(1 / 2);
  expect(Math.max(...ratios)).toBeLessThan(2);
  const errors = compared.map(({ row, at }) => Math.abs((row.share ?? NaN) - at / totalSeconds));
  expect(Math.max(...errors)).toBeLessThan(0.2);
});

test("nothing fits: no share is ever told", async () => {
  for (const [, of] of NOTHING_FITS) {
    const { seconds, end } = await play(of());
    expect([end.exitReason, seconds.filter(({ row }) => row.share !== null)]).toEqual(["no_feasible", []]);
  }
});

test("a resumed run goes on from where the first was, with what that had measured", async () => {
  const first = await play(shape({ cells: 12, limitSeconds: 500, loadSeconds: () => 60 }));
  expect(first.end.exitReason).toBe("budget_exhausted_with_partial_recommendation");
  const { taken } = first;
  const spentSeconds = taken.visits.at(-1)?.elapsedSeconds ?? NaN;
  const again = await play(shape({ cells: 12, loadSeconds: () => 60, resumed: { taken, spentSeconds } }));
  expectHonest(again);
  const { row, at } = again.seconds[0] as Second;
  expect(row.stage).toBe(2);
  expect(row.share).toBeGreaterThan(0.2);
  expect((row.etaSeconds ?? NaN) / (again.totalSeconds - at)).toBeGreaterThan(0.5);
});

test("a download tells how long it still takes by its own speed; an overdue load does not count down to nothing", async () => {
  const download = await play(shape({ candidates: [MINUTES_19] }));
  const etas = [60, 600, 1100].map((at) => download.seconds.find((one) => one.at === at)?.row.etaSeconds ?? NaN);
  expect(etas.map((eta, at) => eta - (etas[at + 1] ?? NaN)).slice(0, 2)).toEqual([
    expect.closeTo(540, 0),
    expect.closeTo(500, 0),
  ]);
  const load = await play(shape({ loadSeconds: (start) => (start === 0 ? 840 : 20) }));
  const at = (second: number) => load.seconds.find((one) => one.at === second)?.row.etaSeconds ?? NaN;
  expect(at(800)).toBeGreaterThan(at(400) + 300);
});

/** Share of a run's seconds for which it may stand at the most that is told. */
const STANDSTILL = 0.2;

function expectHonest({ seconds, totalSeconds, firstVisitSeconds }: Played): void {
  const early = seconds.filter(({ at }) => at < 0.9 * totalSeconds);
  expect(early.filter(({ row }) => (row.share ?? 0) >= 0.95)).toEqual([]);
  expect(seconds.filter(({ row }) => (row.share ?? 0) >= 0.93).length).toBeLessThan(STANDSTILL * totalSeconds);
  // A run that is told to stop ends its candidate, and nobody knows how long that takes.
  const told = seconds.filter(({ row }) => row.detail !== "stopping");
  expect(told.filter(({ at, row }) => at > firstVisitSeconds && row.etaSeconds === null)).toEqual([]);
  expect(told.filter(({ row }) => row.stage > 0 && !/ETA \d/.test(progressText(row) ?? ""))).toEqual([]);
  expect(told.length).toBeGreaterThan(0.95 * seconds.length);
  expect(longest(told, ({ row }) => (row.etaSeconds ?? NaN) < 1)).toBeLessThanOrEqual(5);
  for (const { row } of seconds) expectSameWords(row);
  expect(
    seconds.map(({ at }, index) => at - (seconds[0]?.at ?? NaN) - index).filter((gap) => Math.abs(gap) > 1e-6),
  ).toEqual([]);
}

/** The reader of the database says what the terminal says; in Stage 1 that is the candidate's place. */
function expectSameWords(row: Second["row"]): void {
  const { stage, share, etaSeconds, candidate, place } = row;
  const all =
    place && Array.from({ length: place.of }, (_, at) => (at + 1 === place.rank ? (candidate ?? "") : `${at}`));
  const stored = { stage, share, eta_seconds: etaSeconds, candidate, candidate_models_json: all };
  expect(activeProgress(stored)).toBe(progressText(row));
  if (stage !== 1 || place === null || place.of === 1) return;
  expect(progressText(row)).toMatch(new RegExp(`^Stage 1 · ${place.rank} of ${place.of}( · ETA |$)`));
}

function longest(seconds: Second[], holds: (second: Second) => boolean): number {
  let [most, now] = [0, 0];
  for (const second of seconds) most = Math.max(most, (now = holds(second) ? now + 1 : 0));
  return most;
}
