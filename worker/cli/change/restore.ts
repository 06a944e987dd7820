// `restore`: bring back a drained provider that a dead run left behind, also one that was given up before, and one that an apply or
// revert left down. Safe at any time.
import { restoreFailureText } from "../../core/launchd/drained.ts";
import { EXIT_RESTORE_FAILED } from "../../core/errors.ts";
import { isSameProcess } from "../../platform/processes/process-identity.ts";
import { recover } from "../../recovery/recover.ts";
import type { JournalEntry } from "../../store/drain-journal.ts";
import type { RestoreResult } from "../../service/restore.ts";
import type { Store } from "../../store/store.ts";
import { say, stderrLog, type Io } from "../command/io.ts";
import { restoreApplications } from "./restore-applications.ts";

/** @returns 0 if everything is in service or a living run will see to it, 8 if something could not be brought back */
export async function restoreProvider(
  store: Store,
  options: { json: boolean; readyTimeoutS: number },
  io: Io,
): Promise<number> {
  const { json } = options;
  const { env, signal } = io;
  const drained = await recover({ store, env, log: stderrLog(io), retryFailed: true, waitForOthers: true, signal });
  const applied = await restoreApplications(store, options.readyTimeoutS, io);
  const result: RestoreResult = {
    restored: [...drained.restored, ...applied.restored],
    leftOut: drained.leftOut,
    failed: [...drained.failed, ...applied.failed],
  };
  const waiting = store.drains.open().filter((entry) => isSameProcess(entry.owner.pid, entry.owner.pidStartedAt));
  if (json) say(io.stdout, JSON.stringify(documentOf(result, waiting), null, 2));
  else if (result.failed.length === 0) say(io.stdout, summary(result, waiting));
  if (result.failed.length === 0) return 0;
  say(io.stderr, restoreFailureText(result.failed));
  return EXIT_RESTORE_FAILED;
}

const documentOf = ({ restored, leftOut, failed }: RestoreResult, waiting: JournalEntry[]) => ({
  restored,
  left_out: leftOut,
  failed,
  drained_by_active_run: waiting.map((entry) => entry.name),
});

function summary({ restored, leftOut }: RestoreResult, waiting: JournalEntry[]): string {
  const lines = [
    ...restored.map((name) => `Back in service: ${name}.`),
    ...leftOut.map(({ name, commands }) => `Left stopped: ${name}. To start it: ${commands.join("; ")}`),
    ...waiting.map(
      (entry) => `Drained by the active run ${entry.runId}, which brings it back at its end: ${entry.name}.`,
    ),
  ];
  return lines.length === 0 ? "Nothing is drained." : lines.join("\n");
}
