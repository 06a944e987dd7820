// `run`: claim the only place, refuse conflicts, tune, end the row, print. Every way out goes through `finish`.
// Source: contract §1, §3.
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { autotune, type TuneEnd, type TunePlan } from "../autotune.ts";
import type { RunContext, TakenOver } from "../context.ts";
import { AutotuneError, errorText, EXIT_CODES, EXIT_RESTORE_FAILED, RunStopped, SIGNAL_CODES } from "../core/errors.ts";
import { restoreFailureText } from "../core/drained.ts";
import { notificationText, shortModel, SIMULATED_BANNER } from "../core/format.ts";
import type { Inputs } from "../core/inputs.ts";
import { SPEC_VERSION, type AppliedAtEnd, type RunResult } from "../core/recipe.ts";
import { fixed } from "../core/search-fixed.ts";
import { race } from "../core/search-race.ts";
import { notify } from "../notify.ts";
import { createSupervisor } from "../platform/candidate.ts";
import { systemClock } from "../platform/clock.ts";
import { readBootId } from "../platform/boot-id.ts";
import { isSameProcess, processStartTime } from "../platform/process-identity.ts";
import { progressReporter, type Reporter } from "../progress.ts";
import { recover, selfOwner } from "../recover.ts";
import type { RestoreResult } from "../restore.ts";
import type { Store, NewRun } from "../store/store.ts";
import { RUN_ID } from "../store/run-document.ts";
import type { StoredRun } from "../store/run-journal.ts";
import { createTerminal, type Terminal } from "../terminal.ts";
import { applyAfterRun } from "./apply-after-run.ts";
import { surround, type Surroundings } from "./around.ts";
import { say, type Io } from "./io.ts";
import { prepareTune, type Prepared } from "./prepare.ts";
import { printResult } from "./print-result.ts";
import { resultOf } from "./result.ts";
import { drainLive, keepOut, type DrainingRun } from "./service.ts";
import { suspectsOf } from "./suspects.ts";
import { takeOver, type Resumption } from "./take-over.ts";
import { takenOverBy } from "./taken-over.ts";

export interface RunRequest {
  runId: string;
  /** ISO 8601 UTC. */
  startedAt: string;
  inputs: Inputs;
  warnings: string[];
  /** Say what changed since the last run like it. */
  compare: boolean;
  /** The run that this one takes up; null: it begins anew. */
  resumption: Resumption | null;
}

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
  const started: NewRun = { runId, startedAt: request.startedAt, specVersion: SPEC_VERSION, inputs, resumedFrom };
  const left = await bringBack(store, io, terminal);
  if (left.failed.length > 0) terminal.log.warn(restoreFailureText(left.failed));
  const journal = store.beginRun(started, selfOwner(), isSameProcess, await readBootId(io.env));
  forgetOldRuns(store, inputs);
  const around = await surround(
    { maxDurationS: inputs.maxDurationS, spentSeconds, dbPath: inputs.dbPath, journal, log: terminal.log },
    io,
  );
  const startedAtMs = systemClock.nowMs() - spentSeconds * 1000;
  const signal = AbortSignal.any([io.signal, around.budget]);
  const reporter = progressReporter(systemClock, startedAtMs, journal, (shown) => terminal.draw(shown), signal);
  signal.addEventListener("abort", () => terminal.log.warn(`${errorText(signal.reason)}; ${STOPPING}`), { once: true });
  const session: Session = { request, io, store, journal, terminal, reporter, started, around, startedAtMs, signal };
  try {
    return await tuneAndFinish(session);
  } finally {
    reporter.stop();
    around.end(isAllBack(store));
    terminal.close();
  }
}

const bringBack = (store: Store, io: Io, { log }: Terminal): Promise<RestoreResult> =>
  recover({ store, env: io.env, log, retryFailed: false, waitForOthers: true });

/** In doubt it is not: then the guard looks again once this process has ended. */
function isAllBack(store: Store): boolean {
  try {
    return store.drains.open().length === 0;
  } catch {
    return false;
  }
}

const STOPPING = "ending the candidate in its own time; a second Ctrl-C kills it, which may cost memory until reboot";

interface Session {
  request: RunRequest;
  io: Io;
  store: Store;
  journal: StoredRun;
  terminal: Terminal;
  reporter: Reporter;
  started: NewRun;
  around: Surroundings;
  startedAtMs: number;
  signal: AbortSignal;
}

