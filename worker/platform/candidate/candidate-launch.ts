// Launches a candidate: own process group, 127.0.0.1 only, isolated config, stripped environment, bounded log, and written down
// before it becomes the program. Source: contract §4 (every provider), §5 (an orphan must be stoppable).
import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import type { Clock } from "../../context.ts";
import { errorText } from "../../core/errors.ts";
import type { Knobs } from "../../core/knobs.ts";
import type { HeldMemory } from "../../core/machine/memory-output.ts";
import { logLabelPath, type LogLabel } from "../../core/runs/log-label.ts";
import type { Binary, Provider } from "../../providers/provider.ts";
import { step } from "../../step.ts";
import { openChildLog, type ChildLog } from "./child-log.ts";
import { signalGroup } from "../processes/process-group.ts";

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

/** A launched candidate; `ended` aborts with the end's text as reason. */
export interface Child {
  process: ChildProcess;
  groupId: number;
  log: ChildLog;
  ended: AbortController;
  startedAtMs: number;
  /** Before the start; null where it cannot be told. */
  heldBefore: HeldMemory | null;
}

/** @throws what keeps it from being written down; then nothing stays behind */
export function launch(
  options: CandidateOptions,
  model: string,
  knobs: Knobs,
  logPath: string,
  heldBefore: HeldMemory | null,
): Child {
  const { provider, binary, port } = options;
  const configPath = join(options.runDir, "candidate.yaml");
  step("candidate.config", () => writePrivate(configPath, provider.isolatedConfig ?? ""));
  const plan = provider.start({ binary, model, knobs, port, configPath });
  const [program, ...args] = plan.argv;
  if (program === undefined) throw new Error(`${provider.id} gave an empty command`);
  const inherited = Object.entries(options.env).filter(([name]) => !plan.stripEnv(name));
  const log = step("candidate.log", () => openChildLog(logPath));
  const label: LogLabel = { model, knobs };
  step("candidate.label", () => writePrivate(logLabelPath(logPath), JSON.stringify(label)));
  const ended = new AbortController();
  const startedAtMs = options.clock.nowMs();
  const spawned = step("candidate.start", () =>
    spawn("/bin/sh", ["-c", HELD, "sh", program, ...args], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: { ...Object.fromEntries(inherited), ...plan.env },
    }),
  );
  spawned.stdout?.on("data", (part: Buffer) => log.write(part));
  spawned.stderr?.on("data", (part: Buffer) => log.write(part));
  spawned.once("error", (error) => ended.abort(new Error(`cannot be started: ${errorText(error)}`)));
  spawned.once("close", (code, signal) => ended.abort(new Error(signal ? `killed by ${signal}` : `exit code ${code}`)));
  recordOrKill(options, spawned);
  return { process: spawned, groupId: spawned.pid ?? 0, log, ended, startedAtMs, heldBefore };
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
    step("candidate.release", () => hold.end("go\n"));
  } catch (error) {
    step("candidate.kill-unwritten", () => signalGroup(spawned.pid ?? 0, "SIGKILL")); // milliseconds old: it holds no wired memory yet
    throw error;
  }
}

function writePrivate(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
}
