// What a worker that died suddenly leaves behind: its row, which is closed, and its candidate, which is stopped, but only if it is
// provably the recorded one. Whoever looks at runs next does this first.
// Source: contract §5 (sudden death), §4 (how a candidate is stopped), §11 (pid and start time).
import { rmSync } from "node:fs";
import { join } from "node:path";
import { readBootId } from "../platform/processes/boot-id.ts";
import { isSameProcess, processStartTime } from "../platform/processes/process-identity.ts";
import { groupAlive, groupGone, signalGroup } from "../platform/processes/process-group.ts";
import { step } from "../step.ts";
import type { CandidateGroup } from "../store/active-place.ts";
import type { Store } from "../store/store.ts";

/** SIGTERM to SIGKILL, as for a candidate of our own. */
const GRACE_MS = 30_000;
/** After the SIGKILL. */
const KILL_MS = 5_000;

/**
 * Close the run of a dead worker and stop its candidate.
 * @param tell gets a line before anything is waited for
 * @returns ids of the closed runs, at most one
 */
export async function closeDeadRuns(
  store: Store,
  tell: (text: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string[]> {
  const place = store.activePlace();
  if (place === null || isSameProcess(place.pid, place.pidStartedAt)) return [];
  if (place.candidate !== null && isRecorded(place.candidate))
    tell(`The worker of run ${place.runId} has died; stopping its candidate, process ${place.candidate.pid}.`);
  const note = place.candidate === null ? null : await stopOrphan(place.candidate);
  const closed = store.closeDeadRuns(isSameProcess, await readBootId(env));
  if (!closed.includes(place.runId)) return closed;
  if (note !== null) store.noteOn(place.runId, "orphan", note);
  step("orphan.tidy", () => rmSync(join(store.logFolder, place.runId, "candidate.yaml"), { force: true }));
  return closed;
}

/**
 * Stop a dead worker's candidate: SIGTERM to the group, a long grace, SIGKILL last. A process that merely has the same pid is
 * never touched, nor is a group without its recorded leader.
 * @returns what was done, or could not be, for the record; null if there was nothing to stop
 */
export async function stopOrphan(group: CandidateGroup, graceMs = GRACE_MS): Promise<string | null> {
  if (!isRecorded(group)) return leftovers(group);
  step("orphan.sigterm", () => signalGroup(group.pid, "SIGTERM"));
  if (await groupGone(group.pid, graceMs)) return `orphaned candidate ${group.pid} stopped by SIGTERM`;
  step("orphan.sigkill", () => signalGroup(group.pid, "SIGKILL"));
  const gone = await groupGone(group.pid, KILL_MS);
  return gone
    ? `orphaned candidate ${group.pid} stopped by SIGKILL after ${graceMs / 1000} s of SIGTERM; wired memory may stay lost until reboot`
    : `orphaned candidate ${group.pid} outlives SIGKILL`;
}

/** Proof, not doubt: a start time that is unknown on either side proves nothing. */
function isRecorded(group: CandidateGroup): boolean {
  return group.startedAt !== "unknown" && processStartTime(group.pid) === group.startedAt;
}

/** The recorded leader is gone; if another process has its pid now, the group is that one's. */
async function leftovers(group: CandidateGroup): Promise<string | null> {
  if (processStartTime(group.pid) !== null || !(await groupAlive(group.pid))) return null;
  return `the orphaned candidate ${group.pid} has ended, but processes of its group live on; look at them with \`pgrep -lg ${group.pid}\``;
}
