// Whether launchd would kill a job before its own time to end is over, in which order its processes are told to end first, and the
// words for both. Pure. Source: contract §5 (never SIGKILL, nor let launchd do it); launchd.plist(5), ExitTimeOut.
import { bootoutCommand } from "../live/conflict.ts";
import { killsAfterS } from "./launchctl-output.ts";
import { ancestors, type ProcessInfo } from "../live/provider-family.ts";
import { shellCommand } from "../text/shell-words.ts";

/** Seconds; macOS 27 grants no more, whatever the plist says. */
export const MOST_EXIT_TIMEOUT_S = 60;

/** @param exitTimeoutS as `print` says; null = it does not say */
export function killsTooSoon(exitTimeoutS: number | null, graceS: number): boolean {
  return killsAfterS(exitTimeoutS) < graceS;
}

/** What was found and what is done about it. @param name of the service @param graceText e.g. "--drain-grace 30" */
export function toldFirstText(name: string, exitTimeoutS: number | null, graceText: string): string {
  return `launchd would kill ${name} ${killsAfterS(exitTimeoutS)} s after telling it to end (${graceText}), so it is told and waited for first`;
}

/** What to put into the plist so that launchd waits by itself. */
export function exitTimeoutAdvice(plistPath: string, graceS: number): string {
  const seconds = Math.max(1, Math.min(Math.ceil(graceS), MOST_EXIT_TIMEOUT_S));
  const most = graceS > MOST_EXIT_TIMEOUT_S ? ` (macOS 27 grants ${MOST_EXIT_TIMEOUT_S} at most)` : "";
  return `Put <key>ExitTimeOut</key><integer>${seconds}</integer>${most} into ${shellCommand([plistPath])}; it counts from the next log-in on.`;
}

/** What a user may do about one that does not end in its time. */
export function slowEndRemedy(service: { domain: string; label: string }): string {
  return `Give it more time with --drain-grace, or stop it yourself: \`${shellCommand(bootoutCommand(service))}\`. It is never killed.`;
}

/**
 * Those first that run under others of the list: when a wrapper ends, launchd kills what is left of its process group, and that may be
 * the server with the model in its memory.
 * @param processes whatever was started by another one stands after it
 */
export function innermostFirst(processes: readonly ProcessInfo[]): ProcessInfo[] {
  const byPid = new Map(processes.map((one) => [one.pid, one]));
  const depth = (one: ProcessInfo) => ancestors(one, byPid).length;
  // What stands between two of them may not be in the list; then their order is all that is known.
  return [...processes].reverse().sort((a, b) => depth(b) - depth(a));
}
