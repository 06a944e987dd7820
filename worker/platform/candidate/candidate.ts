// Starts the one candidate process and waits until it is ready. At most one is alive at any time.
// Source: contract §4 (every provider). Launching: candidate-launch.ts; liveness and stopping: candidate-end.ts.
import { join } from "node:path";
import type { StartResult, Supervisor } from "../../context.ts";
import { AutotuneError } from "../../core/errors.ts";
import type { Misfit } from "../../core/measure/measurement.ts";
import { failureSince, running, stopChild, EVIDENCE_LINES, TOLD_LINES } from "./candidate-end.ts";
import { launch, type CandidateOptions, type Child } from "./candidate-launch.ts";
import { readMemory } from "../machine/memory.ts";
import { isPortFree, listenerPids } from "../processes/port-listener.ts";
import { groupOf } from "../processes/process-group.ts";
import { probeReadiness } from "./readiness.ts";

export type { CandidateOptions } from "./candidate-launch.ts";

/** @returns a supervisor with at most one living candidate. */
export function createSupervisor(options: CandidateOptions): Supervisor {
  let child: Child | null = null;
  let count = 0;
  return {
    async start(model, knobs, onLoading, signal) {
      if (child) throw new Error("a candidate is alive already");
      signal.throwIfAborted();
      await options.beforeStart?.();
      signal.throwIfAborted();
      await requireFreePort(options.port);
      const heldBefore = (await readMemory(options.env)).held;
      count += 1;
      child = launch(options, model, knobs, join(options.runDir, `${String(count).padStart(3, "0")}.log`), heldBefore);
      return becomeReady(options, child, onLoading, signal);
    },
    async stop() {
      if (!child) return [];
      const stopping = child;
      const notes = await stopChild(options, stopping);
      child = null;
      return notes;
    },
  };
}

async function requireFreePort(port: number): Promise<void> {
  if (await isPortFree(port)) return;
  const pids = await listenerPids(port);
  const who = pids && pids.length > 0 ? `process ${pids.join(", ")}` : "another process";
  throw new AutotuneError("provider_conflict", `port ${port} is taken by ${who}`, {
    remedy: "Stop it, or choose another --port.",
  });
}

async function becomeReady(
  options: CandidateOptions,
  child: Child,
  onLoading: (line: string) => void,
  signal: AbortSignal,
): Promise<StartResult> {
  const limitMs = options.readyTimeoutS * 1000;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), limitMs);
  const stop = AbortSignal.any([signal, child.ended.signal, deadline.signal]);
  let lastSaid = "";
  try {
    const ready = await probeReadiness(options.provider, options.port, stop, {
      tell: () => onLoading(child.log.tail(1)),
      logMark: () => child.log.mark(),
      failureSince: (mark) => failureSince(options, child, mark),
      said: (words) => (lastSaid = `; last it said: ${words}`),
    });
    if (ready.state === "dead") return failedLoad(options, child, ready);
    const foreign = await foreignListener(options.port, child.groupId);
    if (foreign) return misfitStart(options, child, { class: "load_failed", reason: foreign });
    return { state: "ready", running: running(options, child) };
  } catch (error) {
    signal.throwIfAborted();
    if (child.ended.signal.aborted) return failedLoad(options, child, null);
    if (!deadline.signal.aborted) throw error;
    return misfitStart(options, child, {
      class: "load_timeout",
      reason: `not ready after ${options.readyTimeoutS} s (--ready-timeout ${options.readyTimeoutS})${lastSaid}`,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** The load ended badly: by the end of the process (null), or by what its endpoint or its log said. */
function failedLoad(
  options: CandidateOptions,
  child: Child,
  said: { reason: string; logged: boolean } | null,
): StartResult {
  const facts = {
    code: child.process.exitCode,
    signal: child.process.signalCode,
    logTail: child.log.tail(EVIDENCE_LINES),
  };
  const failure = options.provider.classifyExit(facts);
  const parts = ["load failed", said?.reason, said?.logged === true ? null : failure.reason];
  const reason = parts.filter((part) => typeof part === "string" && part !== "").join(": ");
  return { ...misfitStart(options, child, { class: failure.class, reason }), integrity: failure.integrity };
}

function misfitStart(options: CandidateOptions, child: Child, misfit: Misfit): StartResult & { state: "misfit" } {
  const loadMs = options.clock.nowMs() - child.startedAtMs;
  return { state: "misfit", misfit, integrity: false, loadMs, logTail: child.log.tail(TOLD_LINES) };
}

/** After readiness the listener must be our child. @returns why not, or null (also where listeners cannot be told). */
async function foreignListener(port: number, groupId: number): Promise<string | null> {
  const pids = await listenerPids(port);
  if (pids === null || pids.length === 0) return null;
  const groups = await Promise.all(pids.map(groupOf));
  // null: it has ended meanwhile, or its group cannot be told.
  const foreign = pids.filter((_, index) => groups[index] !== null && groups[index] !== groupId);
  return foreign.length === pids.length
    ? `port ${port} is answered by process ${foreign.join(", ")}, not by the candidate`
    : null;
}
