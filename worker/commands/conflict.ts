// Before the first start: is a live provider in the way? Never drains unasked.
// Source: contract §5.
import { refusal } from "../core/conflict.ts";
import { AutotuneError } from "../core/errors.ts";
import type { Inputs } from "../core/inputs.ts";
import { findLiveProviders } from "../platform/live-providers.ts";
import type { Io } from "./io.ts";

/** @throws AutotuneError provider_conflict naming what was found and the remedy */
export async function requireNoConflict(inputs: Inputs, io: Io): Promise<void> {
  const found = await findLiveProviders({
    port: inputs.port,
    env: io.env,
    homeDir: io.homeDir,
    uid: process.getuid?.() ?? 0,
  });
  const refused = refusal(found, false);
  if (refused) throw new AutotuneError("provider_conflict", refused.message, { remedy: refused.remedy });
}
