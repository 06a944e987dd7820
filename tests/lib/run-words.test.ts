// What is said of runs in the extension: progress, alarms, states, pages. Pure parts, figures by hand. Contract §5, §14.
import { expect, test } from "@jest/globals";
import type { ActiveRow, DrainRow, NoteRow, RunRow, TrialRow } from "../../worker/core/runs/read-model.ts";
import { EXIT_REASONS } from "../../worker/core/errors.ts";
import { alarmsOf, isMendedUnasked } from "../../src/lib/runs/run-alarms.ts";
import { runFacts } from "../../src/lib/runs/run-facts.ts";
import { runMarkdown } from "../../src/lib/runs/run-markdown.ts";
import { endTag } from "../../src/lib/runs/run-meaning.ts";
import { candidateText, liveText, shortProgress, silenceText } from "../../src/lib/runs/run-progress.ts";
import { isResumable, resumeFlags } from "../../src/lib/runs/run-resume-flags.ts";
import { datedSubtitle } from "../../src/lib/runs/run-subtitle.ts";
import { sectionOf, tagsOf, titleOf, type RunSummary } from "../../src/lib/runs/run-summary.ts";
import { dateText } from "../../src/lib/ui/date-text.ts";

const RUN = "11111111-1111-4111-8111-111111111111";
const NOW = Date.parse("2026-03-12T10:00:00Z");

const active = (part: Partial<ActiveRow> = {}): ActiveRow => ({
  ...{ run_id: RUN, pid: 10, pid_started_at: "x", since_utc: "2026-03-12T09:57:00Z" },
  ...{ heartbeat_utc: "2026-03-12T09:59:59Z", phase: "decoding", stage: 2, candidate: "org/B-7B", cell: "kv 8" },
  ...{ detail: null, share: 0.42, eta_seconds: 700, live_tps: 41.83, started_at_utc: null, target_context: 2000 },
  ...{ provider: "mlx-lm", method: "race", simulated: false, planned_cells: 6 },
  candidate_models_json: ["org/A-32B", "org/B-7B", "org/C-1B"],
  ...part,
});

const drain = (part: Partial<DrainRow> = {}): DrainRow => ({
  ...{ id: 3, run_id: RUN, kind: "launchd", name: "launchd-managed live.x", state: "out", owner_pid: 10 },
  ...{ owner_started_at: "x", restorer_pid: null, restorer_started_at: null, attempts: 0, last_error: null },
  ...{ created_utc: "2026-03-12T09:57:00Z", updated_utc: "2026-03-12T09:57:00Z" },
  service_json: {
    ...{ kind: "launchd", domain: "gui/501", label: "live.x", plistPath: "/p.plist", role: "provider" },
    ...{ processes: [], ports: [8080] },
  },
  ...part,
});

const run = (part: Partial<RunRow> = {}) =>
  ({
    ...{ seq: 1, run_id: RUN, state: "ended", exit_reason: "ok", exit_detail: null, simulated: false, applied: false },
    ...{ started_at_utc: "2026-03-12T09:00:00Z", ended_at_utc: "2026-03-12T09:10:00Z", gate_ttft_ms: 60_000 },
    ...{ candidate_models_json: ["org/A-32B", "org/B-7B"], inputs_json: {}, kept_trial_id: null, trials_n: 2 },
    ...{ target_context: 2000, machine_ram_gb: 16, thermal_drift: null, recipe_hash: null, resumed_from: null },
    ...part,
  }) as RunRow;

const summary = (part: Partial<RunSummary> = {}): RunSummary => ({
  ...{ run: run(), result: null, recipe: null, application: null, config: null, active: null },
  ...part,
});

const recipe: NonNullable<RunSummary["recipe"]> = {
  ...{ model: "org/B-7B", target_context: 2000, tps_median: 41.83, decode_tps_median: null, ttft_p95_ms: 920 },
  ...{ knobs: { kv_bits: null, max_concurrency_override: 1, max_context_override: null } },
  ...{ replicates: 12, uplift: null, partial: false, serve_command: "serve `it`", reason: "fastest" },
  ...{ findings: ["kv_bits: no measurable difference"], thermally_unstable: false, drift: null },
};

const NOBODY = () => true;
const EVERYBODY = () => false;

test("progress is said as coarsely as it is known", () => {
  expect(shortProgress(active())).toBe("42 % · ETA 12 min");
  expect(shortProgress(active({ share: null, eta_seconds: null, stage: 1 }))).toBe("Stage 1 · 2 of 3");
  expect(shortProgress(active({ share: null, eta_seconds: null, stage: 0 }))).toBe("Decoding");
  expect([null, 0, NaN, 41.83].map((live_tps) => liveText({ live_tps }))).toEqual([null, null, null, "41.8 tok/s"]);
  expect(candidateText(active())).toBe("2 of 3: B-7B");
  expect(candidateText(active({ candidate: "/models/own/" }))).toBe("own");
  expect(datedSubtitle(active(), NOW)).toMatch(/^42 % at \d\d:00 · ETA 12 min$/);
});

