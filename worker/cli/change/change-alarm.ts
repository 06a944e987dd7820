// A provider that does not serve after an apply or a revert: told on the terminal, in the document, and by a notification.
// Source: contract §3 (exit 8, the text says exactly what to type), §12, §13.
import type { Outcome } from "../../change/apply.ts";
import { restartCommand } from "../../core/config/apply-text.ts";
import { notifiedText } from "../../core/result/notified.ts";
import { errorText } from "../../core/errors.ts";
import { notify } from "../../notify/notify.ts";
import type { Restarted } from "../../change/service-restart.ts";
import type { Store } from "../../store/store.ts";
import type { Stuck } from "../../change/take-back.ts";
import type { Change } from "./change.ts";
import { say, stderrLog, type Io } from "../command/io.ts";

/** Why the provider does not serve now; null if it does, or if there was nothing to restart. */
export function providerDown({ state, restart, back }: Outcome): string | null {
  const last = state === "rolled_back" ? back : state === "roll_back_failed" ? (back ?? restart) : restart;
  return last?.ok === false ? last.problem : null;
}

/** Sentences and commands, in the order in which they help. */
export function remediesOf({ target }: Change, outcome: Outcome): string[] {
  const { stuck } = outcome;
  if (stuck !== null) return [...(stuck.remedy === null ? [] : [sentence(stuck.remedy)]), ...stuck.commands];
  return providerDown(outcome) === null || target.service === null ? [] : [restartCommand(target.service)];
}

export function tellRollBack(change: Change, { restart, back, backupPath }: Outcome, io: Io): void {
  const why = restart?.ok === false ? restart.problem : "it did not come up";
  const { target } = change;
  say(io.stderr, `NOT APPLIED: ${target.service?.label} did not come up with ${change.model}: ${why}.`);
  say(io.stderr, `${target.path} is as it was before${backupPath === null ? "" : ` (backup: ${backupPath})`}.`);
  if (back?.ok === true) say(io.stderr, `${target.service?.label} serves as before, on port ${back.port}.`);
  else if (back !== null) tellProviderDown(change, back, io);
}

export function tellProviderDown({ target }: Change, restart: Restarted & { ok: false }, io: Io): void {
  if (target.service === null) return;
  say(io.stderr, `${target.service.label} IS NOT SERVING: ${restart.problem}.`);
  say(io.stderr, `Look at its log, then type:\n  ${restartCommand(target.service)}`);
}

export function tellStuck(change: Change, outcome: Outcome, stuck: Stuck, io: Io): void {
  const { target, model } = change;
  const label = target.service?.label ?? "The provider";
  const why = outcome.restart?.ok === false ? outcome.restart.problem : "it did not come up";
  say(io.stderr, `NOT APPLIED: ${label} did not come up with ${model}: ${why}.`);
  say(io.stderr, `THE RECIPE COULD NOT BE TAKEN BACK: ${stuck.problem}.`);
  if (outcome.back?.ok === true)
    say(io.stderr, `${label} serves all the same, on port ${outcome.back.port}, with what the config holds now.`);
  else say(io.stderr, `${label} IS NOT SERVING.`);
  say(io.stderr, ["To mend it:", ...remediesOf(change, outcome)].join("\n  "));
}

/** Tell a provider that is down where no terminal is looked at. Its outcome is kept with the application. */
export async function notifyIfDown(change: Change, outcome: Outcome, store: Store, io: Io): Promise<void> {
  const problem = providerDown(outcome);
  if (problem === null) return;
  const title = "The live provider is not serving";
  const message = `${change.target.service?.label ?? change.provider}: run mlx-autotune restore`;
  const link = io.env["MLX_AUTOTUNE_DEEP_LINK"] ?? null;
  const shown = await notify({ title, message, link }, io.env);
  if (outcome.applicationId === null) return;
  try {
    const detail = notifiedText(shown);
    store.applications.step(outcome.applicationId, "notification", { ok: shown.via !== null, detail });
  } catch (error) {
    stderrLog(io).warn(`the notification could not be written down: ${errorText(error)}`);
  }
}

const sentence = (text: string): string => (text.endsWith(".") ? text : `${text}.`);
