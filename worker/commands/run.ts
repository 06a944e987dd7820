// `run`: claim the only place, refuse conflicts, tune, end the row, print. Every way out goes through `finish`.
// Source: contract §1, §3.
import { dirname, join } from "node:path";
import { autotune, type TuneEnd, type TunePlan } from "../autotune.ts";
import type { RunContext } from "../context.ts";
import { AutotuneError, errorText, EXIT_CODES, RunStopped, type StopSignal } from "../core/errors.ts";
import { SIMULATED_BANNER, resultText } from "../core/format.ts";
import type { Inputs } from "../core/inputs.ts";
import { SPEC_VERSION } from "../core/recipe.ts";
import { fixed } from "../core/search-fixed.ts";
import { race } from "../core/search-race.ts";
import type { SearchMethod } from "../core/search.ts";
import { createSupervisor } from "../platform/candidate.ts";
import { systemClock } from "../platform/clock.ts";
import { isSameProcess, processStartTime } from "../platform/process-identity.ts";
import { closeDeadRuns } from "../orphans.ts";
import { progressReporter, type Reporter } from "../progress.ts";
import type { Store, NewRun } from "../store/store.ts";
import type { StoredRun } from "../store/run-journal.ts";
import { createTerminal, type Terminal } from "../terminal.ts";
import { requireNoConflict } from "./conflict.ts";
import { say, type Io } from "./io.ts";
import { prepareTune, type Prepared } from "./prepare.ts";
import { resultOf } from "./result.ts";

export interface RunRequest {
  runId: string;
  inputs: Inputs;
  warnings: string[];
}

/**
 * Run a tune to its end.
 * @returns the process's exit code
 * @throws AutotuneError busy if another run is active, config_error if the database cannot be written
 */
export async function runTune(request: RunRequest, store: Store, io: Io): Promise<number> {
  const { inputs, runId } = request;
  const terminal = createTerminal(io.stderr, io.stderr.isTTY && !inputs.json, inputs.verbose);
  const started: NewRun = { runId, startedAt: systemClock.utc(), specVersion: SPEC_VERSION, inputs };
  const owner = { pid: process.pid, pidStartedAt: processStartTime(process.pid) ?? "unknown" };
  await closeDeadRuns(store, (text) => terminal.log.warn(text));
  const journal = store.beginRun(started, owner, isSameProcess);
  store.retain(inputs.retainRuns);
  const budget = startBudget(inputs.maxDurationS);
  const startedAtMs = systemClock.nowMs();
  const signal = AbortSignal.any([io.signal, budget.signal]);
  const reporter = progressReporter(systemClock, startedAtMs, journal, (shown) => terminal.draw(shown), signal);
  signal.addEventListener("abort", () => terminal.log.warn(`${errorText(signal.reason)}; ${STOPPING}`), { once: true });
  const session: Session = { request, io, journal, terminal, reporter, started, startedAtMs, signal };
  try {
    return await tuneAndFinish(session);
  } finally {
    budget.stop();
    reporter.stop();
    terminal.close();
  }
}

const STOPPING = "ending the candidate in its own time; a second Ctrl-C kills it, which may cost memory until reboot";

interface Session {
  request: RunRequest;
  io: Io;
  journal: StoredRun;
  terminal: Terminal;
  reporter: Reporter;
  started: NewRun;
  startedAtMs: number;
  signal: AbortSignal;
}

async function tuneAndFinish(session: Session): Promise<number> {
  let prepared: Prepared | null = null;
  let end: TuneEnd;
  try {
    prepared = await prepareTune(session.request.inputs, session.io);
    announce(session, prepared);
    await requireNoConflict(session.request.inputs, session.io);
    end = await autotune(contextOf(session, prepared), planOf(session.request.inputs, prepared));
  } catch (error) {
    end = failedBefore(error);
  }
  return finish(session, prepared, end);
}

function announce({ request, journal, terminal }: Session, prepared: Prepared): void {
  if (prepared.provider.simulated) terminal.log.info(SIMULATED_BANNER);
  for (const warning of [...request.warnings, ...prepared.notes]) {
    terminal.log.warn(warning);
    journal.note("warning", warning);
  }
  const candidates = prepared.candidates.map((candidate) => candidate.id);
  journal.described({ machine: prepared.machine, candidates, provider: prepared.provider.id, plannedCells: null });
  terminal.log.info(
    `Looking for the biggest of ${candidates.length} models that serves ${request.inputs.targetContext} tokens here (${prepared.binary.version}, ${prepared.machine.chip}, ${prepared.machine.ram_gb} GB).`,
  );
}

function contextOf(session: Session, prepared: Prepared): RunContext {
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
  });
  return {
    inputs,
    provider,
    binary,
    machine,
    candidates,
    memoryBytes,
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
    method: (inputs.method === "fixed" ? fixed : race) as SearchMethod,
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

/** End the row first, then print: what was found is safe before anything else can fail. */
function finish(session: Session, prepared: Prepared | null, end: TuneEnd): number {
  const { journal, io, terminal, request } = session;
  const result = resultOf(session.started, request.inputs, prepared, end);
  session.reporter.stop();
  journal.ended({
    exitReason: end.exitReason,
    detail: end.detail,
    recommendationJson: JSON.stringify(result),
    recipeHash: result.recipe_hash,
    thermalDrift: end.search?.drift ?? null,
  });
  terminal.close();
  if (request.inputs.json) say(io.stdout, JSON.stringify(result, null, 2));
  const failed = result.recommendation === null;
  say(request.inputs.json || failed ? io.stderr : io.stdout, `\n${resultText(result)}`);
  return exitCode(end);
}

const SIGNAL_CODES: Record<StopSignal, number> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** Source: contract §3, table of exit codes; 128 + signal number for an interrupt. */
function exitCode(end: TuneEnd): number {
  const why = end.stopped?.why;
  return end.exitReason === "interrupted" && why?.kind === "interrupted"
    ? SIGNAL_CODES[why.signal]
    : EXIT_CODES[end.exitReason];
}

function startBudget(seconds: number): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new RunStopped({ kind: "budget", limitSeconds: seconds })),
    seconds * 1000,
  );
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}