test("a worker that has not beaten for 30 s is called silent", () => {
  expect(silenceText(active({ heartbeat_utc: "2026-03-12T09:59:31Z" }), NOW)).toBeNull();
  expect(silenceText(active({ heartbeat_utc: "2026-03-12T09:58:00Z" }), NOW)).toMatch(/^Not heard of for 2 min 00 s/);
});

test("what a living run has drained is no alarm; what nobody brings back is one, with the commands to type", () => {
  expect(alarmsOf([drain()], [], active(), EVERYBODY)).toEqual([]);
  expect(alarmsOf([drain({ state: "restored" }), drain({ state: "left_out" })], [], null, NOBODY)).toEqual([]);
  // Its run is over: whoever has that pid now is somebody else.
  expect(alarmsOf([drain()], [], null, EVERYBODY).map(({ kind }) => kind)).toEqual(["abandoned"]);
  // Somebody is at it.
  expect(alarmsOf([drain({ restorer_pid: 77 })], [], null, (pid) => pid !== 77)).toEqual([]);
  const [dead, run] = alarmsOf([drain()], [], active(), NOBODY);
  expect([dead?.kind, run?.kind]).toEqual(["abandoned", "dead"]);
  expect(dead?.commands).toEqual([
    "mlx-autotune restore",
    "launchctl enable gui/501/live.x",
    expect.stringMatching(/bootstrap gui\/501 \/p.plist$/),
  ]);
  const [failed] = alarmsOf([drain({ state: "failed", last_error: "code 5" })], [], active(), EVERYBODY);
  expect(failed).toMatchObject({ kind: "failed", why: "It could not be brought back: code 5.", hints: [] });
  const lastError = "launchctl bootstrap answered 161";
  const [refused] = alarmsOf([drain({ state: "failed", last_error: lastError })], [], active(), EVERYBODY);
  expect(refused?.hints).toEqual(["Switch it on in System Settings, General, Login Items & Extensions."]);
  // The view leaves a foreground provider's environment out.
  const service_json = {
    kind: "foreground",
    processes: [{ pid: 1, startedAt: "x" }],
    argv: ["serve", "a b"],
    cwd: "/w",
    restart: true,
    ports: [],
  };
  const [foreground] = alarmsOf([drain({ kind: "foreground", state: "failed", service_json })], [], null, NOBODY);
  expect(foreground?.commands).toEqual(["mlx-autotune restore", "cd /w && serve 'a b' &"]);
});

test("every exit reason has a word of its own; words of other programs are kept", () => {
  const words = EXIT_REASONS.map((exit_reason) => endTag({ state: "ended", exit_reason }).text);
  expect(new Set(words).size).toBe(EXIT_REASONS.length);
  expect(endTag({ state: "active", exit_reason: null })).toEqual({ text: "Active", meaning: "active" });
  expect(endTag({ state: "ended", exit_reason: "toString" })).toEqual({ text: "toString", meaning: "neutral" });
  expect(endTag({ state: "lost", exit_reason: null }).text).toBe("No End");
});

test("a run is called by what it found, tries or was about", () => {
  expect(titleOf(summary({ recipe }))).toBe("B-7B");
  expect(titleOf(summary({ active: active({ candidate: null }) }))).toBe("Starting");
  expect(titleOf(summary())).toBe("A-32B and 1 more");
  expect(titleOf(summary({ run: run({ candidate_models_json: null }) }))).toBe("Run 11111111");
  expect(sectionOf(summary({ run: run({ kept_trial_id: 4 }) }))).toBe("recipes");
  expect(sectionOf(summary({ run: run({ state: "lost", exit_reason: null }) }))).toBe("without");
  const tags = tagsOf(summary({ recipe, run: run({ simulated: true, applied: true }) })).map(({ text }) => text);
  expect(tags).toEqual(["41.8 tok/s", "Simulated", "Marked Applied"]);
  expect(tagsOf(summary({ run: run({ exit_reason: "no_feasible" }) }))).toEqual([
    { text: "Nothing Fits", meaning: "bad" },
  ]);
});

test("facts leave out what is not known", () => {
  const titles = runFacts(summary(), null, null).flatMap((fact) => (fact.kind === "line" ? [] : [fact.title]));
  expect(titles).toEqual(["State", "Target Context", "Memory", "Started", "Took", "Run"]);
  const kept = { interval_low: 40.9, interval_high: 42.7 } as TrialRow;
  const text = JSON.stringify(runFacts(summary({ recipe }), kept, null));
  expect(text).toContain("41.8 tok/s (40.9 to 42.7)");
  expect(text).toContain("920 ms of 60.00 s allowed");
  expect([dateText(null), dateText("yesterday")]).toEqual([null, null]);
});

test("what no cell of a run has set is not called unset", () => {
  const cell = (kv_bits: 4 | null) => ({ knobs: { ...recipe.knobs, kv_bits }, incumbent: false });
  const kvOf = (cells_json: RunRow["cells_json"]) =>
    runFacts(summary({ recipe, run: run({ cells_json }) }), null, null).find(
      (fact) => fact.kind === "text" && fact.title === "KV Cache Bits",
    );
  expect(kvOf([cell(null)])).toBeUndefined();
  expect(kvOf([cell(null), cell(4)])).toMatchObject({ text: "unset" });
  // Another program's row does not say what was compared.
  expect(kvOf(null)).toMatchObject({ text: "unset" });
});

