// What becomes of candidates with which the machine went down before: skipped by themselves, tried with a warning where the user
// names them.
import { isCachedKeyword } from "../../core/settings/candidates.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import type { CrashSuspect } from "../../store/crash-suspects.ts";
import { shortId } from "../../core/units.ts";

export interface Suspects {
  /** Reason by model; these are not started. */
  skipped: ReadonlyMap<string, string>;
  /** One for each that is started all the same. */
  warnings: string[];
}

/** @param suspects all that are known, candidates of this run or not */
export function suspectsOf(suspects: CrashSuspect[], { candidateModels }: Pick<Inputs, "candidateModels">): Suspects {
  // "cached" takes whatever is on disk; it names no model.
  const names = candidateModels === null || isCachedKeyword(candidateModels) ? null : candidateModels;
  const named = suspects.filter(({ model }) => names?.includes(model));
  const skipped = names === null ? suspects : [];
  return {
    skipped: new Map(
      skipped.map((one) => [one.model, `${story(one)}; not tried again unless --candidate-models names it`]),
    ),
    warnings: named.map((one) => `${one.model}: ${story(one)}. It is tried because you named it.`),
  };
}

const story = ({ runId, atUtc }: CrashSuspect): string =>
  `the machine went down while it was started or measured (run ${shortId(runId)}, ${atUtc})`;
