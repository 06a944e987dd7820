// Start a drained foreground provider again as it was: its command line, working directory and environment; and prove that it
// serves. Only with --restart-foreground.
import { spawn } from "node:child_process";
import {
  FIRST_PAUSE_MS,
  LONGEST_PAUSE_MS,
  onPorts,
  pollMs,
  silence,
  type BringBackOptions,
  type Ended,
} from "./bring-back.ts";
import { asPsPrints } from "../core/live/command-line.ts";
import { drainedName, repairCommands, type DrainedForeground } from "../core/launchd/drained.ts";
import { errorText } from "../core/errors.ts";
import { watchLoad } from "./load-watch.ts";
import { answersFrom } from "../platform/processes/port-answers.ts";
import { isSameProcess } from "../platform/processes/process-identity.ts";
import { listProcesses } from "../platform/processes/processes.ts";
import { step } from "../step.ts";

/** Bring it back, or say how the user can. */
export async function bringBackForeground(service: DrainedForeground, options: BringBackOptions): Promise<Ended> {
  const { clock, log, limits, attempted } = options;
  if (!service.restart) {
    const command = repairCommands(service).join("; ");
    log.warn(
      `${drainedName(service)} was stopped and is not started again (no --restart-foreground). To start it: ${command}`,
    );
    return { state: "left_out" };
  }
  if (service.argv.length === 0) return { state: "failed", problem: "its command line is not known" };
  const deadline = clock.nowMs() + limits.tryForMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const problem = await startAndWait(service, options).catch(errorText);
    if (problem === null) return { state: "restored" };
    attempted(problem);
    if (clock.nowMs() >= deadline) return { state: "failed", problem };
    await clock.sleep(pauseMs);
  }
}

/** A process, and why it ended; null while it lives. */
interface Started {
  pid: number;
  ended(): string | null;
}

/** ms that a provider without a known port must live to count as back. */
const LIVES_MS = 2_000;

/** @returns null once it answers, else why not */
async function startAndWait(service: DrainedForeground, options: BringBackOptions): Promise<string | null> {
  const { clock, limits, log } = options;
  const started = (await findRunning(service)) ?? (await startAgain(service));
  const since = clock.nowMs();
  const load = watchLoad(limits, clock);
  for (let told = false; started.ended() === null; told = true) {
    const forMs = clock.nowMs() - since;
    const answers = await Promise.all(service.ports.map((port) => answersFrom(started.pid, port)));
    if (service.ports.length === 0 ? forMs >= LIVES_MS : answers.includes(true)) return null;
    if (!(await load.mayGoOn(started.pid))) return silence(service, forMs);
    if (!told) log.info(`Waiting until ${service.argv.join(" ")} answers${onPorts(service)}`);
    await clock.sleep(pollMs(forMs));
  }
  return `it ended at once with ${started.ended()}`;
}

/** Whoever brought it back before may have died before it could say so; or the user was quicker. */
async function findRunning({ argv }: DrainedForeground): Promise<Started | null> {
  // Where ps has joined the words, only their line can be compared.
  const line = asPsPrints(argv);
  const found = (await listProcesses()).find((one) => one.argv.length > 0 && asPsPrints(one.argv) === line);
  if (!found) return null;
  return { pid: found.pid, ended: () => (isSameProcess(found.pid, found.start) ? null : "no one knows what") };
}

function startAgain(service: DrainedForeground): Promise<Started> {
  const [program = "", ...args] = service.argv;
  return new Promise((resolve, reject) => {
    let end: string | null = null;
    const child = step("restore.start", () =>
      spawn(program, args, {
        detached: true,
        stdio: "ignore",
        env: service.env ?? {},
        ...(service.cwd === null ? {} : { cwd: service.cwd }),
      }),
    );
    child.once("error", reject);
    child.once("exit", (code, signal) => (end = `${signal ?? `exit code ${code}`}`));
    child.once("spawn", () => {
      child.unref();
      resolve({ pid: child.pid ?? 0, ended: () => end });
    });
  });
}
