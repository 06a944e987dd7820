// A provider that an apply or revert left down: looked at by every command, closed as soon as it serves again, told until then.
// Source: contract §12. Nothing is started here; that is for the user's `restore`, `revert` or `apply`.
import type { Log } from "../context.ts";
import { planRevert } from "../core/config/config-revert.ts";
import type { ApplicationRow } from "../core/runs/read-model.ts";
import {
  alarmLines,
  applicationAlarms,
  serviceAsked,
  STEPS,
  type ApplicationAlarm,
} from "../core/runs/stuck-recipe.ts";
import { readFileState } from "../platform/files/file-state.ts";
import type { Launchd } from "../platform/launchd/launchd.ts";
import { askService } from "../platform/live/serving.ts";
import { isProviderId } from "../providers/index.ts";
import type { ApplicationState } from "../store/applications.ts";
import type { Store } from "../store/store.ts";
import { applicationOf } from "./take-back.ts";

/** Close what is well again, and tell the rest. @returns what is still down */
export async function lookAtDownProviders(
  store: Store,
  open: () => Promise<Launchd | null>,
  log: Log,
): Promise<ApplicationAlarm[]> {
  const alarms = applicationAlarms(store.readers);
  if (alarms.length === 0) return [];
  const launchd = await open();
  const down: ApplicationAlarm[] = [];
  for (const alarm of alarms) if (!(await isWell(alarm, store, launchd))) down.push(alarm);
  for (const alarm of down) log.warn(alarmLines(alarm).join("\n"));
  return down;
}

async function isWell({ application: id }: ApplicationAlarm, store: Store, launchd: Launchd | null): Promise<boolean> {
  const row = applicationOf(id, store);
  const service = serviceAsked(store.readers.applicationSteps(id));
  if (row === null || service === null || launchd === null || !isProviderId(row.provider)) return false;
  const question = { service, provider: row.provider, gone: [] };
  const now = await askService(launchd, { ...question, model: null });
  if (now.state !== "serves") return false;
  const withRecipe = (await askService(launchd, { ...question, model: row.model })).state === "serves";
  const state = stateNow(row, withRecipe, store);
  const detail = `it serves, on port ${now.port}`;
  store.applications.step(id, STEPS.settled, { ok: true, detail, ...(state === null ? {} : { state }) });
  return true;
}

/** What the config says by now; null leaves the state: it was edited, or it serves something else. */
function stateNow(row: ApplicationRow, withRecipe: boolean, store: Store): ApplicationState | null {
  if (row.state !== "unverified") return null;
  try {
    const plan = planRevert(readFileState(row.config_path).bytes, { edits: store.applications.edits(row.id) });
    if (plan.state === "unchanged") return "rolled_back";
    return plan.state === "change" && withRecipe ? "applied" : null;
  } catch {
    return null; // a config that cannot be read says nothing
  }
}
