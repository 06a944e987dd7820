// Starts, watches and stops the one candidate process: own process group, 127.0.0.1 only, isolated config, bounded log.
// Source: contract §4 (every provider).
import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock, Running, StartResult, Supervisor } from "../context.ts";
import { AutotuneError, errorText } from "../core/errors.ts";
import type { Knobs } from "../core/knobs.ts";
import type { Misfit } from "../core/measurement.ts";
import type { Binary, Provider } from "../providers/provider.ts";
import { openChildLog, type ChildLog } from "./child-log.ts";
import { availableMemoryBytes } from "./memory.ts";
import { isPortFree, listenerPids } from "./port-listener.ts";
import { groupGone, groupOf, signalGroup } from "./process-group.ts";
import { probeReadiness } from "./readiness.ts";

export interface CandidateOptions {
  provider: Provider;
  binary: Binary;
  port: number;
  readyTimeoutS: number;
  /** Private folder for the isolated config and logs. */
  runDir: string;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  /** Called with the group's id as soon as it exists and with null once it is gone, so that others can stop an orphan. */
  onGroup(groupId: number | null): void;
  /** Aborts when the user asks a second time: no more grace. */
  hurry: AbortSignal;
  /** Called before each start. @throws what must keep it from being started */
  beforeStart?(): Promise<void>;
}

/** SIGTERM to SIGKILL. A process that holds much wired memory needs long to give it back. */
const STOP_GRACE_MS = 30_000;
/** After the process is gone: for the port and the memory to come back. */
const SETTLE_MS = 10_000;
/** Memory counts as back when all but this is available again. */
const MEMORY_SLACK_BYTES = 1_073_741_824;
const LOG_LINES = 8;

interface Child {
  process: ChildProcess;
  groupId: number;
  log: ChildLog;
  ended: AbortController;
  startedAtMs: number;
  memoryBefore: number;
}

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
      const memoryBefore = await availableMemoryBytes();
      count += 1;
      child = launch(
        options,
        model,
        knobs,
        join(options.runDir, `${String(count).padStart(3, "0")}.log`),
        memoryBefore,
      );
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

function launch(options: CandidateOptions, model: string, knobs: Knobs, logPath: string, memoryBefore: number): Child {
  const { provider, binary, port } = options;
  const configPath = join(options.runDir, "candidate.yaml");
  writePrivate(configPath, provider.isolatedConfig ?? "");
  const plan = provider.start({ binary, model, knobs, port, configPath });
  const [program, ...args] = plan.argv;
  if (program === undefined) throw new Error(`${provider.id} gave an empty command`);
  const inherited = Object.entries(options.env).filter(([name]) => !plan.stripEnv(name));
  const log = openChildLog(logPath);
  const ended = new AbortController();
  const startedAtMs = options.clock.nowMs();
  const spawned = spawn("/bin/sh", ["-c", HELD, "sh", program, ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: { ...Object.fromEntries(inherited), ...plan.env },
  });
  spawned.stdout?.on("data", (part: Buffer) => log.write(part));
  spawned.stderr?.on("data", (part: Buffer) => log.write(part));
  spawned.once("error", (error) => ended.abort(new Error(`cannot be started: ${errorText(error)}`)));
  spawned.once("close", (code, signal) => ended.abort(new Error(signal ? `killed by ${signal}` : `exit code ${code}`)));
  recordOrKill(options, spawned);
  return { process: spawned, groupId: spawned.pid ?? 0, log, ended, startedAtMs, memoryBefore };
}

/**
 * A candidate that is not written down could not be stopped after our sudden death. So a shell holds its process until it is:
 * a word on the fourth descriptor lets it become the program, the end of our process ends it.
 */
const HELD = 'read -r word <&3 || exit 1; exec 3<&-; exec "$@"';

function recordOrKill(options: CandidateOptions, spawned: ChildProcess): void {
  if (spawned.pid === undefined) return;
  const hold = spawned.stdio[3] as Writable;
  hold.on("error", () => undefined); // the shell was killed while it waited: `close` tells
  try {
    options.onGroup(spawned.pid);
    hold.end("go\n");
  } catch (error) {
    signalGroup(spawned.pid, "SIGKILL"); // milliseconds old: it holds no wired memory yet
    throw error;
  }
}

