// Restart the service that reads a config, as a step of an application. Source: contract §12 (the provider never stays down unsaid).
import { halfRevertedText, unverifiedText } from "../core/config/apply-text.ts";
import { errorText } from "../core/errors.ts";
import { STEPS } from "../core/runs/stuck-recipe.ts";
import type { ConfigTarget } from "../platform/live/config-target.ts";
import type { ProviderId } from "../providers/index.ts";
import type { Store } from "../store/store.ts";
import { restartService, type Restarted } from "./service-restart.ts";
import { noteStep, type Writing } from "./writing.ts";

/**
 * Restart the service that reads the config, if there is one.
 * @param during the state while it restarts; null = leave the state
 * @throws the signal's reason; the application is `unverified` then
 */
export async function restartTarget(
  id: number,
  { service, path }: ConfigTarget,
  expected: { provider: ProviderId; model: string | null },
  writing: Writing,
  during: "restarting" | null,
): Promise<Restarted | null> {
  const { store, restart } = writing;
  const { launchd } = restart;
  if (service === null || launchd === null) return null;
  const moving = during === null ? {} : { state: during };
  const target = `${service.domain}/${service.label}`;
  noteStep(id, STEPS.restartAsked, { ok: true, detail: target, ...moving }, writing);
  try {
    const result = await restartService(service, expected, { ...restart, launchd });
    const detail = result.ok ? `port ${result.port} after ${result.seconds.toFixed(1)} s` : result.problem;
    noteStep(id, STEPS.answers, { ok: result.ok, detail }, writing);
    return result;
  } catch (error) {
    const unseen = during === null ? {} : ({ state: "unverified" } as const);
    noteStep(id, STEPS.answers, { ok: false, detail: errorText(error), ...unseen }, writing);
    restart.log.warn(during === null ? halfRevertedText(path, id) : unverifiedText(path, runIdOf(id, store)));
    throw error;
  }
}

const runIdOf = (id: number, store: Store): string =>
  store.readers.applications().find((one) => one.id === id)?.run_id ?? "";