/** The order that the product stands for: prepare, drain, tune, keep the result, restore, end the row, tell. */
async function tuneAndFinish(session: Session): Promise<number> {
  const { request, io } = session;
  let prepared: Prepared | null = null;
  let end: TuneEnd;
  try {
    prepared = await prepareTune(request.inputs, io);
    announce(session, prepared);
    const plan = planOf(request.inputs, prepared);
    const taken = await takenOver(session, prepared, plan);
    const draining = drainingRun(session);
    await drainLive(draining);
    end = await autotune(contextOf(session, prepared, keepOut(draining), taken), plan);
  } catch (error) {
    end = failedBefore(error);
  }
  const result = resultOf(session.started, request.inputs, prepared, end, {
    resumed_from: request.resumption?.run.run_id ?? null,
    taken_over: takenOverBy(session.store.readers, request.runId),
  });
  const back = await keepAndBringBack(session, result);
  return finish(session, end, result, back);
}

async function takenOver(session: Session, prepared: Prepared, plan: TunePlan): Promise<TakenOver | null> {
  const { request, store, journal, terminal, io } = session;
  const { resumption, inputs } = request;
  if (!resumption) return null;
  const place = { prepared, plan, inputs, readers: store.readers, journal, env: io.env };
  const { taken, note } = await takeOver(resumption, place);
  terminal.log.info(note);
  journal.note("resume", note);
  return taken;
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

function drainingRun({ request, io, store, journal, terminal, reporter, around, signal }: Session): DrainingRun {
  return {
    ...request,
    store,
    io,
    signal,
    log: terminal.log,
    isGuarded: around.isGuarded,
    onDraining: () => reporter.report({ ...NO_PROGRESS, phase: "draining" }),
    note(text) {
      terminal.log.warn(text);
      journal.note("conflict", text);
    },
  };
}

const NO_PROGRESS = {
  stage: 0,
  candidate: null,
  cell: null,
  detail: null,
  share: 0,
  etaSeconds: null,
  liveTps: null,
} as const;

/** Runs that are no longer kept take their logs with them. */
function forgetOldRuns(store: Store, inputs: Inputs): void {
  // Another program's file may hold any text as an id; it must not lead out of the folder.
  const removed = store.retain(inputs.retainRuns).filter((runId) => RUN_ID.test(runId));
  const logs = removed.flatMap((runId) => [runId, `${runId}.worker.log`]);
  for (const log of logs) rmSync(join(store.logFolder, log), { recursive: true, force: true });
}

function announce({ request, store, journal, terminal }: Session, prepared: Prepared): void {
  if (prepared.provider.simulated) terminal.log.info(SIMULATED_BANNER);
  const { warnings } = suspectsOf(store.crashSuspects(), namedCandidates(request));
  for (const warning of [...request.warnings, ...prepared.notes, ...warnings]) {
    terminal.log.warn(warning);
    journal.note("warning", warning);
  }
  const candidates = prepared.candidates.map((candidate) => candidate.id);
  journal.described({ machine: prepared.machine, candidates, provider: prepared.provider.id, plannedCells: null });
  const { id } = prepared.provider;
  const { version } = prepared.binary;
  const program = version.includes(id) ? version : `${id} ${version}`;
  terminal.log.info(
    `Looking for the first that serves ${request.inputs.targetContext} tokens: ${candidates.map(shortModel).join(", ")} (${program}, ${prepared.machine.chip}, ${prepared.machine.ram_gb} GB).`,
  );
}

/** A run that is taken up may have named its candidates before the machine went down with one of them. */
const namedCandidates = ({ inputs, resumption }: RunRequest) => ({
  candidateModels: resumption ? resumption.namedNow : inputs.candidateModels,
});

function contextOf(
  session: Session,
  prepared: Prepared,
  beforeStart: () => Promise<void>,
  taken: TakenOver | null,
): RunContext {
  const { inputs } = session.request;
  const { journal, terminal, io } = session;
  const { provider, binary, machine, memoryBytes, candidates, preWarm } = prepared;
  const runDir = join(dirname(inputs.dbPath), "logs", session.request.runId);
  const supervisor = createSupervisor({
    provider,
    binary,
    port: inputs.port,
    readyTimeoutS: inputs.readyTimeoutS,
    runDir,
    env: io.env,
    clock: systemClock,
    onGroup: (pid) =>
      journal.candidateGroup(pid === null ? null : { pid, startedAt: processStartTime(pid) ?? "unknown" }),
    hurry: io.hurry,
    beforeStart,
  });
  return {
    inputs,
    provider,
    binary,
    machine,
    candidates,
    memoryBytes,
    crashSuspects: suspectsOf(session.store.crashSuspects(), namedCandidates(session.request)).skipped,
    takenOver: taken,
    clock: systemClock,
    log: terminal.log,
    preWarm,
    supervisor,
    journal,
    report: session.reporter.report,
    signal: session.signal,
    startedAt: session.started.startedAt,
    startedAtMs: session.startedAtMs,
  };
}

function planOf(inputs: Inputs, prepared: Prepared): TunePlan {
  const cells = prepared.cellsFor(prepared.candidates[0]?.id ?? "").cells.length;
  return {
    method: inputs.method === "fixed" ? fixed : race,
    cellsFor: (model) => prepared.cellsFor(model).cells,
    work: {
      method: inputs.method,
      cells,
      stage1Replicates: inputs.stage1Replicates,
      stage2Replicates: inputs.stage2Replicates,
    },
    prior: prepared.prior,
  };
}

/** Failures before the first start. */
function failedBefore(error: unknown): TuneEnd {
  const nothing = { recommendation: null, verdicts: [], alternates: [], search: null };
  if (error instanceof RunStopped)
    return {
      ...nothing,
      exitReason: error.why.kind === "interrupted" ? "interrupted" : "budget_exhausted_no_model_selected",
      detail: error.message,
      stopped: error,
    };
  if (!(error instanceof AutotuneError))
    return {
      ...nothing,
      exitReason: "internal_error",
      detail: error instanceof Error ? (error.stack ?? error.message) : errorText(error),
      stopped: null,
    };
  const exitReason =
    error.code === "config_error" || error.code === "provider_conflict" ? error.code : "internal_error";
  return { ...nothing, exitReason, detail: [error.message, error.remedy].filter(Boolean).join("\n"), stopped: null };
}

/** End the row first, then print and notify: what was found is safe before anything else can fail. */
async function finish(session: Session, end: TuneEnd, result: RunResult, back: RestoreResult): Promise<number> {
  const { journal, io, request } = session;
  journal.ended({
    exitReason: end.exitReason,
    detail: end.detail,
    recommendationJson: JSON.stringify(result),
    recipeHash: result.recipe_hash,
    thermalDrift: end.search?.drift ?? null,
  });
  const { json } = request.inputs;
  const print = (application: AppliedAtEnd | null) =>
    printResult(
      application === null ? result : { ...result, application },
      { json, compare: request.compare },
      session.store.readers,
      io,
    );
  // People read the recipe before it is applied; the one JSON document comes when all is done.
  if (!json) print(null);
  const applied = await applyIfAsked(session, result, back);
  if (json) print(applied?.document ?? null);
  if (result.recommendation !== null) session.store.clearCrashSuspect(result.recommendation.model);
  const shown = await notify(
    { ...notificationText(result, back), link: io.env["MLX_AUTOTUNE_DEEP_LINK"] ?? null },
    io.env,
  );
  journal.note("notification", shown.via === null ? `not shown (${shown.tried.join("; ")})` : `shown by ${shown.via}`);
  return back.failed.length > 0 ? EXIT_RESTORE_FAILED : applied?.exitCode || exitCode(end);
}

/** Never over a provider that is not back, and not once the user has said stop. */
async function applyIfAsked({ request, io, store, journal }: Session, result: RunResult, back: RestoreResult) {
  const { apply, json, readyTimeoutS } = request.inputs;
  if (!apply || result.recommendation === null || back.failed.length > 0 || io.signal.aborted) return null;
  const note = (text: string) => journal.note("apply", text);
  return applyAfterRun(result.run_id, { json, readyTimeoutS, note }, store, io);
}

/** Source: contract §3, table of exit codes; 128 + signal number for an interrupt. */
function exitCode(end: TuneEnd): number {
  const why = end.stopped?.why;
  return end.exitReason === "interrupted" && why?.kind === "interrupted"
    ? SIGNAL_CODES[why.signal]
    : EXIT_CODES[end.exitReason];
}
