// The doctor's report in Raycast's words: what a preference has wrong stands in place of the checks that went by it, and a repair that is
// a flag of a terminal is a preference here. Pure. Source: contract §14, §15.
import { type Check, check, type CheckId, type DoctorReport } from "../../../worker/core/result/check.ts";
import { inRaycast } from "../ui/raycast-words.ts";
import type { PreferenceProblem } from "../worker/preferred-places.ts";
import { namesPreference, remedyHere } from "../worker/remedy-here.ts";

export interface ShownCheck extends Check {
  /** The extension's preferences are where it can be mended. */
  preferences: boolean;
}

/** Checks that are about what a preference names; the first has its place and title. */
const ABOUT: Record<PreferenceProblem["preference"], [id: CheckId, title: string, ...others: CheckId[]]> = {
  databasePath: ["database", "Database", "active-run", "last-run", "drained", "recipe"],
  providerBinary: ["provider", "Provider"],
  modelCache: ["models", "Models"],
};

export function withPreferences(report: DoctorReport, problems: readonly PreferenceProblem[]) {
  const wrong = problems.map(({ preference, error }): ShownCheck => {
    const [id, title] = ABOUT[preference];
    const repair = error.remedy === null ? [] : [error.remedy];
    return { ...check(id, title, "error", error.message, ...repair), preferences: true };
  });
  const replaced = new Set(problems.flatMap(({ preference }) => idsOf(preference)));
  const kept = report.checks.filter(({ id }) => !replaced.has(id));
  const couldStart = report.could_start && wrong.length === 0;
  return {
    // To be copied: as the worker says it.
    report: { ...report, could_start: couldStart, checks: [...kept, ...wrong] },
    checks: [...kept.map(shown), ...wrong],
  };
}

function idsOf(preference: PreferenceProblem["preference"]): CheckId[] {
  const [id, , ...others] = ABOUT[preference];
  return [id, ...others];
}

function shown(one: Check): ShownCheck {
  const repair = one.repair.map((line, at) => remedyHere(one.remedies?.[at] ?? []) ?? inRaycast(line));
  const text = inRaycast(one.text);
  return { ...one, text, repair, preferences: namesPreference(one.remedies?.flat() ?? []) };
}
