// Reads the config of an application only to say what it holds: bounded in size and time, whatever disk it is on by now.
// Source: contract §12, §15. How it is read to be replaced: file-state.ts.
import type { ConfigLook } from "../../core/runs/config-now.ts";
import { MAX_CONFIG_BYTES } from "../../core/config/config-print.ts";
import { errorText } from "../../core/errors.ts";
import { unlessAbsent, withinTime } from "./foreign-files.ts";

/** For one file. A disk that is awake answers in ms; the process that reads has to start first, also on a busy machine. */
const LOOK_MS = 5_000;

/** @throws the reason of `stop` if that aborts */
export async function lookAtConfig(path: string, stop: AbortSignal): Promise<ConfigLook> {
  try {
    const bytes = await withinTime(LOOK_MS, stop, (files) => unlessAbsent(files.whole(path, MAX_CONFIG_BYTES)));
    return { bytes: bytes ?? new Uint8Array() };
  } catch (error) {
    stop.throwIfAborted();
    return { why: errorText(error) };
  }
}
