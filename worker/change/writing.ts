// What the work on an application needs of its process, and how it is written down: every step, and that it is over.
import type { Log } from "../context.ts";
import { errorText } from "../core/errors.ts";
import type { Owner } from "../store/active-place.ts";
import type { ApplicationState } from "../store/applications.ts";
import type { Store } from "../store/store.ts";
import type { RestartOptions } from "./service-restart.ts";

/** What writing needs of the process it runs in; `restart.launchd` is null without a launchctl. */
export interface Writing {
  store: Store;
  self: Owner;
  log: Log;
  restart: Omit<RestartOptions, "launchd"> & { launchd: RestartOptions["launchd"] | null };
}

/** Write a step down; the disk that kept a file from being written may keep the database from it, too, and the end is told all the same. */
export function noteStep(
  id: number,
  step: string,
  outcome: { ok: boolean; detail?: string | null; state?: ApplicationState },
  { store, log }: Writing,
): void {
  try {
    store.applications.step(id, step, outcome);
  } catch (error) {
    log.warn(`"${step}" could not be written down: ${errorText(error)}`);
  }
}

/** Nobody owns the application any more once the work on it is over, whatever its end. */
export async function releaseAfter<T>(id: number, { store, log }: Writing, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    try {
      store.applications.release(id);
    } catch (error) {
      log.warn(`that the work on application ${id} is over could not be written down: ${errorText(error)}`);
    }
  }
}
