// What `apply` and `revert` answer with --json, before and after, and what still has to be done with it.
// Source: contract §12; written by worker/cli/change/change-report.ts.
import * as z from "zod";
import { remedySchema } from "../../../worker/core/result/remedy.ts";

const value = z.union([z.string(), z.number(), z.null()]);
const restartedSchema = z.union([
  z.object({ ok: z.literal(true), port: z.int(), seconds: z.number() }),
  z.object({ ok: z.literal(false), problem: z.string() }),
]);
const diffLineSchema = z.object({ kind: z.enum([" ", "-", "+"]), text: z.string(), ended: z.boolean() });
const hunkSchema = z.object({
  oldStart: z.int(),
  oldLines: z.int(),
  newStart: z.int(),
  newLines: z.int(),
  lines: z.array(diffLineSchema),
});

/** A change of one config, planned or done. Secrets of the config are masked in it. */
export const changeSchema = z.object({
  command: z.enum(["apply", "revert"]),
  /** The first two: nothing was written (yet). */
  state: z.enum(["would_change", "unchanged", "applied", "rolled_back", "roll_back_failed", "reverted"]),
  run_id: z.string(),
  application_id: z.int().nullable(),
  /** When what is taken back was applied, UTC; null for an application. */
  applied_at: z.string().nullable().default(null),
  provider: z.string(),
  model: z.string(),
  config: z.object({
    path: z.string(),
    /** Why this file: "--config of its plist". */
    from: z.string(),
    /** Of the file as it is; null = there is none. */
    sha256: z.string().nullable(),
    sha256_after: z.string().nullable(),
  }),
  changes: z.array(z.object({ key: z.string(), before: value, after: value })),
  diff: z.object({ path: z.string(), hunks: z.array(hunkSchema) }),
  notes: z.array(z.string()),
  /** Without the words of the command line. */
  plain_notes: z.array(z.string()),
  /** What could be chosen instead. */
  choices: z.array(remedySchema),
  warnings: z.array(z.string()),
  /** Loaded now and reading this file: it will be restarted. */
  service: z.object({ label: z.string(), domain: z.string() }).nullable(),
  backup_path: z.string().nullable(),
  restart: restartedSchema.nullable(),
  restart_after_roll_back: restartedSchema.nullable(),
  /** Why the recipe could not be taken back. */
  roll_back_problem: z.string().nullable(),
  /** What brings the provider up again, in order: sentences, and commands to type. */
  remedies: z.array(z.string()),
});
export type Change = z.infer<typeof changeSchema>;
export type Restarted = z.infer<typeof restartedSchema>;

/** Nothing is applied, or what was named is taken back already. */
export const nothingSchema = z.object({
  command: z.enum(["apply", "revert"]),
  state: z.literal("unchanged"),
  notes: z.array(z.string()),
});
export type NothingToDo = z.infer<typeof nothingSchema>;

/** What a refused command says. */
const refusedSchema = z.object({ error: z.object({ message: z.string(), remedy: z.string().nullish() }) });

/** Some exit codes come with a change or with an error (70, 8). */
export const changeAnswerSchema = z.union([changeSchema, nothingSchema, refusedSchema]);
export type ChangeAnswer = z.infer<typeof changeAnswerSchema>;

export const isChange = (answer: Change | NothingToDo): answer is Change => "config" in answer;

/**
 * Whether carrying it out does anything: also a config that says everything already may belong to an application that nobody saw come
 * up, or to one that has yet to be closed.
 */
export function hasWork(planned: Change | NothingToDo): planned is Change {
  if (!isChange(planned)) return false;
  return planned.state === "would_change" || planned.command === "revert" || planned.application_id !== null;
}

/** What `--expect` takes: the change is refused for any other file than the one that was shown. */
export const expectedHash = ({ config }: Change): string => config.sha256 ?? "absent";

/** The provider is down and nobody brings it back: after a reversion, or after a roll-back. */
export function providerDown(done: Change): (Restarted & { ok: false }) | null {
  const { state, restart, restart_after_roll_back: back } = done;
  const last = state === "rolled_back" ? back : state === "roll_back_failed" ? (back ?? restart) : restart;
  return last?.ok === false ? last : null;
}
