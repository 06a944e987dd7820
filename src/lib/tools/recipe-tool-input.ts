// Checks what an assistant hands to a tool, in the worker's own words: each problem names the input, the limit and the remedy.
// Source: contract §3 (limits of the flags), §14 (AI tools with typed input). Pure.
import * as z from "zod";
import { readSettings } from "../../../worker/core/settings/settings.ts";
import { inToolNames, TUNE_INPUTS } from "./tool-words.ts";

/** What an assistant does where nothing is there yet. A question is no order: the user decides. */
export const OFFER_TUNE = "Say so, and offer to start a tune with start-tune.";

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const tuneInputSchema = z.record(z.string(), z.union([scalar, z.array(z.string()), z.null()]).optional());

/** What was not asked for does not happen, also where the config file says on. */
const OFF = ["--no-drain", "--no-restart-foreground", "--no-apply"];

/**
 * The flags of `run` for this input.
 * @throws Error with one line per problem
 */
export function tuneFlags(input: unknown): string[] {
  const given = Object.entries(parsed(tuneInputSchema, input ?? {})).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, valueOf(value)] as const],
  );
  const unknown = given.map(([name]) => name).filter((name) => !isTuneInput(name));
  const known = given.flatMap(([name, value]) => (isTuneInput(name) ? [[TUNE_INPUTS[name], value] as const] : []));
  const flags = Object.fromEntries(known);
  const { problems } = readSettings({ flags, env: {}, file: null, home: "/", cwd: "/", randomSeed: 0 });
  const strange = unknown.map((name) => noSuchInput(name, Object.keys(TUNE_INPUTS)));
  const lines = [...strange, ...problems.map(inToolNames)];
  if (lines.length > 0) throw new Error(lines.join("\n"));
  const words = known.map(([flag, value]) =>
    typeof value === "boolean" ? `--${value ? "" : "no-"}${flag}` : `--${flag}=${value}`,
  );
  return [...words, ...OFF.filter((off) => !words.includes(off) && !words.includes(off.replace("no-", "")))];
}

const noSuchInput = (name: string, known: string[]): string =>
  `${name}: there is no such input; give ${known.join(", ")}`;

const isTuneInput = (name: string): name is keyof typeof TUNE_INPUTS => Object.hasOwn(TUNE_INPUTS, name);

function valueOf(value: string | number | boolean | string[]): string | boolean {
  if (typeof value === "boolean") return value;
  return Array.isArray(value) ? value.join(",") : String(value);
}

const applyInputSchema = z.strictObject({
  runId: z.string().trim().min(1).nullish(),
  context: z.enum(["keep", "lower"]).nullish(),
  force: z.boolean().nullish(),
});
export type ApplyInput = z.output<typeof applyInputSchema>;

const revertInputSchema = z.strictObject({
  application: z.coerce.number().int().min(1).nullish(),
  force: z.boolean().nullish(),
});
export type RevertInput = z.output<typeof revertInputSchema>;

const explainInputSchema = z.strictObject({ runId: z.string().trim().min(1).nullish() });

export const applyInput = (input: unknown): ApplyInput => parsed(applyInputSchema, input ?? {});
export const revertInput = (input: unknown): RevertInput => parsed(revertInputSchema, input ?? {});
export const explainInput = (input: unknown): z.output<typeof explainInputSchema> =>
  parsed(explainInputSchema, input ?? {});

/** @throws Error that names each input that does not fit, with what it may be */
function parsed<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const lines = result.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" && schema instanceof z.ZodObject
      ? issue.keys.map((key) => noSuchInput(key, Object.keys(schema.shape)))
      : [`${issue.path.join(".") || "input"}: ${issue.message}`],
  );
  throw new Error(`${lines.join("\n")}\nCorrect the input and call the tool again.`);
}
