// The interfaces the flow needs. cli.ts hands in the implementations; tests hand in their own.
import type { ExitReason } from "./core/errors.ts";
import type { Inputs, Machine } from "./core/settings/inputs.ts";
import type { Knobs } from "./core/knobs.ts";
import type { Misfit, TrialFigures, Visit } from "./core/measure/measurement.ts";
import type { PromptScale } from "./core/measure/prompt.ts";
import type { ServerStart } from "./core/measure/visit-times.ts";
import type { Belief } from "./core/search/belief.ts";
import type { Cell } from "./core/search/search.ts";
import type { Estimate, Outlook, Told } from "./core/result/progress.ts";
import type { Binary, Provider } from "./providers/provider.ts";

export interface Clock {
  /** Monotonic milliseconds, sub-millisecond resolution. */
  nowMs(): number;
  /** ISO 8601 UTC. */
  utc(): string;
  /** @throws the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Log {
  info(text: string): void;
  warn(text: string): void;
  debug(text: string): void;
}

/** A model of the ordered list, with what is known of it before any start. */
export interface Candidate {
  id: string;
  /** 1-based place in the given order. */
  rank: number;
}

/** Weights on disk. `unknown` for providers that need none (the simulator). */
export type WeightsResult = { state: "ready"; weights: Weights } | { state: "transient"; reason: string };

export interface Weights {
  /** Folder with config.json and safetensors; null where the provider keeps no files. */
  directory: string | null;
  /** Sum of the tensors' bytes, from the safetensors headers; null if unknown. */
  tensorBytes: number | null;
  /** Bytes of KV cache per token at full precision, from config.json; null if unknown. */
  kvBytesPerToken: number | null;
  /** Positions the model was trained for, from config.json; null if unknown. */
  trainedPositions: number | null;
  /** The model's own end tokens as text, from its tokenizer files. */
  stopTokens: string[];
  /** Commit of the snapshot; null for local folders. */
  revision: string | null;
}

export interface PreWarm {
  /**
   * Make the candidate's weights complete on disk, downloading what is missing.
   * @throws AutotuneError pre_warm_integrity_failure if files are wrong; the signal's reason if it aborts
   */
  fetch(
    model: string,
    onProgress: (doneBytes: number, totalBytes: number) => void,
    signal: AbortSignal,
  ): Promise<WeightsResult>;
  /** What the cache knows without any network or write; null if not complete. */
  inspect(model: string): Promise<Weights | null>;
}

/** A started candidate. */
export interface Running {
  baseUrl: string;
  /** ms from spawn to readiness. */
  loadMs: number;
  /** Aborts when the process ends, with the end's text as reason. */
  ended: AbortSignal;
  /** The end as a misfit, once the process (or its generation) has died; null while it serves. After a failure it waits a moment for the exit. */
  checkAlive(afterFailure: boolean): Promise<Misfit | null>;
  /** How much its log holds by now: a place for `failureSince` to look from. */
  logMark(): number;
  /** What its log tells of a failure since then; null if nothing. */
  failureSince(mark: number): LogFailure | null;
  logTail(): string;
}

/** A failure that only the log of a provider tells of. */
export interface LogFailure {
  /** Its generation has ended: its port may answer for ever, a request never. */
  dead: boolean;
  misfit: Misfit;
}

export type StartResult =
  | { state: "ready"; running: Running }
  | { state: "misfit"; misfit: Misfit; integrity: boolean; loadMs: number | null; logTail: string };

export interface Supervisor {
  /**
   * Start one candidate and wait until it is ready, at most `readyTimeoutS`. At most one is alive at any time.
   * @throws AutotuneError provider_conflict if the port has a listener; the signal's reason if it aborts (nothing stays behind)
   */
  start(model: string, knobs: Knobs, onLoading: (line: string) => void, signal: AbortSignal): Promise<StartResult>;
  /** SIGTERM to the group, long grace, SIGKILL as the last resort; waits for the port and the memory. Never throws. @returns notes worth keeping */
  stop(): Promise<string[]>;
}

export type Phase =
  | "starting"
  | "draining"
  | "pre-warm"
  | "loading"
  | "warm-up"
  | "prefilling"
  | "decoding"
  | "between-cells"
  | "restoring"
  | "done";

/** What is going on, as the flow reports it. */
export interface Report {
  phase: Phase;
  stage: 0 | 1 | 2;
  candidate: string | null;
  /** The candidate's place in the list; null if there is none. */
  place: Told["place"];
  cell: string | null;
  /** Finer detail, e.g. "prefill 87/2000 tokens" or "1.2 GB of 4.5 GB". */
  detail: string | null;
  /** Live tokens/s of the running request; null if none. */
  liveTps: number | null;
  /** null where nothing can be estimated. */
  outlook: Outlook | null;
}

/** The same with what it comes to, for the terminal, `status` and Raycast. */
export type Progress = Omit<Report, "outlook"> & Estimate;

export interface NewTrial {
  stage: 1 | 2;
  model: string;
  knobs: Knobs;
  targetContext: number;
  maxTokens: number;
  /** Place in the candidate list (stage 1) or cell list (stage 2), 0-based. */
  position: number;
  /** Commit of the weights' snapshot; null or absent for local folders and the simulator. */
  modelRevision?: string | null;
}

/** What replaying a visit needs beside what it brought. */
export interface VisitConditions {
  /** Seconds of the run's time limit that were used up when it ended. */
  elapsedSeconds: number;
  /** From before the start to its end; after the stop, where the server is not kept. */
  wallMs: number;
  /** Which start of the server it measured on; null where that is not known. */
  start: ServerStart | null;
  /** Names the prompts that it was asked with. */
  nonceSet: number;
  /** Length of prompts as the model counts them, as known at its end; null if it is not. */
  promptScale: PromptScale | null;
}

/** A finished visit of the dead run that a resumed one carries over; its rows are copied already. */
export interface CarriedVisit extends VisitConditions {
  trialId: number;
  /** Place of the cell in the cell list; 0 in stage 1. */
  cellIndex: number;
  visit: Visit;
}

/** What a resumed run does not measure again. */
export interface CarriedOver {
  runId: string;
  /** Stage 1 verdicts by candidate. */
  candidates: ReadonlyMap<string, CarriedVisit>;
  /** Visits of Stage 2 in the order in which they ended; the search asks for exactly these first. */
  visits: readonly CarriedVisit[];
}

export interface RunEnd {
  exitReason: ExitReason;
  /** One sentence of why, for people; null for ok. */
  detail: string | null;
  recommendationJson: string | null;
  recipeHash: string | null;
  /** Relative change of the machine's speed over Stage 2, -0.12 = 12 % slower; null or absent if it cannot be told. */
  thermalDrift?: number | null;
}

/** The run's own writer. Every call is one short transaction; nothing is buffered. */
export interface RunJournal {
  runId: string;
  described(facts: { machine: Machine; candidates: string[]; provider: string; plannedCells: number | null }): void;
  phase(progress: Progress): void;
  /** At most a few times a second; also the heartbeat. */
  progress(progress: Progress): void;
  /** The leader of the candidate's process group, before it does anything else; null once the group is gone. */
  candidateGroup(group: { pid: number; startedAt: string } | null): void;
  trialStarted(trial: NewTrial): number;
  /** Keep the cells that Stage 2 is about to search. */
  searchStarted(cells: readonly Cell[]): void;
  /** Store a visit with its replicates, the trial's new figures, and what the search believes now, where it has a belief. */
  visitEnded(
    trialId: number,
    visit: Visit,
    figures: TrialFigures,
    conditions?: VisitConditions,
    belief?: Belief | null,
  ): void;
  /** Mark the final winner: `kept` is 1 on exactly this trial. */
  kept(trialId: number): void;
  note(kind: string, text: string): void;
  ended(end: RunEnd): void;
}

/** Everything a run works with. */
export interface RunContext {
  inputs: Inputs;
  provider: Provider;
  binary: Binary;
  machine: Machine;
  candidates: Candidate[];
  /** Bytes of physical memory (the simulated machine's, where simulated). */
  memoryBytes: number;
  /** Candidates that are not to be tried because the machine went down with them before, each with the reason. */
  crashSuspects: ReadonlyMap<string, string>;
  /** null: the run begins anew. */
  carriedOver: CarriedOver | null;
  clock: Clock;
  log: Log;
  preWarm: PreWarm;
  supervisor: Supervisor;
  journal: RunJournal;
  report(report: Report): void;
  /** Aborts with a RunStopped. */
  signal: AbortSignal;
  startedAt: string;
  /** Monotonic; for a resumed run so much earlier as the resumed run had worked. */
  startedAtMs: number;
}
