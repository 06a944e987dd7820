// What `status --json` adds to the rows: whether recipes still hold, on this machine and in the config, and what is not in service.
// Source: contract §15 (stale), §5 (red state, the commands to type).
import * as z from "zod";
import { configNowSchema } from "../../../worker/core/config/config-now-text.ts";
import { freshnessSchema, type Freshness } from "../../../worker/core/machine/staleness.ts";
import { callWorker } from "../worker/raycast-worker.ts";
import { inRaycast } from "../ui/raycast-words.ts";

export const alarmSchema = z.object({
  name: z.string(),
  lastError: z.string().nullable(),
  commands: z.array(z.string()),
  /** What else has helped with this error. */
  hints: z.array(z.string()).default([]),
});
export type Alarm = z.output<typeof alarmSchema>;

const drainSchema = alarmSchema.extend({
  run_id: z.string(),
  state: z.string(),
  plan: z.string(),
  /** Nobody is going to bring it back by itself. */
  alarm: z.boolean(),
});

export const statusSchema = z.object({
  /** The newest recipe; null without one, and while a run is active. */
  recipe: freshnessSchema.extend({ run_id: z.string() }).nullable(),
  /** What is in force; `freshness` is null while a run is active, and where its run is gone. */
  applied: z.array(
    z.object({
      ...{ id: z.int(), run_id: z.string(), freshness: freshnessSchema.nullish() },
      config_now: configNowSchema,
    }),
  ),
  drains: z.array(drainSchema),
});
export type Status = z.output<typeof statusSchema>;

/** Ask the worker; it asks the provider's program for its version. @throws WorkerError */
export const fetchStatus = (): Promise<Status> => callWorker(["status"], statusSchema, { timeoutMs: 60_000 });

/** @returns whether a run's recipe still holds; null if the status says nothing about it */
export function freshnessOfRun({ recipe, applied }: Status, runId: string): Freshness | null {
  if (recipe?.run_id === runId) return recipe;
  return applied.find(({ run_id }) => run_id === runId)?.freshness ?? null;
}

export const alarmsOf = ({ drains }: Status): Alarm[] => drains.filter(({ alarm }) => alarm);

/** The text of the red state. @returns `commands` and `hints` one per line */
export function alarmText(alarms: Alarm[]): { title: string; message: string; commands: string; hints: string } {
  const commands = alarms.flatMap((one) => one.commands);
  const [first] = alarms;
  const why = inRaycast(first?.lastError ?? "it did not come back");
  return {
    title: "The live provider is not back",
    message: `${alarms.map(({ name }) => name).join(", ")}: ${why}. Type: ${commands.join(" ; ")}`,
    commands: commands.join("\n"),
    hints: alarms.flatMap((one) => one.hints).join("\n"),
  };
}
