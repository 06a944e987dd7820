// `status`: the active run, or the last one. `--watch` follows it to its end.
import { setTimeout as delay } from "node:timers/promises";
import { configNow, writtenBy } from "../../core/runs/config-now.ts";
import { configNowText, type ConfigNow } from "../../core/config/config-now-text.ts";
import { activeProgress } from "../../core/runs/active-progress.ts";
import { elapsedSeconds, silentSeconds } from "../../core/runs/active-time.ts";
import { duration, shortId, shortModel, SIMULATED_BANNER, tokensPerSecond } from "../../core/units.ts";
import type { ActiveRow, ApplicationRow, RunRow } from "../../core/runs/read-model.ts";
import type { Readers } from "../../core/runs/readers.ts";
import { ranOutOfTime, whyNotResumable } from "../../core/runs/resume-choice.ts";
import { freshnessText } from "../../core/machine/staleness.ts";
import { storedResult } from "../../core/runs/stored-result.ts";
import { lookAtConfig } from "../../platform/files/config-look.ts";
import { recover } from "../../recovery/recover.ts";
import type { Store } from "../../store/store.ts";
import { applicationAlarms } from "../../core/runs/stuck-recipe.ts";
import { downLines, drainLines, drainStates } from "./drain-state.ts";
import { appliedFreshness, newestFreshness, type JudgedRecipe } from "./freshness.ts";
import { say, stderrLog, type Io } from "../command/io.ts";

const WATCH_MS = 500;

export interface StatusOptions {
  watch: boolean;
  json: boolean;
}

/**
 * Say what is going on; with `watch`, once it is over.
 * @returns 0
 * @throws the signal's reason if the watching is interrupted
 */
export async function showStatus(store: Store, options: StatusOptions, io: Io): Promise<number> {
  if (options.watch) await watch(store, options, io);
  io.signal.throwIfAborted();
  const active = store.readers.activeRun();
  const latest = store.readers.latestRun();
  const drains = drainStates(store);
  const down = applicationAlarms(store.readers);
  // A run that is under way is not disturbed by version calls.
  const recipe = active ? null : await newestFreshness(store.readers, io);
  const applied = await appliedNow(store, active === null, io);
  if (options.json)
    say(
      io.stdout,
      JSON.stringify({ active: active && activeJson(active), latest, recipe, applied, drains, down }, null, 2),
    );
  else {
    const lines = [
      statusText(active, latest),
      ...resumeHint(store.readers, active, latest),
      ...(recipe ? [recipeText(recipe)] : []),
      ...applied.map(appliedText),
    ];
    say(io.stdout, [...lines, ...drainLines(drains, io.stdout.isTTY), ...downLines(down, io.stdout.isTTY)].join("\n"));
  }
  return 0;
}

/** What is in force, with whether it still holds here; null where that is not asked, or its run is gone. */
function appliedNow({ readers }: Store, ask: boolean, io: Io) {
  const rows = readers.applications().filter((one) => one.is_current);
  return Promise.all(
    rows.map(async (row) => ({
      ...row,
      freshness: ask ? await appliedFreshness(readers, row.run_id, io) : null,
      config_now: await configNowOf(row, readers, io.signal),
    })),
  );
}

/** Follow the active run until it has ended or a signal comes. On a terminal one line is drawn over and over, elsewhere changes only. */
async function watch(store: Store, options: StatusOptions, io: Io): Promise<void> {
  const drawn = !options.json && io.stderr.isTTY;
  let before = "";
  for (let active = store.readers.activeRun(); active && !io.signal.aborted; active = store.readers.activeRun()) {
    const line = activeLine(active);
    if (drawn) io.stderr.write(`${ERASE}${line.slice(0, (io.stderr.columns || 80) - 1)}`);
    else if (!options.json && place(active) !== before) say(io.stderr, line);
    before = place(active);
    await delay(WATCH_MS, undefined, { signal: io.signal }).catch(() => io.signal.aborted);
    const log = stderrLog(io, drawn ? ERASE : "");
    await recover({ store, env: io.env, log, retryFailed: false, waitForOthers: false });
  }
  if (drawn && before !== "") io.stderr.write(ERASE);
}

