// `notify-test`: shows a notification as the end of a run does, so that the user sees beforehand whether and how one arrives.
import { ifNothingAppeared, type Notified, notifiedText } from "../../core/result/notified.ts";
import { notify } from "../../notify/notify.ts";
import type { Store } from "../../store/store.ts";
import { say, type Io } from "../command/io.ts";

/** Kept apart from `notification`, which is how the run itself ended. */
const NOTE = "notification-test";

/** @returns 0 if a tool took it, 1 if none did */
export async function testNotification(store: Store, json: boolean, io: Io): Promise<number> {
  const link = io.env["MLX_AUTOTUNE_DEEP_LINK"] ?? null;
  const title = "This is a test";
  const shown = await notify({ title, message: "A run ends with one like this.", link }, io.env);
  const latest = store.readers.latestRun();
  if (latest !== null) store.noteOn(latest.run_id, NOTE, notifiedText(shown));
  if (json) say(io.stdout, JSON.stringify(shown));
  else tell(shown, io);
  return shown.via === null ? 1 : 0;
}

function tell(shown: Notified, io: Io): void {
  for (const line of shown.tried) say(io.stderr, line);
  if (shown.via !== null)
    return say(io.stdout, `Handed to ${shown.via}, which reported no error. ${ifNothingAppeared(shown.via)}`);
  const install = process.platform === "darwin" ? "brew install terminal-notifier" : "apt install libnotify-bin";
  say(io.stderr, `No tool took it; a run then just ends quietly. Install one: ${install}`);
}
