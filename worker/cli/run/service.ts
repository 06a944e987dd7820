// The live provider around a run: found and refused, or drained before it, and kept out for as long as it lasts.
// Bringing it back is recover.ts.
import type { Log } from "../../context.ts";
import { describeLive, refusal } from "../../core/live/conflict.ts";
import { AutotuneError, errorText } from "../../core/errors.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import type { LiveProvider } from "../../core/live/live-provider.ts";
import { otherServersText } from "../../core/live/other-servers.ts";
import { drain } from "../../service/drain.ts";
import { systemClock } from "../../platform/machine/clock.ts";
import { openLaunchd } from "../../platform/launchd/launchd.ts";
import { findInTheWay, type SearchResult } from "../../platform/live/in-the-way.ts";
import { selfOwner } from "../../recovery/recover.ts";
import type { Store } from "../../store/store.ts";
import type { Io } from "../command/io.ts";

export interface DrainingRun {
  runId: string;
  inputs: Inputs;
  /** The run needs nothing of this machine but its port. */
  simulated: boolean;
  store: Store;
  log: Log;
  io: Io;
  signal: AbortSignal;
  /** Without a guard nothing may be drained. */
  isGuarded: () => boolean;
  /** Told before something is drained, and what was noticed. */
  onDraining: () => void;
  note: (text: string) => void;
}

/**
 * Look for a live provider and drain it, if that was asked for.
 * @throws AutotuneError provider_conflict; the signal's reason. What was taken out until then is for `recover`.
 */
export async function drainLive(run: DrainingRun): Promise<void> {
  const found = await look(run);
  const refused = refusal(found, run.inputs.drain, run.inputs.restartForeground);
  if (refused) throw conflict(refused.message, refused.remedy);
  const others = otherServersText(found.others);
  if (others !== null) run.note(others);
  if (found.live.length > 0) await drainNow(found.live, run);
}

/** A provider that comes back more often than this is brought back by something that will not stop. */
const RETURNS = 3;

/**
 * What to do before each start of a candidate: see that nothing has come back. A launchd service that has (a watchdog that nobody
 * knows) is drained again; a foreground provider was started by somebody who needs it, and ends the run.
 * @returns a check that throws AutotuneError provider_conflict
 */
export function keepOut(run: DrainingRun): () => Promise<void> {
  let returns = 0;
  return async () => {
    const found = await lookAgain(run);
    if (found.live.length === 0) return;
    const names = found.live.map(describeLive).join("; ");
    const refused = refusal(found, run.inputs.drain);
    if (refused) throw conflict(`During the run something came up. ${refused.message}`, refused.remedy);
    if (found.live.some((one) => one.kind === "foreground"))
      throw conflict(`During the run somebody started ${names}.`, "Stop it, or run again when it is no longer needed.");
    returns += 1;
    if (returns > RETURNS) throw conflict(`${names} came back ${returns} times during the run.`, FIND_IT);
    run.note(`${names} came back during the run and is drained again; figures of the visit before may be too low`);
    await drainNow(found.live, run);
  };
}

const FIND_IT = "Find what brings it back (a watchdog under another name, a script, cron) and stop that for the tune.";

async function drainNow(live: LiveProvider[], run: DrainingRun): Promise<void> {
  const { inputs, store, runId, log, io, signal } = run;
  if (!run.isGuarded())
    throw new AutotuneError("internal_error", "there is no guard for this run, so nothing was drained", {
      remedy: `See its notes: mlx-autotune show ${runId} --json.`,
    });
  run.onDraining();
  const launchd = await openLaunchd({ env: io.env, uid: process.getuid?.() ?? 0, signal });
  const options = {
    runId,
    owner: selfOwner(),
    launchd,
    journal: store.drains,
    clock: systemClock,
    log,
    graceS: inputs.drainGraceS,
    restartForeground: inputs.restartForeground,
  };
  await drain(live, options, signal);
}

/** ms after which a Mac that was busy with the memory of the last candidate is asked once more. */
const BUSY_MS = 5_000;

/** In the middle of a run one late answer is worth a second question. */
async function lookAgain(run: DrainingRun): Promise<SearchResult> {
  try {
    return await look(run);
  } catch (error) {
    run.signal.throwIfAborted();
    run.note(`${errorText(error)}; asked again`);
    await systemClock.sleep(BUSY_MS, run.signal);
    return look(run);
  }
}

function look({ inputs, io, simulated, signal }: DrainingRun): Promise<SearchResult> {
  const uid = process.getuid?.() ?? 0;
  return findInTheWay({ port: inputs.port, env: io.env, homeDir: io.homeDir, uid, signal }, simulated);
}

function conflict(message: string, remedy: string): AutotuneError {
  return new AutotuneError("provider_conflict", message, { remedy });
}
