// `status`: the active run, or the last one. `--watch` follows it to its end.
// Source: contract §3.
import { setTimeout as delay } from "node:timers/promises";
import { duration, SIMULATED_BANNER, tokensPerSecond } from "../core/format.ts";
import type { ActiveRow, RunRow } from "../core/read-model.ts";
import { isSameProcess } from "../platform/process-identity.ts";
import type { Store } from "../store/store.ts";
import { say, type Io } from "./io.ts";

const WATCH_MS = 500;

export interface StatusOptions {
  watch: boolean;
  json: boolean;
}

/** @returns 0. A dead worker's run is closed first, so that what is shown is true. */
export async function showStatus(store: Store, options: StatusOptions, io: Io): Promise<number> {
  store.closeDeadRuns(isSameProcess);
  if (options.watch) await watch(store, options, io);
  const active = store.readers.activeRun();
  const latest = store.readers.latestRun();
  say(
    io.stdout,
    options.json
      ? JSON.stringify({ active: active && activeJson(active, latest), latest }, null, 2)
      : statusText(active, latest),
  );
  return 0;
}

/** Follow the active run until it has ended or a signal comes. On a terminal one line is drawn over and over, elsewhere changes only. */
async function watch(store: Store, options: StatusOptions, io: Io): Promise<void> {
  let before = "";
  for (let active = store.readers.activeRun(); active && !io.signal.aborted; active = store.readers.activeRun()) {
    const line = activeLine(active);
    if (!options.json && io.stderr.isTTY) io.stderr.write(`\r\u001b[2K${line.slice(0, (io.stderr.columns ?? 80) - 1)}`);
    else if (!options.json && `${active.phase} ${active.cell}` !== before) say(io.stderr, line);
    before = `${active.phase} ${active.cell}`;
    await delay(WATCH_MS, undefined, { signal: io.signal }).catch(() => io.signal.aborted);
    store.closeDeadRuns(isSameProcess);
  }
  if (!options.json && io.stderr.isTTY && before !== "") io.stderr.write("\r\u001b[2K");
}

function activeJson(active: ActiveRow, run: RunRow | null) {
  return {
    ...active,
    elapsed_seconds: elapsedSeconds(active),
    target_context: run?.target_context ?? null,
    simulated: run?.simulated ?? null,
  };
}

function statusText(active: ActiveRow | null, latest: RunRow | null): string {
  if (active)
    return [
      ...(latest?.simulated ? [SIMULATED_BANNER] : []),
      `Run ${active.run_id} is active (pid ${active.pid}).`,
      activeLine(active),
    ].join("\n");
  if (!latest)
    return "No run yet. Start one with `mlx-autotune run`; try it first with `mlx-autotune run --provider simulated`.";
  const detail = latest.exit_detail === null ? [] : latest.exit_detail.split("\n").map((line) => `  ${line}`);
  return [
    ...(latest.simulated ? [SIMULATED_BANNER] : []),
    `No run is active. The last one, ${latest.run_id}, ended ${latest.ended_at_utc ?? "at an unknown time"}: ${latest.exit_reason ?? "unknown"}.`,
    ...detail,
    `Show it with \`mlx-autotune show ${latest.run_id.slice(0, 8)}\`.`,
  ].join("\n");
}

function activeLine(active: ActiveRow): string {
  const parts = [
    active.share === null ? null : `${Math.round(active.share * 100)} %`,
    active.eta_seconds === null ? null : `ETA ${duration(active.eta_seconds)}`,
    active.phase,
    active.candidate,
    active.cell,
    active.live_tps === null ? active.detail : tokensPerSecond(active.live_tps),
    `elapsed ${duration(elapsedSeconds(active))}`,
  ];
  return parts.filter((part) => part !== null && part !== "").join(" · ");
}

const elapsedSeconds = (active: ActiveRow): number => Math.max(0, (Date.now() - Date.parse(active.since_utc)) / 1000);
