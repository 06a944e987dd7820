// What applying a recipe would write, or why it may not be applied. Owns the context rule: a measured context is not a cap.
import { holds } from "./config-field.ts";
import { editRead } from "./config-edit.ts";
import { contradictedNotes } from "./config-contradicted.ts";
import { overrideRefusals, type Override } from "./config-launch.ts";
import type { Refusal } from "./config-refusals.ts";
import type { Remedy } from "../errors.ts";
import { readConfig, type ConfigText } from "./config-source.ts";
import type { ConfigEdit } from "./config-step.ts";
import { numberOf, type ConfigChanges } from "./config-values.ts";
import { KNOBS, type Knobs } from "../knobs.ts";

/** What of a stored run applying needs. */
export interface ApplicableRecipe {
  model: string;
  knobs: Knobs;
  partial: boolean;
  simulated: boolean;
  /** Number of values of the run's max_context axis; two or more = the axis was swept. */
  maxContextValues: number;
  /** Keys that the provider's config holds beside the model. */
  keys: readonly (keyof Knobs)[];
}

export interface ApplyOptions {
  force?: boolean;
  lowerContext?: boolean;
  keepContext?: boolean;
  /** The config belongs to the simulator, which alone may be given simulated recipes. */
  simulatedTarget?: boolean;
  /** What goes before the config where the provider is started. */
  overrides?: readonly Override[];
}

/** About keys that stay as they are. */
export interface PlanNotes {
  /** Sentences for who types commands. */
  notes: string[];
  /** The same without the words of the command line. */
  plainNotes: string[];
  /** What could be chosen instead. */
  choices: Remedy[];
}

export type ApplyPlan =
  | { state: "refused"; refusals: Refusal[] }
  | (PlanNotes & { state: "unchanged" })
  | (PlanNotes & { state: "change"; text: string; bytes: Uint8Array; edits: ConfigEdit[] });

/**
 * Plan an application.
 * @param source the config's bytes; empty for a file that does not exist yet
 */
export function planApply(recipe: ApplicableRecipe, source: Uint8Array | string, options: ApplyOptions): ApplyPlan {
  const refusals = recipeRefusals(recipe, options);
  const read = readConfig(source);
  if (!read.ok) return { state: "refused", refusals: [...refusals, ...read.refusals] };
  const context = contextRule(recipe, read.config, options);
  if (context.refusal) refusals.push(context.refusal);
  const wanted = { ...recipeChanges(recipe), ...context.change };
  const changesModel = !holds(read.config.fields.get("model"), recipe.model);
  refusals.push(...overrideRefusals(options.overrides ?? [], wanted, changesModel));
  const edited = editRead(read.config, wanted);
  if (!edited.ok) return { state: "refused", refusals: [...refusals, ...edited.refusals] };
  if (refusals.length > 0) return { state: "refused", refusals };
  const changed = edited.edits.map(({ key }) => key);
  const contradicted = contradictedNotes(read.config, changed);
  const said: PlanNotes = {
    notes: [...context.notes, ...contradicted],
    plainNotes: [...context.plainNotes, ...contradicted],
    choices: context.choices,
  };
  if (edited.edits.length === 0) return { state: "unchanged", ...said };
  return { state: "change", text: edited.text, bytes: edited.bytes, edits: edited.edits, ...said };
}

function recipeRefusals({ partial, simulated }: ApplicableRecipe, options: ApplyOptions): Refusal[] {
  const command = (reason: string, remedy: string, lifts?: "simulated" | "partial"): Refusal => ({
    ...{ line: null, reason, remedy },
    remedies: lifts === undefined ? [] : [{ kind: "flag", flag: "--force", lifts }],
  });
  const refusals: Refusal[] = [];
  if (simulated && options.simulatedTarget !== true)
    refusals.push(
      command(
        "the recipe was simulated, nothing of it was measured on this machine",
        "Run a tune with a real provider",
      ),
    );
  else if (simulated && options.force !== true)
    refusals.push(
      command(
        "the recipe was simulated",
        "Repeat with --force to write it into the simulator's own config",
        "simulated",
      ),
    );
  if (partial && options.force !== true)
    refusals.push(
      command("the recipe is partial, its run did not finish", "Run the tune again, or repeat with --force", "partial"),
    );
  return refusals;
}

/** What of a recipe is written whatever the config says; its context is up to `contextRule`. */
export function recipeChanges({
  model,
  knobs,
  keys,
}: Pick<ApplicableRecipe, "model" | "knobs" | "keys">): ConfigChanges {
  const written = keys.filter((key) => key !== "max_context_override");
  return { model, ...Object.fromEntries(written.map((key) => [key, knobs[key] ?? null])) };
}

interface ContextVerdict {
  change: ConfigChanges;
  notes: string[];
  plainNotes: string[];
  choices: Remedy[];
  refusal?: Refusal;
}

const NOTHING_TO_SAY: ContextVerdict = { change: {}, notes: [], plainNotes: [], choices: [] };
const LOWER: Remedy = { kind: "flag", flag: "--lower-context", lifts: "context-cap" };

/** Decide whether max_context_override is written. Source: contract §12; no key in the config means the model's maximum. */
function contextRule(recipe: ApplicableRecipe, config: ConfigText, options: ApplyOptions): ContextVerdict {
  const measured = recipe.knobs.max_context_override;
  const field = config.fields.get("max_context_override");
  const now = field?.value ?? null;
  const stays = `stays as it is (${now === null ? "not set: the model's maximum" : String(now)})`;
  const keep = (why: string, plain = why): ContextVerdict => ({
    ...{ change: {}, notes: [`max_context_override ${stays}: ${why}`], choices: [] },
    plainNotes: [`${KNOBS.max_context_override.label} ${stays}: ${plain}`],
  });
  const write: ContextVerdict = { ...NOTHING_TO_SAY, change: { max_context_override: measured } };
  if (options.keepContext === true) return keep("--keep-context was given", "as you chose");
  if (measured === null) return now === null ? NOTHING_TO_SAY : keep("the run measured without a cap");
  if (options.lowerContext === true) return write;
  const why = `${measured} is the context that was measured, not a cap for serving`;
  if (recipe.maxContextValues < 2) return { ...keep(`${why}; --lower-context writes it`, why), choices: [LOWER] };
  const number = numberOf(String(now));
  const configured = number === null || number < 0 ? Infinity : number;
  if (measured >= configured) return write;
  const refusal: Refusal = {
    line: field?.line ?? null,
    reason: `the recipe's max_context_override of ${measured} is below what is configured now (${String(now ?? "not set: the model's maximum")})`,
    remedy: "Repeat with --lower-context to write it, or with --keep-context to leave the key alone",
    remedies: [LOWER, { kind: "flag", flag: "--keep-context", lifts: "context-cap" }],
  };
  return { ...NOTHING_TO_SAY, refusal };
}
