// What is known of the config of an applied recipe, as data and as words; nothing of how the two are compared (config-now.ts), so that the
// extension's bundles stay small. Source: contract §12, §15 (what is claimed of a recipe is what holds now).
import * as z from "zod";

/** null = the key is not there. */
const valueSchema = z.union([z.string(), z.number(), z.null()]);

export const configNowSchema = z.object({
  /** holds: all that was written. differs: see `differences`. gone: no file, or an empty one. unreadable: see `why`. */
  state: z.enum(["holds", "differs", "gone", "unreadable"]),
  /** Values as they may be shown. */
  differences: z.array(z.object({ key: z.string(), applied: valueSchema, now: valueSchema })),
  /** Why nothing could be compared, a clause; null unless unreadable. */
  why: z.string().nullable(),
  /** SHA-256 of the bytes that were compared, lowercase hex; null where there were none. */
  sha256: z.string().nullable(),
});
export type ConfigNow = z.output<typeof configNowSchema>;

/** The end of a sentence about an applied recipe; "" where the config holds it. */
export function configNowText({ state, differences, why }: ConfigNow): string {
  if (state === "holds") return "";
  if (state === "gone") return "; BUT THE FILE IS GONE OR EMPTY NOW";
  if (state === "unreadable") return `; but whether the file still holds it cannot be told: ${why ?? "unknown reason"}`;
  return `; BUT THE FILE SAYS SOMETHING ELSE NOW: ${differences.map(keyNowText).join(", ")}`;
}

/** "kv_bits is 4 (applied: 8)". */
export const keyNowText = ({ key, applied, now }: ConfigNow["differences"][number]): string =>
  `${key} is ${now ?? "unset"} (applied: ${applied ?? "unset"})`;
