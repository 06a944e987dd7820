// What the user may choose when the worker refuses a change: the refusals that a word of theirs lifts, and what each choice means.
// Source: contract §12 (--force, --keep-context, --lower-context).
import { EXIT_CODES, type LIFTED, type Remedy } from "../../../worker/core/errors.ts";
import type { ChangeFlags, ChangeRequest } from "./change-call.ts";
import type { Change } from "./change-document.ts";
import { WorkerError } from "../worker/worker-error.ts";

export interface Choice {
  flag: keyof ChangeFlags;
  /** Of the action, title case. */
  title: string;
  /** Sentences. */
  meaning: string;
  isDestructive: boolean;
}

/** @returns what would lift the refusal, the harmless choice first; [] = nothing that can be chosen here */
export function choicesOf(error: unknown, { command, flags }: ChangeRequest): Choice[] {
  if (!(error instanceof WorkerError) || error.code !== EXIT_CODES.config_error) return [];
  const { remedies } = error;
  return [
    ...(offers(remedies, "--keep-context") && flags.keepContext !== true ? [KEEP_CONTEXT] : []),
    ...(offers(remedies, "--lower-context") && flags.lowerContext !== true ? [LOWER_CONTEXT] : []),
    ...(command === "revert" && offers(remedies, "--force") && flags.force !== true ? [REVERT_ANYWAY] : []),
  ];
}

/** What an allowed change leaves open: a measured context is no cap, unless the user wants it to be one. */
export function openChoices({ choices }: Change): Choice[] {
  return offers(choices, "--lower-context") ? [LOWER_CONTEXT] : [];
}

const offers = (remedies: readonly Remedy[], flag: string): boolean =>
  remedies.some((remedy) => remedy.kind === "flag" && remedy.flag === flag);

const KEEP_CONTEXT: Choice = {
  flag: "keepContext",
  title: "Keep Context",
  meaning: "The context cap stays as it is configured; the other keys of the recipe are written.",
  isDestructive: false,
};

const LOWER_CONTEXT: Choice = {
  flag: "lowerContext",
  title: "Lower Context",
  meaning:
    "The recipe's context cap is written: the provider then refuses requests that are longer than what was measured, although it serves them now.",
  isDestructive: true,
};

const REVERT_ANYWAY: Choice = {
  flag: "force",
  title: "Revert Anyway",
  meaning:
    "Keys that were edited since the recipe was applied get their earlier values, too; those edits are lost, except in the backup.",
  isDestructive: true,
};

/** What is asked before the changes are even shown. */
export interface Question {
  /** Title case, ends with a question mark. */
  title: string;
  /** A sentence each. */
  meaning: string;
  /** What "yes" adds. */
  flag: keyof ChangeFlags;
}

type Doubt = Extract<(typeof LIFTED)[number], "simulated" | "partial">;

/** What may be wrong with a recipe by itself, in the order of the title's words. */
const DOUBTS: Record<Doubt, { word: string; meaning: string }> = {
  simulated: {
    word: "Simulated",
    meaning: "Its figures say nothing about this Mac, so it goes into the simulator's own config, never a provider's.",
  },
  partial: {
    word: "Partial",
    meaning: "Its run ended before all knobs were compared: the model was measured, better knobs may be missing.",
  },
};

/** @returns what to ask before a recipe is applied that is simulated or partial; null where that is not why it was refused */
export function questionOf(error: unknown, { command, flags }: ChangeRequest): Question | null {
  if (!(error instanceof WorkerError) || command !== "apply" || flags.force === true) return null;
  const lifted = error.remedies.map((remedy) => (remedy.kind === "flag" ? remedy.lifts : null));
  const doubts = Object.entries(DOUBTS).flatMap(([what, doubt]) => (lifted.includes(what as Doubt) ? [doubt] : []));
  if (doubts.length === 0) return null;
  return {
    title: `Apply ${doubts.map(({ word }) => word).join(" and ")} Recipe?`,
    meaning: doubts.map(({ meaning }) => meaning).join(" "),
    flag: "force",
  };
}

/** Flags with one more; keeping and lowering the context exclude each other. */
export function withChoice({ force, ...context }: ChangeFlags, flag: keyof ChangeFlags): ChangeFlags {
  return { ...(force === true ? { force } : {}), ...(flag === "force" ? context : {}), [flag]: true };
}

/** The config is not the one whose diff was shown: nothing was written, and the new diff can be looked at. */
export function isOutdated(error: unknown): boolean {
  return error instanceof WorkerError && error.remedies.some(({ kind }) => kind === "look-again");
}
