// How a notification went: which tool showed it, and what those tried before it said. Also what `notify-test --json` prints.
// Source: contract §13 (the outcome is stored).
import * as z from "zod";

export const notifiedSchema = z.object({
  /** The tool that showed it; null: none did. */
  via: z.string().nullable(),
  /** "<tool>: <why not>" of each tool tried in vain, in order. */
  tried: z.array(z.string()),
});
export type Notified = z.output<typeof notifiedSchema>;

/** The outcome as it is kept in a run's notes. */
export function notifiedText({ via, tried }: Notified): string {
  return via === null ? `not shown (${tried.join("; ")})` : `shown by ${via}`;
}
