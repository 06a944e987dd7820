// Tells the user, wherever a tool takes a notification: the first without an error, 10 s each. A failure never fails a run.
// Source: contract §13.
import { execa } from "execa";
import type { Notified } from "../core/result/notified.ts";
import { type Notification, type Notifier, type NotifierHost, notifiersFor, thisHost } from "./notifiers.ts";
import { step } from "../step.ts";

const LIMIT_MS = 10_000;

/** Hand a notification to the first tool that takes it. Never throws. */
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

/** @returns why the tool did not take it, one line; null if it reported no error */
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
  // Some versions show it at once and return only when it is clicked.
  if (result.timedOut) return `did not return within ${limitMs / 1000} s, so whether it was shown is unknown`;
  return firstLine(result.stderr ?? "") || firstLine(result.shortMessage ?? "") || "failed";
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
