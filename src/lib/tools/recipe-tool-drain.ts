// A tune that drains stops only what the user has seen in the confirmation; Raycast calls the confirmation and the tool apart.
// Source: contract §5 (never drain unasked), §14 (AI tools with confirmation).
import { LocalStorage } from "@raycast/api";
import type { PlanReport } from "../../../worker/core/result/plan-report.ts";
import { askPlan } from "../tune/plan-call.ts";
import { inToolWords } from "./recipe-tool-confirmed.ts";

/** Keep which live providers a run with these flags would stop. */
export async function rememberLive(flags: string[], plan: PlanReport): Promise<void> {
  if (wantsDrain(flags)) await LocalStorage.setItem(keyOf(flags), namesOf(plan));
}

/** @throws Error if it would stop another one than was shown, or nothing was shown */
export async function refuseOtherLive(flags: string[]): Promise<void> {
  const shown = await LocalStorage.getItem<string>(keyOf(flags));
  await LocalStorage.removeItem(keyOf(flags));
  if (shown === undefined) throw new Error("The user has not confirmed what is stopped. Call the tool again.");
  if (namesOf(await inToolWords(() => askPlan(flags))) !== shown)
    throw new Error("What serves here has changed since the user confirmed; nothing was stopped. Call the tool again.");
}

/** Only such a start has to wait for anything. */
export const wantsDrain = (flags: string[]): boolean => flags.includes("--drain");

const keyOf = (flags: string[]): string => `drained:${JSON.stringify(flags)}`;

/** "unknown" where it could not be looked at: what is found later was not shown. */
function namesOf({ conflict }: PlanReport): string {
  if (conflict === null) return "unknown";
  return JSON.stringify(conflict.live.map(({ name }) => name).sort());
}