function writePrivate(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
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
  try {
    const ready = await probeReadiness(options.provider, options.port, stop, () => onLoading(child.log.tail(1)));
    if (ready.state === "dead") return failedLoad(options, child, ready.reason);
    const foreign = await foreignListener(options.port, child.groupId);
    if (foreign) return misfitStart(options, child, { class: "load_failed", reason: foreign });
    return { state: "ready", running: running(options, child) };
  } catch (error) {
    signal.throwIfAborted();
    if (child.ended.signal.aborted) return failedLoad(options, child, null);
    if (!deadline.signal.aborted) throw error;
    return misfitStart(options, child, {
      class: "load_timeout",
      reason: `not ready after ${options.readyTimeoutS} s (--ready-timeout ${options.readyTimeoutS})`,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** The load ended badly: by the end of the process, or by what its endpoint said. */
function failedLoad(options: CandidateOptions, child: Child, said: string | null): StartResult {
  const facts = { code: child.process.exitCode, signal: child.process.signalCode, logTail: child.log.tail(40) };
  const failure = options.provider.classifyExit(facts);
  const reason = [said === null ? "load failed" : `load failed: ${said}`, failure.reason]
    .filter((part) => part !== "")
    .join(": ");
  return { ...misfitStart(options, child, { class: failure.class, reason }), integrity: failure.integrity };
}

function misfitStart(options: CandidateOptions, child: Child, misfit: Misfit): StartResult & { state: "misfit" } {
  const loadMs = options.clock.nowMs() - child.startedAtMs;
  return { state: "misfit", misfit, integrity: false, loadMs, logTail: child.log.tail(LOG_LINES) };
}

/** After readiness the listener must be our child. @returns why not, or null (also where listeners cannot be told). */
async function foreignListener(port: number, groupId: number): Promise<string | null> {
  const pids = await listenerPids(port);
  if (pids === null || pids.length === 0) return null;
  const groups = await Promise.all(pids.map(groupOf));
  const foreign = pids.filter((_, index) => groups[index] !== groupId);
  return foreign.length === pids.length
    ? `port ${port} is answered by process ${foreign.join(", ")}, not by the candidate`
    : null;
}

function running(options: CandidateOptions, child: Child): Running {
  return {
    baseUrl: `http://127.0.0.1:${options.port}`,
    loadMs: options.clock.nowMs() - child.startedAtMs,
    ended: child.ended.signal,
    checkAlive: (afterFailure) => checkAlive(options, child, afterFailure),
    logTail: () => child.log.tail(LOG_LINES),
  };
}

/** A broken connection arrives before the exit that caused it; wait this long for the exit. */
const EXIT_LAG_MS = 250;

async function checkAlive(options: CandidateOptions, child: Child, afterFailure: boolean): Promise<Misfit | null> {
  if (afterFailure) await exitOrLag(child);
  if (child.ended.signal.aborted) {
    const facts = { code: child.process.exitCode, signal: child.process.signalCode, logTail: child.log.tail(40) };
    const failure = options.provider.classifyExit(facts);
    const died = failure.class === "out_of_memory" ? failure.class : "died";
    return {
      class: died,
      reason: `the provider ended while it served (${errorText(child.ended.signal.reason)}): ${failure.reason}`,
    };
  }
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
    return { class: "died", reason: `${path} answers 503, generation has died: ${child.log.tail(LOG_LINES)}` };
  } catch {
    // A busy server may not answer its health check in time; only an explicit 503 is a verdict.
    return null;
  }
}

async function stopChild(options: CandidateOptions, child: Child): Promise<string[]> {
  const notes: string[] = [];
  try {
    if (child.groupId > 0) {
      signalGroup(child.groupId, "SIGTERM");
      if (!(await groupGone(child.groupId, STOP_GRACE_MS, options.hurry))) {
        notes.push(
          `SIGKILL after ${options.hurry.aborted ? "a second signal" : `${STOP_GRACE_MS / 1000} s of SIGTERM`}; wired memory may stay lost until reboot`,
        );
        signalGroup(child.groupId, "SIGKILL");
        await groupGone(child.groupId, SETTLE_MS);
      }
    }
    options.onGroup(null);
    notes.push(...(await settled(options, child.memoryBefore)));
  } catch (error) {
    notes.push(`stopping the candidate: ${errorText(error)}`);
  } finally {
    rmSync(join(options.runDir, "candidate.yaml"), { force: true });
    child.log.close();
  }
  return notes;
}

/** Wait for the port and the memory. @returns what did not come back in time. */
async function settled({ port, hurry }: CandidateOptions, memoryBefore: number): Promise<string[]> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const free = await isPortFree(port);
    const missing = memoryBefore - (await availableMemoryBytes());
    if (free && missing < MEMORY_SLACK_BYTES) return [];
    if (performance.now() >= deadline || hurry.aborted) {
      return [
        ...(free ? [] : [`port ${port} was not free again`]),
        ...(missing < MEMORY_SLACK_BYTES ? [] : [`${(missing / 1e9).toFixed(1)} GB of memory did not come back`]),
      ];
    }
    await delay(100);
  }
}
