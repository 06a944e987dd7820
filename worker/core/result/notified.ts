// How a notification went: which tool took it, and what those tried before it said. That a tool took it without an error does not say that
// anybody saw it: permission and Focus decide later, and no tool tells. Also what `notify-test --json` prints.
// Source: contract §13 (the outcome is stored).
import * as z from "zod";

export const notifiedSchema = z.object({
  /** The tool that took it and reported no error; null: none did. */
  via: z.string().nullable(),
  /** "<tool>: <why not>" of each tool tried in vain, in order. */
  tried: z.array(z.string()),
});
export type Notified = z.output<typeof notifiedSchema>;

/** The outcome as it is kept in a run's notes. */
export function notifiedText({ via, tried }: Notified): string {
  return via === null ? `no tool took it (${tried.join("; ")})` : `handed to ${via}, which reported no error`;
}

/** As whose notifications macOS counts them, by what the tool's name ends in. */
const SENDERS = { "terminal-notifier": "terminal-notifier", osascript: "Script Editor" };

/** What to do if no notification appeared although a tool took it, a sentence. */
export function ifNothingAppeared(via: string): string {
  const sender = Object.entries(SENDERS).find(([tool]) => via.endsWith(tool))?.[1];
  if (sender === undefined) return "If nothing appeared, see whether your desktop is set to show notifications.";
  const unlisted =
    sender === "Script Editor" ? " (if it is not listed there, send one from Script Editor itself once)" : "";
  return `If nothing appeared, allow ${sender} in System Settings > Notifications${unlisted} and see whether a Focus is on.`;
}
