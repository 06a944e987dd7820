// Tell the user how runs ended whose workers died before they could: the guard at once, else the next command. Source: contract §13.
import type { Log } from "../context.ts";
import { notifiedText } from "../core/result/notified.ts";
import { untoldText } from "../core/runs/untold-text.ts";
import { interruptible } from "../interruptible.ts";
import { notify } from "../notify/notify.ts";
import { isSameProcess } from "../platform/processes/process-identity.ts";
import type { Owner } from "../store/active-place.ts";
import type { Store } from "../store/store.ts";
import { shortId } from "../core/units.ts";

export interface TellOptions {
  store: Store;
  env: NodeJS.ProcessEnv;
  log: Log;
  self: Owner;
  /** Ends the waiting for a tool; what was not told then is still owed. */
  signal?: AbortSignal | undefined;
}

/** Send each notification that is owed, and note how. Quick where none is: one read. @throws the signal's reason */
export async function tellEnds({ store, env, log, self, signal }: TellOptions): Promise<void> {
  for (const untold of store.untold.abandoned(self, isSameProcess)) {
    const text = textOf(untold.runId, store);
    if (text === null || !store.untold.claim(untold, self)) continue;
    log.warn(`Run ${shortId(untold.runId)}: ${text.title}. ${text.message}`);
    const shown = await interruptible(notify({ ...text, link: untold.link }, env), signal);
    store.untold.told(untold.runId, notifiedText(shown));
  }
}

/** @returns null while another process brings back what the run had drained: that one tells, once it knows what came of it */
function textOf(runId: string, { readers, drains }: Store): { title: string; message: string } | null {
  const run = readers.runById(runId);
  const ofRun = drains.ofRun(runId);
  if (run === null || ofRun.some(({ state }) => state === "intended" || state === "out")) return null;
  return untoldText({ run, drains: ofRun, notes: readers.notes(runId), applications: readers.applications(runId) });
}