/** Back to the first column, and the line is empty. */
const ERASE = "\r\u001b[2K";

const place = (active: ActiveRow): string => `${active.phase} ${active.candidate} ${active.cell}`;

function activeJson(active: ActiveRow) {
  return { ...active, elapsed_seconds: elapsedSeconds(active, Date.now()) };
}

function statusText(active: ActiveRow | null, latest: RunRow | null): string {
  if (active)
    return [
      ...(active.simulated ? [SIMULATED_BANNER] : []),
      `Run ${active.run_id} is active (pid ${active.pid}).`,
      activeLine(active),
      ...silence(active),
    ].join("\n");
  if (!latest)
    return "No run yet. Start one with `mlx-autotune run`; try it first with `mlx-autotune run --provider simulated`.";
  const detail = latest.exit_detail === null ? [] : latest.exit_detail.split("\n").map((line) => `  ${line}`);
  return [
    ...(latest.simulated ? [SIMULATED_BANNER] : []),
    `No run is active. The last one, ${latest.run_id}, ended ${latest.ended_at_utc ?? "at an unknown time"}: ${latest.exit_reason ?? "unknown"}.`,
    ...detail,
    `Show it with \`mlx-autotune show ${shortId(latest.run_id)}\`.`,
  ].join("\n");
}

/** Only for a last run that `--resume` would take. */
function resumeHint(readers: Readers, active: ActiveRow | null, latest: RunRow | null): string[] {
  if (active || !latest || latest.exit_reason === "ok") return [];
  if (whyNotResumable(latest, readers.visits(latest.run_id).length, readers.runs()) !== null) return [];
  if (!ranOutOfTime(latest)) return ["Resume it where it was cut short: `mlx-autotune run --resume`."];
  const seconds = latest.inputs_json?.["maxDurationS"];
  const more = typeof seconds === "number" ? Math.ceil(seconds * 2) : "<seconds>";
  return [`Resume it with more time: \`mlx-autotune run --resume --max-duration ${more}\`.`];
}

function recipeText(recipe: JudgedRecipe): string {
  return `Newest recipe: ${shortModel(recipe.model)} (run ${shortId(recipe.run_id)}), ${freshnessText(recipe)}.`;
}

type AppliedNow = ApplicationRow & { config_now: ConfigNow };

/** What the file holds at this moment. @throws the signal's reason */
async function configNowOf(row: ApplicationRow, readers: Readers, signal: AbortSignal): Promise<ConfigNow> {
  const run = readers.runById(row.run_id);
  const knobs = run && (storedResult(run)?.recommendation?.knobs ?? null);
  return configNow(await lookAtConfig(row.config_path, signal), writtenBy(row, knobs));
}

function appliedText({ id, model, run_id, at_utc, config_path, state, config_now }: AppliedNow): string {
  const doubt = state === "unverified" ? "; nobody saw the provider come up with it" : "";
  return `Applied: ${shortModel(model)} (run ${shortId(run_id)}) since ${at_utc} in ${config_path}${doubt}${configNowText(config_now)}. Take it back: mlx-autotune revert ${id}`;
}

/** A worker that lives and does not beat: the machine sleeps, or the process was stopped. */
function silence(active: ActiveRow): string[] {
  const seconds = silentSeconds(active, Date.now());
  return seconds === null ? [] : [`It has not been heard of for ${duration(seconds)}.`];
}

function activeLine(active: ActiveRow): string {
  const parts = [
    activeProgress(active),
    active.phase,
    active.candidate,
    active.cell,
    active.live_tps === null ? active.detail : tokensPerSecond(active.live_tps),
    `elapsed ${duration(elapsedSeconds(active, Date.now()))}`,
  ];
  return parts.filter((part) => part !== null && part !== "").join(" · ");
}
