// A provider that is not serving after an apply or a revert: how that is told from the stored steps, and what brings it up again.
// Source: contract §12 (the provider never stays down unsaid), §3 (exit 8).
import { restartCommand } from "../config/apply-text.ts";
import type { ApplicationRow, ApplicationStepRow } from "./read-model.ts";
import type { Readers } from "./readers.ts";
import { shellCommand } from "../text/shell-words.ts";

/** recipe: it can be taken back as it is. edited: by force only. gone: missing or empty. broken: no YAML any more. */
export type StuckFile = "recipe" | "edited" | "gone" | "broken";

/** What to type, in order; the last one restarts a config that was mended by hand. */
export function stuckCommands(stuck: {
  id: number;
  path: string;
  backup: string | null;
  file: StuckFile;
  service: { domain: string; label: string } | null;
}): string[] {
  const { id, path, backup, file, service } = stuck;
  const putBack = (file === "gone" || file === "broken") && backup !== null;
  return [
    ...(putBack ? [shellCommand(["cp", "-p", backup, path])] : []),
    `mlx-autotune revert ${id}${file === "edited" ? " --force" : ""}`,
    ...(service === null ? [] : [restartCommand(service)]),
  ];
}

/** Names of the steps that are looked for later. */
export const STEPS = {
  written: "config written",
  putBack: "config put back",
  restartAsked: "restart asked",
  answers: "provider answers",
  rolledBack: "rolled back",
  /** Looked at later: it serves, or nobody looks after it any more. */
  settled: "provider looked at",
} as const;

export interface ApplicationAlarm {
  application: number;
  run_id: string;
  config_path: string;
  /** stuck: the recipe could not be taken back. down: the config is as it should be, the provider does not answer. */
  kind: "stuck" | "down";
  /** Of the service, or "The provider". */
  name: string;
  title: string;
  why: string;
  since_utc: string;
  /** What to type, one command each. */
  commands: string[];
}

const RESTORE = "mlx-autotune restore";

/**
 * Tell whether an application left a provider that is not serving.
 * @param steps in order; `restart asked` names the service as `<domain>/<label>`
 * @returns null for all that is well, under way, or left to the user before
 */
export function applicationAlarm(row: ApplicationRow, steps: readonly ApplicationStepRow[]): ApplicationAlarm | null {
  if (row.owner_pid !== null) return null;
  const rolledBack = steps.findLast(({ step }) => step === STEPS.rolledBack);
  const answered = steps.findLast(({ step }) => step === STEPS.answers || step === STEPS.settled);
  if (answered === undefined || answered.ok) return null;
  const stuck = row.state === "unverified" && rolledBack?.ok === false;
  if (!stuck && row.state !== "rolled_back" && row.state !== "reverted") return null;
  const service = serviceAsked(steps);
  const name = service?.label ?? "The provider";
  const last = stuck ? rolledBack : answered;
  const why = stuck
    ? `The recipe is still in ${row.config_path}, it could not be taken back: ${last.detail ?? "unknown reason"}.`
    : `${row.config_path} is as before the recipe, but the provider did not come up: ${last.detail ?? "unknown reason"}.`;
  return {
    ...{ application: row.id, run_id: row.run_id, config_path: row.config_path, kind: stuck ? "stuck" : "down" },
    ...{ name, title: `Not serving: ${name}`, why, since_utc: last.at_utc },
    commands: [
      RESTORE,
      ...(stuck ? [`mlx-autotune revert ${row.id}`] : []),
      ...(service === null ? [] : [restartCommand(service)]),
    ],
  };
}

/** What the last change of each config left behind. */
export function applicationAlarms(readers: Pick<Readers, "applications" | "applicationSteps">): ApplicationAlarm[] {
  const written = readers.applications().filter(({ state }) => state !== "failed");
  const latest = new Map<string, ApplicationRow>();
  for (const row of written) {
    const known = latest.get(row.config_path);
    if (known === undefined || row.updated_utc > known.updated_utc) latest.set(row.config_path, row);
  }
  return [...latest.values()].flatMap((row) => applicationAlarm(row, readers.applicationSteps(row.id)) ?? []);
}

/** The service whose restart was asked for last; null for none, and in rows that name it without its domain. */
export function serviceAsked(steps: readonly ApplicationStepRow[]): { domain: string; label: string } | null {
  const target = steps.findLast(({ step }) => step === STEPS.restartAsked)?.detail ?? "";
  const at = target.lastIndexOf("/");
  return at <= 0 ? null : { domain: target.slice(0, at), label: target.slice(at + 1) };
}

/** Lines for people. */
export function alarmLines({ name, why, since_utc, commands }: ApplicationAlarm): string[] {
  return [`NOT SERVING since ${since_utc}: ${name}.`, `  ${why}`, "  Type:"].concat(
    commands.map((command) => `    ${command}`),
  );
}
