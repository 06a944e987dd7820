// What a run works with, from its settings to the context of the flow.
import { dirname, join } from "node:path";
import type { TunePlan } from "../../autotune.ts";
import type { RunContext, CarriedOver } from "../../context.ts";
import { SIMULATED_BANNER, shortModel } from "../../core/units.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import { methodOf } from "../../core/search/methods.ts";
import { createSupervisor } from "../../platform/candidate/candidate.ts";
import { systemClock } from "../../platform/machine/clock.ts";
import { processStartTime } from "../../platform/processes/process-identity.ts";
import type { Reporter } from "../../tune/progress.ts";
import type { StoredRun } from "../../store/run-journal.ts";
import type { NewRun, Store } from "../../store/store.ts";
import type { Terminal } from "../command/terminal.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Io } from "../command/io.ts";
import type { Prepared } from "./prepare.ts";
import { suspectsOf } from "./suspects.ts";
import type { Resumption } from "./carry-over.ts";

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

/** A run that holds the active place, with all that surrounds it. */
export interface Session {
  request: RunRequest;
  io: Io;
  store: Store;
  journal: StoredRun;
  terminal: Terminal;
  reporter: Reporter;
  started: NewRun;
  surroundings: Surroundings;
  startedAtMs: number;
  signal: AbortSignal;
}

/** Where nothing can be counted yet. */
export const NO_PROGRESS = {
  stage: 0,
  candidate: null,
  place: null,
  cell: null,
  detail: null,
  liveTps: null,
  outlook: null,
} as const;

/** Say and note what the run works with. */
export function announce({ request, store, journal, terminal }: Session, prepared: Prepared): void {
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
  if (prepared.cacheText !== null) {
    terminal.log.info(prepared.cacheText);
    journal.note("cache", prepared.cacheText);
  }
  terminal.log.info(
    `Looking for the first that serves ${request.inputs.targetContext} tokens: ${candidates.map(shortModel).join(", ")} (${program}, ${prepared.machine.chip}, ${prepared.machine.ram_gb} GB).`,
  );
}

/** A run that is resumed may have named its candidates before the machine went down with one of them. */
const namedCandidates = ({ inputs, resumption }: RunRequest) => ({
  candidateModels: resumption ? resumption.namedNow : inputs.candidateModels,
});

/** @param carried what a run that is resumed brings along, @param beforeStart holds every start of a candidate */
export function contextOf(
  session: Session,
  prepared: Prepared,
  beforeStart: () => Promise<void>,
  carried: CarriedOver | null,
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
    env: prepared.env,
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
    carriedOver: carried,
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

export function planOf(inputs: Inputs, prepared: Prepared): TunePlan {
  const cells = prepared.cellsFor(prepared.candidates[0]?.id ?? "").cells.length;
  return {
    method: methodOf(inputs.method),
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
