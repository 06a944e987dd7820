// What the tool get-status answers, from the database; what is out of service comes first. Small objects, units in the names.
// Source: contract §3 (status), §5 (nothing stays drained silently), §14.
import { applicationAlarms } from "../../../worker/core/runs/stuck-recipe.ts";
import { activeProgress } from "../../../worker/core/runs/active-progress.ts";
import { elapsedSeconds, silentSeconds } from "../../../worker/core/runs/active-time.ts";
import { spokenValue } from "../../../worker/core/measure/figure.ts";
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import type { ActiveRow, ApplicationRow } from "../../../worker/core/runs/read-model.ts";
import type { Readers } from "../../../worker/core/runs/readers.ts";
import type { Seen } from "../recipe/config-seen.ts";
import { newestRecipe, recipeOf, type KnownRecipe } from "../../../worker/core/runs/newest-recipe.ts";
import { isGone } from "../runs/run-alive.ts";
import { alarmsOf, type RunAlarm } from "../runs/run-alarms.ts";

export interface StatusRead {
  answer: object;
  /** All that needs the user or a `restore`. */
  alarms: RunAlarm[];
  /** What was applied last to each config. */
  applied: ApplicationRow[];
}

/** @param nowMs wall clock, ms since 1970 */
export function readStatus(readers: Readers, nowMs: number): StatusRead {
  const holder = readers.activeRun();
  const alarms = alarmsOf(readers.drains(), applicationAlarms(readers), holder, isGone);
  const active = holder !== null && !isGone(holder.pid) ? holder : null;
  const applied = readers.applications().filter(({ is_current }) => is_current);
  return { answer: statusFacts(readers, active, alarms, nowMs), alarms, applied };
}

function statusFacts(readers: Readers, active: ActiveRow | null, alarms: RunAlarm[], nowMs: number): object {
  const ended = readers.runs().find(({ state }) => state !== "active") ?? null;
  const newest = newestRecipe(readers);
  return {
    alarms: alarms.map(({ title, why, commands, hints }) => ({ title, why, commands, hints })),
    active_run: active && { ...activeFacts(active, nowMs), taken_out_of_service: takenOut(readers, active) },
    last_run: ended && {
      run_id: ended.run_id,
      ended_at_utc: ended.ended_at_utc,
      exit_reason: ended.exit_reason,
      detail: ended.exit_detail,
      found_recipe: recipeOf(ended) !== null,
    },
    newest_recipe: newest === null ? null : recipeFacts(newest),
  };
}

/** @param seen what its config holds now; undefined = it was not looked at */
export function appliedFacts(one: ApplicationRow, seen: Seen | undefined): object {
  return {
    application: one.id,
    run_id: one.run_id,
    model: one.model,
    provider: one.provider,
    config_path: one.config_path,
    since_utc: one.at_utc,
    state: one.state,
    /** holds: the recipe is in the config. All else: it is not, or that is not known. */
    config_now: {
      state: seen?.state ?? "unknown",
      why: seen?.why ?? null,
      differences: (seen?.differences ?? []).map(({ key, applied, now }) => ({ key, applied, now })),
    },
  };
}

/** Nothing was measured on this Mac yet. */
export const EMPTY_STATUS = { alarms: [], active_run: null, last_run: null, newest_recipe: null, applied: [] };

const takenOut = (readers: Readers, { run_id: runId }: ActiveRow): string[] =>
  readers.drains().flatMap((row) => (row.run_id === runId && row.state === "out" ? [row.name] : []));

function activeFacts(active: ActiveRow, nowMs: number): object {
  return {
    run_id: active.run_id,
    phase: active.phase,
    stage: active.stage,
    candidate: active.candidate,
    cell: active.cell,
    progress: activeProgress(active),
    progress_percent: active.share === null ? null : Math.round(active.share * 100),
    elapsed_seconds: Math.round(elapsedSeconds(active, nowMs)),
    eta_seconds: active.eta_seconds === null ? null : Math.round(active.eta_seconds),
    live_tokens_per_second: spokenValue(FIGURES.tps, active.live_tps),
    /** Not null: it lives, but was not heard of for so long. */
    silent_seconds: silentSeconds(active, nowMs),
    simulated: active.simulated === true,
  };
}

function recipeFacts({ run, recipe }: KnownRecipe): object {
  return {
    run_id: run.run_id,
    model: recipe.model,
    [FIGURES.tps.spoken]: spokenValue(FIGURES.tps, recipe.tps_median),
    [FIGURES.ttft_p95_ms.spoken]: spokenValue(FIGURES.ttft_p95_ms, recipe.ttft_p95_ms),
    context_tokens: recipe.target_context,
    partial: recipe.partial,
    simulated: run.simulated === true,
  };
}
