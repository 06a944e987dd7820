// What the user may choose when the worker refuses a change: the refusals that a word of theirs lifts, and what each choice means.
// Source: contract §12 (--force, --keep-context, --lower-context).
import { EXIT_CODES, type Remedy } from "../../../worker/core/errors.ts";
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
    ...(offers(remedies, "--force") && flags.force !== true
      ? [command === "apply" ? applyAnyway(remedies) : REVERT_ANYWAY]
      : []),
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
  meaning: "max_context_override stays as it is configured; the other keys of the recipe are written.",
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

function applyAnyway(remedies: readonly Remedy[]): Choice {
  const lifts = (what: string) => remedies.some((remedy) => remedy.kind === "flag" && remedy.lifts === what);
  const meanings = [
    ...(lifts("partial")
      ? ["Its run ended before all knobs were compared: the model was measured, better knobs may be missing."]
      : []),
    ...(lifts("simulated")
      ? [
          "It was simulated and says nothing about this Mac: it goes into the simulator's own config, never a provider's.",
        ]
      : []),
  ];
  const meaning = meanings.join(" ") || "The worker's objection is set aside.";
  return { flag: "force", title: "Apply Anyway", meaning, isDestructive: true };
}

/** Flags with one more; keeping and lowering the context exclude each other. */
export function withChoice({ force, ...context }: ChangeFlags, flag: keyof ChangeFlags): ChangeFlags {
  return { ...(force === true ? { force } : {}), ...(flag === "force" ? context : {}), [flag]: true };
}

/** The config is not the one whose diff was shown: nothing was written, and the new diff can be looked at. */
export function isOutdated(error: unknown): boolean {
  return error instanceof WorkerError && error.remedies.some(({ kind }) => kind === "look-again");
}
