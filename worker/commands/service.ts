// The live provider around a run: found and refused, or drained before it and brought back after it, whatever happens between.
// Source: contract §5.
import { drain } from "../drain.ts";
import { refusal } from "../core/conflict.ts";
import { AutotuneError } from "../core/errors.ts";
import type { Inputs } from "../core/inputs.ts";
import type { LiveProvider } from "../core/live-provider.ts";
import type { Log } from "../context.ts";
import { systemClock } from "../platform/clock.ts";
import { openLaunchd } from "../platform/launchd.ts";
import { findLiveProviders } from "../platform/live-providers.ts";
import { selfOwner } from "../recover.ts";
import type { Store } from "../store/store.ts";
import type { Io } from "./io.ts";

/** Look for a live provider. Never drains unasked. @returns what has to be drained; [] without a live provider */
export async function findService(inputs: Inputs, io: Io): Promise<LiveProvider[]> {
  const found = await findLiveProviders({
    port: inputs.port,
    env: io.env,
    homeDir: io.homeDir,
    uid: process.getuid?.() ?? 0,
  });
  const refused = refusal(found, inputs.drain);
  if (refused) throw new AutotuneError("provider_conflict", refused.message, { remedy: refused.remedy });
  return found.live;
}

/** @throws AutotuneError provider_conflict; the signal's reason. What was taken out until then is for `restoreService`. */
export async function drainService(
  live: LiveProvider[],
  run: { runId: string; inputs: Inputs; store: Store; log: Log },
  io: Io,
  signal: AbortSignal,
): Promise<void> {
  const { inputs, store, runId, log } = run;
  const launchd = await openLaunchd({ env: io.env, uid: process.getuid?.() ?? 0 });
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
