// Whether a candidate still serves, and how it is stopped: SIGTERM to the group, a long grace, SIGKILL as the last resort and recorded.
// Source: contract §4 (liveness, stopping; port free and memory back before the next start).
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { LogFailure, Running } from "../../context.ts";
import { errorText } from "../../core/errors.ts";
import { errorWords } from "../../core/measure/log-words.ts";
import type { Misfit } from "../../core/measure/measurement.ts";
import { notReturned } from "../../core/machine/memory-output.ts";
import { pollPauseMs } from "../../core/poll-pause.ts";
import { step } from "../../step.ts";
import type { CandidateOptions, Child } from "./candidate-launch.ts";
import { readMemory } from "../machine/memory.ts";
import { isPortFree } from "../processes/port-listener.ts";
import { groupGone, signalGroup } from "../processes/process-group.ts";

/** SIGTERM to SIGKILL. A process that holds much wired memory needs long to give it back. */
const STOP_GRACE_MS = 30_000;
/** After the process is gone: for the port and the memory to come back. */
const SETTLE_MS = 10_000;
/** Lines of the log that are told with a failure. */
export const TOLD_LINES = 8;
/** Lines in which its reason is looked for: a traceback through Python's libraries has fifty, and its error may stand above it. */
export const EVIDENCE_LINES = 200;

/** A ready candidate as the flow sees it. */
export function running(options: CandidateOptions, child: Child): Running {
  return {
    baseUrl: `http://127.0.0.1:${options.port}`,
    loadMs: options.clock.nowMs() - child.startedAtMs,
    ended: child.ended.signal,
    checkAlive: (afterFailure) => checkAlive(options, child, afterFailure),
    logMark: () => child.log.mark(),
    failureSince: (mark) => failureSince(options, child, mark),
    logTail: () => child.log.tail(TOLD_LINES),
  };
}

/** What a candidate's log tells of a failure since `mark`; null if nothing. */
export function failureSince({ provider }: CandidateOptions, child: Child, mark: number): LogFailure | null {
  const log = child.log.since(mark);
  const death = provider.generationDeath?.(log) ?? null;
  const words = death ?? errorWords(log);
  if (words === null) return null;
  const known = provider.classifyExit({ code: null, signal: null, logTail: log }).class;
  const failure = known === "out_of_memory" ? known : "died";
  if (death === null) return { dead: false, misfit: { class: failure, reason: words } };
  return {
    dead: true,
    misfit: { class: failure, reason: `generation has died, though its port still answers: ${death}` },
  };
}

/** A broken connection arrives before the exit that caused it; wait this long for the exit. */
const EXIT_LAG_MS = 250;

async function checkAlive(options: CandidateOptions, child: Child, afterFailure: boolean): Promise<Misfit | null> {
  if (afterFailure) await exitOrLag(child);
  if (child.ended.signal.aborted) {
    const facts = {
      code: child.process.exitCode,
      signal: child.process.signalCode,
      logTail: child.log.tail(EVIDENCE_LINES),
    };
    const failure = options.provider.classifyExit(facts);
    const died = failure.class === "out_of_memory" ? failure.class : "died";
    return {
      class: died,
      reason: `the provider ended while it served (${errorText(child.ended.signal.reason)}): ${failure.reason}`,
    };
  }
  const logged = failureSince(options, child, 0);
  if (logged?.dead === true) return logged.misfit;
  return options.provider.healthPath === null ? null : checkHealth(options, child, options.provider.healthPath);
}

async function exitOrLag(child: Child): Promise<void> {
  const ended = new Promise((resolve) => child.ended.signal.addEventListener("abort", resolve, { once: true }));
  if (!child.ended.signal.aborted) await Promise.race([delay(EXIT_LAG_MS), ended]);
}

async function checkHealth(options: CandidateOptions, child: Child, path: string): Promise<Misfit | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${options.port}${path}`, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    if (response.status !== 503) return null;
    return { class: "died", reason: `${path} answers 503, generation has died: ${child.log.tail(TOLD_LINES)}` };
  } catch {
    // A busy server may not answer its health check in time; only an explicit 503 is a verdict.
    return null;
  }
}

/** Stop a candidate and wait for the port and the memory. Never throws. @returns notes worth keeping */
export async function stopChild(options: CandidateOptions, child: Child): Promise<string[]> {
  const notes: string[] = [];
  try {
    if (child.groupId > 0) {
      step("candidate.sigterm", () => signalGroup(child.groupId, "SIGTERM"));
      if (!(await groupGone(child.groupId, STOP_GRACE_MS, options.hurry))) {
        notes.push(
          `SIGKILL after ${options.hurry.aborted ? "a second signal" : `${STOP_GRACE_MS / 1000} s of SIGTERM`}; wired memory may stay lost until reboot`,
        );
        step("candidate.sigkill", () => signalGroup(child.groupId, "SIGKILL"));
        await groupGone(child.groupId, SETTLE_MS);
      }
    }
    options.onGroup(null);
    notes.push(...(await settled(options, child.heldBefore)));
  } catch (error) {
    notes.push(`stopping the candidate: ${errorText(error)}`);
  } finally {
    step("candidate.tidy", () => rmSync(join(options.runDir, "candidate.yaml"), { force: true }));
    child.log.close();
  }
  return notes;
}

/** Wait for the port and the memory. @returns what did not come back in time. */
async function settled({ port, hurry, env }: CandidateOptions, before: Child["heldBefore"]): Promise<string[]> {
  const since = performance.now();
  for (;;) {
    const waitedMs = performance.now() - since;
    const free = await isPortFree(port);
    const missing = notReturned(before, before && (await readMemory(env)).held);
    if (free && missing === null) return [];
    if (waitedMs >= SETTLE_MS || hurry.aborted) {
      return [...(free ? [] : [`port ${port} was not free again`]), ...(missing === null ? [] : [missing])];
    }
    await delay(pollPauseMs(waitedMs, 100));
  }
}
