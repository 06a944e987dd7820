// Looks at the configs of applied recipes: each by a glance, and where that does not settle it, by what the worker said of the very same bytes,
// now or before.
import { Cache } from "@raycast/api";
import { configNowSchema, type ConfigNow } from "../../../worker/core/config/config-now-text.ts";
import { errorText } from "../../../worker/core/errors.ts";
import type { ApplicationRow } from "../../../worker/core/runs/read-model.ts";
import { glanceAt, type Glance } from "./config-glance.ts";
import { configSeen, isOpen, type Seen } from "./config-seen.ts";
import { fetchStatus, type Status } from "./recipe-status.ts";

/** What the worker said of configs, by the application's number. */
export type Answers = ReadonlyMap<number, ConfigNow>;

export interface Look {
  glance: Glance;
  /** What the worker said of these bytes before. */
  known: ConfigNow | null;
}

/** Numbers of other databases are others. */
const cache = new Cache({ namespace: "config-now" });
const keyOf = ({ id, run_id: runId }: Pick<ApplicationRow, "id" | "run_id">): string => `${runId} ${id}`;

/** A look without starting a process, by the application's number. Never throws. */
export async function lookAtConfigs(applications: readonly ApplicationRow[]): Promise<Map<number, Look>> {
  const looks = applications.map(async (application) => {
    const glance = await glanceAt(application.config_path);
    return [application.id, { glance, known: known(application, glance) }] as const;
  });
  return new Map(await Promise.all(looks));
}

function known(application: ApplicationRow, glance: Glance): ConfigNow | null {
  if (glance.state !== "bytes" || glance.sha256 === application.after_sha256) return null;
  const said = configNowSchema.safeParse(jsonOf(cache.get(keyOf(application)) ?? "")).data;
  return said?.sha256 === glance.sha256 ? said : null;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // nothing was said, or half of it is stored: the worker is asked again
  }
}

/** What the worker says of all configs, kept for views that may not ask. */
export function answersOf({ applied }: Pick<Status, "applied">): Answers {
  for (const one of applied) if (one.config_now.sha256 !== null) cache.set(keyOf(one), JSON.stringify(one.config_now));
  return new Map(applied.map(({ id, config_now: said }) => [id, said]));
}

/** null as long as it has not been looked at. */
export function seenIn(
  application: ApplicationRow | null,
  looks: ReadonlyMap<number, Look> | undefined,
  answers: Answers | undefined,
): Seen | null {
  const look = application === null ? undefined : looks?.get(application.id);
  if (application === null || look === undefined) return null;
  return configSeen(application, look.glance, answers?.get(application.id) ?? look.known);
}

/** Names what only the worker can settle; "" where it is not needed. Another one means: ask again. */
export function openIn(applications: readonly ApplicationRow[], looks: ReadonlyMap<number, Look> | undefined): string {
  const open = applications.filter((one) => {
    const seen = seenIn(one, looks, undefined);
    return seen !== null && isOpen(seen);
  });
  const printOf = (glance: Glance | undefined) => (glance?.state === "bytes" ? glance.sha256 : "untold");
  return open.map(({ id }) => `${id}:${printOf(looks?.get(id)?.glance)}`).join(" ");
}

/** Look, and ask the worker where it needs to be asked; for callers that wait. Never throws. */
export async function configsNow(
  applications: readonly ApplicationRow[],
  ask: () => Promise<Status> = fetchStatus,
): Promise<Map<number, Seen>> {
  const looks = await lookAtConfigs(applications);
  const seen = (answers?: Answers): [number, Seen][] =>
    applications.flatMap((one) => {
      // The worker has looked later than the glance.
      const now = answers?.get(one.id) ?? seenIn(one, looks, undefined);
      return now === null ? [] : [[one.id, now]];
    });
  if (openIn(applications, looks) === "") return new Map(seen());
  try {
    return new Map(seen(answersOf(await ask())));
  } catch (error) {
    const why = errorText(error);
    return new Map(seen().map(([id, now]) => [id, isOpen(now) ? { ...now, why } : now]));
  }
}
