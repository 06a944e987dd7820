// Tell a process to end by SIGTERM, only if it is the recorded one. Source: contract §5 (never SIGKILL a provider), §11.
import { errorText } from "../../core/errors.ts";
import { step } from "../../step.ts";
import { isSameProcess, processStartTime } from "./process-identity.ts";

/** A process as it was found: pid and start time. */
export interface Identity {
  pid: number;
  startedAt: string;
}

export const lives = ({ pid, startedAt }: Identity): boolean => isSameProcess(pid, startedAt);

/** @returns why it could not be told; null if it was, or has ended already */
export function tellToEnd(identity: Identity): string | null {
  const now = processStartTime(identity.pid);
  if (now === null || !lives(identity)) return null;
  // In doubt it lives, and in doubt it is not signalled.
  if (now !== identity.startedAt) return `when process ${identity.pid} was started cannot be read`;
  try {
    step("drain.sigterm", () => process.kill(identity.pid, "SIGTERM"));
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH" ? null : errorText(error);
  }
}
