// Whether a recipe still holds: what it was measured on against this machine now. Pure.
// Source: contract §15 (stale: binary, OS, RAM, model revision) and §14 (Current Recipe).
import * as z from "zod";

/** What a recipe was measured on; null where the run did not record it. */
export interface MeasuredOn {
  simulated: boolean;
  chip: string | null;
  ramGb: number | null;
  osVersion: string | null;
  binaryVersion: string | null;
  /** Commit of the weights; null for local folders and where it was not recorded. */
  modelRevision: string | null;
}

/** This machine; null = the program, or the model's weights, are not there now. */
export interface MachineNow {
  chip: string;
  ramGb: number;
  osVersion: string;
  binaryVersion: string | null;
  modelRevision: string | null;
  /** Where the model was looked for, a phrase: "/…/hub (the usual place)". */
  modelsIn: string;
}

export const freshnessSchema = z.object({
  /** simulated: it never said anything about this machine, so it cannot grow stale. */
  state: z.enum(["fresh", "stale", "simulated"]),
  differences: z.array(
    z.object({
      what: z.string(),
      was: z.string(),
      now: z.string().nullable(),
      /** Where that was looked for, if there is more than one place for it. */
      where: z.string().optional(),
    }),
  ),
});
export type Freshness = z.infer<typeof freshnessSchema>;

/** Compare; what the run did not record is not held against it. */
export function freshnessOf(was: MeasuredOn, now: MachineNow): Freshness {
  if (was.simulated) return { state: "simulated", differences: [] };
  const pairs: [what: string, was: string | number | null, now: string | number | null, where?: string][] = [
    ["chip", was.chip, now.chip],
    ["RAM (GB)", was.ramGb, now.ramGb],
    ["OS", was.osVersion, now.osVersion],
    ["provider", was.binaryVersion, now.binaryVersion],
    ["model revision", was.modelRevision, now.modelRevision, now.modelsIn],
  ];
  const differences = pairs.flatMap(([what, before, after, where]) =>
    before === null || before === "unknown" || before === after
      ? []
      : [
          {
            ...{ what, was: String(before), now: after === null ? null : String(after) },
            ...(where === undefined ? {} : { where }),
          },
        ],
  );
  return { state: differences.length === 0 ? "fresh" : "stale", differences };
}

/** One sentence: "stale: OS was macOS 26.0, now macOS 26.1; model revision was 1a2b3c4, now not there". */
export function freshnessText({ state, differences }: Freshness): string {
  if (state === "simulated") return "simulated: it says nothing about this machine";
  if (state === "fresh") return "fresh: measured on this machine as it is now";
  const changes = differences.map(
    ({ what, was, now, where }) =>
      `${what} was ${shown(was)}, now ${now === null ? "not there" : shown(now)}${where === undefined ? "" : ` in ${where}`}`,
  );
  return `stale: ${changes.join("; ")}`;
}

/** Commits by their beginning. */
const shown = (value: string): string => (/^[0-9a-f]{40}$/.test(value) ? value.slice(0, 7) : value);
