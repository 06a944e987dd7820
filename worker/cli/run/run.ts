// `run`: claim the only place, refuse conflicts, tune, end the row, print. Every way out goes through `finish`.
import { type TuneEnd, type TunePlan, autotune, endedBefore } from "../../autotune.ts";
import type { CarriedOver } from "../../context.ts";
import { restoreFailureText } from "../../core/launchd/drained.ts";
import { errorText } from "../../core/errors.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import { type RunResult, SPEC_VERSION } from "../../core/result/recipe.ts";
import { interruptible } from "../../interruptible.ts";
import { readBootId } from "../../platform/processes/boot-id.ts";
import { systemClock } from "../../platform/machine/clock.ts";
import { isSameProcess } from "../../platform/processes/process-identity.ts";
import { progressReporter } from "../../tune/progress.ts";
import { recover, selfOwner } from "../../recovery/recover.ts";
import type { RestoreResult } from "../../service/restore.ts";
import type { NewRun, Store } from "../../store/store.ts";
import { type Terminal, createTerminal } from "../command/terminal.ts";
import { startSurroundings } from "./surroundings.ts";
import { type Io, say } from "../command/io.ts";
import { type Prepared, prepareTune } from "./prepare.ts";
import { resultOf } from "./result.ts";
import { finish } from "./run-end.ts";
import { logPaths, removeFiles, reportPath } from "../history/run-files.ts";
import { NO_PROGRESS, type RunRequest, type Session, announce, contextOf, planOf } from "./run-session.ts";
import { type DrainingRun, drainLive, keepOut } from "./service.ts";
import { carryOver } from "./carry-over.ts";
import { carriedOverBy } from "./carried-over.ts";

/**
 * Run a tune to its end.
 * @returns the process's exit code
 * @throws AutotuneError busy if another run is active, config_error if the database cannot be written
 */
export async function runTune(request: RunRequest, store: Store, io: Io): Promise<number> {
  const { inputs, runId } = request;
  const terminal = createTerminal(io.stderr, io.stderr.isTTY && io.env["TERM"] !== "dumb", inputs.verbose);
  const resumedFrom = request.resumption?.run.run_id ?? null;
  const spentSeconds = request.resumption?.spentSeconds ?? 0;
  const link = io.env["MLX_AUTOTUNE_DEEP_LINK"] ?? null;
  const started: NewRun = { runId, startedAt: request.startedAt, specVersion: SPEC_VERSION, inputs, resumedFrom, link };
  const left = await bringBack(store, io, terminal);
  if (left.failed.length > 0) terminal.log.warn(restoreFailureText(left.failed));
  const journal = store.beginRun(started, selfOwner(), isSameProcess, await readBootId(io.env));
  forgetOldRuns(store, inputs);
  const surroundings = await startSurroundings(
    { maxDurationS: inputs.maxDurationS, spentSeconds, dbPath: inputs.dbPath, journal, log: terminal.log },
    io,
  );
  const startedAtMs = systemClock.nowMs() - spentSeconds * 1000;
  const signal = AbortSignal.any([io.signal, surroundings.budget]);
  const times = { startedAtMs, endsAtMs: startedAtMs + inputs.maxDurationS * 1000 };
  const reporter = progressReporter(systemClock, times, journal, (shown) => terminal.draw(shown), signal);
  signal.addEventListener("abort", () => terminal.log.warn(`${errorText(signal.reason)}; ${STOPPING}`), { once: true });
  const session: Session = {
    request,
    io,
    store,
    journal,
    terminal,
    reporter,
    started,
    surroundings,
    startedAtMs,
    signal,
  };
  try {
    return await tuneAndFinish(session);
  } finally {
    reporter.stop();
    surroundings.end(isAllDone(store, runId));
    terminal.close();
  }
}

const bringBack = (store: Store, io: Io, { log }: Terminal): Promise<RestoreResult> =>
  recover({ store, env: io.env, log, retryFailed: false, waitForOthers: true, tellDown: true });

/** All is back and the user is told. In doubt not: then the guard looks again once this process has ended. */
function isAllDone(store: Store, runId: string): boolean {
  try {
    return store.drains.open().length === 0 && !store.untold.has(runId);
  } catch {
    return false;
  }
}

const STOPPING = "ending the candidate in its own time; a second Ctrl-C kills it, which may cost memory until reboot";

/** The order that the product stands for: prepare, drain, tune, keep the result, restore, end the row, tell. */
async function tuneAndFinish(session: Session): Promise<number> {
  const { request, io, signal } = session;
  let prepared: Prepared | null = null;
  let end: TuneEnd;
  try {
    prepared = await interruptible(prepareTune(request.inputs, { ...io, signal }), signal);
    announce(session, prepared);
    const plan = planOf(request.inputs, prepared);
    const carried = await carriedOver(session, prepared, plan);
    const draining = drainingRun(session, prepared);
    await drainLive(draining);
    end = await autotune(contextOf(session, prepared, keepOut(draining), carried), plan);
  } catch (error) {
    end = endedBefore(error);
  }
  const result = resultOf(session.started, request.inputs, prepared, end, {
    resumed_from: request.resumption?.run.run_id ?? null,
    taken_over: carriedOverBy(session.store.readers, request.runId),
  });
  const back = await keepAndBringBack(session, result);
  return finish(session, end, result, back);
}

async function carriedOver(session: Session, prepared: Prepared, plan: TunePlan): Promise<CarriedOver | null> {
  const { request, store, journal, terminal, io } = session;
  const { resumption, inputs } = request;
  if (!resumption) return null;
  const place = { prepared, plan, inputs, readers: store.readers, journal, env: io.env };
  const { carried, note } = await carryOver(resumption, place);
  terminal.log.info(note);
  journal.note("resume", note);
  return carried;
}

/** Keep what was found before anything that may still fail. Whatever fails: the provider comes back. */
async function keepAndBringBack(session: Session, result: RunResult): Promise<RestoreResult> {
  const { io, store, journal, terminal, reporter } = session;
  let failure: unknown = null;
  try {
    journal.found(JSON.stringify(result), result.recipe_hash);
    reporter.report({ ...NO_PROGRESS, phase: "restoring" });
  } catch (error) {
    failure = error;
  }
  const back = await bringBack(store, io, terminal);
  reporter.stop();
  terminal.close();
  if (back.failed.length > 0) say(io.stderr, `\n${restoreFailureText(back.failed)}`);
  if (failure !== null) throw failure as Error;
  return back;
}

function drainingRun(session: Session, { provider }: Prepared): DrainingRun {
  const { request, io, store, journal, terminal, reporter, surroundings, signal } = session;
  return {
    ...request,
    simulated: provider.simulated,
    store,
    io,
    signal,
    log: terminal.log,
    isGuarded: surroundings.isGuarded,
    onDraining: () => reporter.report({ ...NO_PROGRESS, phase: "draining" }),
    note(text) {
      terminal.log.warn(text);
      journal.note("conflict", text);
    },
  };
}

/** Runs that are no longer kept take their logs and their report with them. */
function forgetOldRuns(store: Store, { retainRuns, dbPath }: Inputs): void {
  const removed = store.retain(retainRuns);
  removeFiles(removed.flatMap((runId) => [...logPaths(store.logFolder, runId), reportPath(dbPath, runId)]));
}
