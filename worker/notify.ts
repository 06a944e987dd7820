// Tells the user, wherever a notification can be shown: the first tool that works, 10 s each. A failure never fails a run.
// Source: contract §13.
import { execa } from "execa";
import type { Notified } from "./core/notified.ts";
import { type Notification, type Notifier, type NotifierHost, notifiersFor, thisHost } from "./notifiers.ts";
import { step } from "./step.ts";

const LIMIT_MS = 10_000;

/** Show a notification. Never throws. */
export async function notify(
  notification: Notification,
  env: NodeJS.ProcessEnv,
  host: NotifierHost = thisHost(),
  limitMs = LIMIT_MS,
): Promise<Notified> {
  const tried: string[] = [];
  for (const notifier of notifiersFor(host)) {
    const wrong =
      (await notifier.obstacle(env)) ?? (await step("notify.show", () => show(notifier, notification, env, limitMs)));
    if (wrong === null) return { via: notifier.name, tried };
    tried.push(`${notifier.name}: ${wrong}`);
  }
  return { via: null, tried };
}

/** @returns why it was not shown, one line; null if it was */
async function show(
  { program, ...notifier }: Notifier,
  notification: Notification,
  env: NodeJS.ProcessEnv,
  limitMs: number,
) {
  const result = await execa(program, notifier.arguments(notification), {
    env,
    extendEnv: false,
    reject: false,
    timeout: limitMs,
    // A tool that does not heed SIGTERM must not hold up the end of a run.
    forceKillAfterDelay: 1000,
    stdin: "ignore",
  });
  if (!result.failed) return null;
  if (result.code === "ENOENT") return "not there";
  if (result.timedOut) return `did not return within ${limitMs / 1000} s`;
  return firstLine(result.stderr ?? "") || firstLine(result.shortMessage ?? "") || "failed";
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