test("a page says what was rejected with its reason, and that a simulated run measured nothing here", () => {
  const ink = { good: "", bad: "", active: "", simulated: "", text: "", faint: "", grid: "" };
  const look = { width: 400, ink, simulated: true };
  const trials = [
    { ...trial(1, "org/A-32B"), misfit_class: "ttft_gate", reason: "TTFT > 60000 ms, the gate is 60000 ms" },
    { ...trial(2, "org/B-7B"), fits: true, kept: true, agg_throughput_tps: 40, ttft_p95_ms: 900 },
  ];
  const notes: NoteRow[] = Array.from({ length: 25 }, (_, id) => ({
    ...{ id, run_id: RUN, at_utc: "", text: `note ${id}` },
    kind: id === 24 ? "warning" : "machine",
  }));
  const one = summary({ recipe, run: run({ simulated: true }) });
  const page = runMarkdown(one, { summary: one, trials, notes, drift: [], visits: 2, nowMs: NOW }, look).text;
  expect(page).toMatch(/^## B-7B\n\n\*\*SIMULATED: /);
  expect(page).toContain("- ✗ 1. **A-32B**: TTFT \\> 60000 ms, the gate is 60000 ms");
  expect(page).toContain("- ★ 2. **B-7B**: 40.0 tok/s, TTFT p95 900 ms");
  expect(page).toMatch(/- \*\*warning\*\*: note 24\n- \*\*machine\*\*: note 0\n/);
  expect(page).toContain("and 5 more in the report");
  const failed = summary({ run: run({ exit_reason: "no_feasible", exit_detail: "Nothing fits.\nWays out: x" }) });
  expect(runMarkdown(failed, null, look).text).toContain("Nothing fits.  \nWays out: x");
});

test("commands in the reason of a refused run and in its notes stay code", () => {
  const ink = { good: "", bad: "", active: "", simulated: "", text: "", faint: "", grid: "" };
  const look = { width: 400, ink, simulated: false };
  const text = "In the way: live.x. Add --drain, or stop it: `launchctl bootout gui/501/live.x`.";
  const one = summary({ run: run({ exit_reason: "provider_conflict", exit_detail: text }) });
  const notes: NoteRow[] = [{ id: 1, run_id: RUN, at_utc: "", kind: "conflict", text }];
  const page = runMarkdown(one, { summary: one, trials: [], notes, drift: [], visits: 0, nowMs: NOW }, look).text;
  const here = text.replace("Add --drain", "Turn on Drain");
  expect(page).toContain(`\n${here}\n`);
  expect(page).toContain(`- **conflict**: ${here}`);
});

const trial = (id: number, model: string) =>
  ({
    ...{
      id,
      run_id: RUN,
      ts_utc: null,
      stage: 1,
      state: "done",
      model,
      fits: false,
      kept: false,
      n_err: 0,
      visits_n: 1,
    },
    ...{ agg_throughput_tps: null, interval_low: null, interval_high: null, ttft_p95_ms: null, taken_over_from: null },
    ...{ knobs_json: null, kv_bits: null, max_batch: null, max_context_cap: null, notes: null, reason: null },
    ...{ replicates_n: 1, misfit_class: null, visits_taken_over_n: 0, decode_tps: null },
  }) as unknown as TrialRow;

test("what was cut short can be resumed; out of time it gets twice as much, and drains only as it did", () => {
  expect([
    isResumable(run({ exit_reason: "interrupted" }), 2),
    isResumable(run({ exit_reason: "interrupted" }), 0),
  ]).toEqual([true, false]);
  expect([isResumable(run(), 2), isResumable(run({ state: "active", exit_reason: null }), 2)]).toEqual([false, false]);
  const timed = { exit_reason: "budget_exhausted_no_model_selected" };
  expect(resumeFlags(run({ ...timed, inputs_json: { maxDurationS: 600, drain: true } }))).toEqual([
    "--resume",
    RUN,
    "--drain",
    "--max-duration",
    "1200",
  ]);
  expect(resumeFlags(run({ ...timed, inputs_json: { maxDurationS: 500_000 } })).at(-1)).toBe("604800");
  expect(resumeFlags(run({ exit_reason: "interrupted", inputs_json: { maxDurationS: 600 } }))).toEqual([
    "--resume",
    RUN,
  ]);
});

test("a provider that an apply left down is a red state that waits for the user", () => {
  const down = {
    ...{ application: 3, run_id: "4f1c", config_path: "/c.yaml", kind: "stuck" as const, since_utc: "1" },
    ...{
      name: "live.x",
      title: "Not serving: live.x",
      why: "The recipe is still there.",
      commands: ["mlx-autotune restore"],
    },
  };
  const [alarm] = alarmsOf([], [down], null, NOBODY);
  expect(alarm).toMatchObject({ id: "application-3", kind: "down", title: "Not serving: live.x" });
  expect(alarm && isMendedUnasked(alarm)).toBe(false);
});
