// What is said of an applied recipe: what its config holds now, put together from a glance at the file and what the worker said of it. Pure.
// Source: contract §12, §14, §15 (what is claimed of a recipe is what holds now).
import type { ConfigNow } from "../../../worker/core/config/config-now-text.ts";
import type { ApplicationRow } from "../../../worker/core/runs/read-model.ts";
import { bullets, mark, type Markdown } from "../../../worker/core/text/markdown.ts";
import type { Glance } from "./config-glance.ts";
import type { Tag } from "../ui/palette.ts";

/** changed: not the bytes that were written; which keys differ is not known yet. unknown: nobody has looked, see `why`. */
export interface Seen {
  state: ConfigNow["state"] | "changed" | "unknown";
  differences: ConfigNow["differences"];
  why: string | null;
}

/** @param said by the worker of this config last; null = nothing yet */
export function configSeen(
  { after_sha256: written }: Pick<ApplicationRow, "after_sha256">,
  glance: Glance,
  said: ConfigNow | null,
): Seen {
  const seen = (state: Seen["state"], why: string | null = null): Seen => ({ state, differences: [], why });
  switch (glance.state) {
    case "untold":
      return said ?? seen("unknown", glance.why);
    case "gone":
    case "unreadable":
      return seen(glance.state, glance.why);
    case "bytes":
      if (glance.sha256 === written) return seen("holds");
      return said?.sha256 === glance.sha256 ? said : seen("changed");
  }
}

/** Only the worker can tell more. */
export const isOpen = ({ state }: Seen): boolean => state === "changed" || state === "unknown";

/** Applying it again would change the file. */
export const saysOtherwise = (seen: Seen | null): boolean => seen?.state === "differs" || seen?.state === "gone";

/** The same where nobody compares its keys. */
export const mayDiffer = (seen: Seen | null): boolean => saysOtherwise(seen) || seen?.state === "changed";

const TAGS: Record<Seen["state"], Tag> = {
  holds: { text: "Applied", meaning: "good" },
  differs: { text: "Applied, Edited Since", meaning: "warning" },
  changed: { text: "Config Changed", meaning: "warning" },
  gone: { text: "Config Gone", meaning: "bad" },
  unreadable: { text: "Config Unreadable", meaning: "warning" },
  unknown: { text: "Config Unchecked", meaning: "neutral" },
};

/** null as long as nobody has looked. */
export const seenTag = (seen: Seen | null): Tag | null => seen && TAGS[seen.state];

/** "4 now, 8 applied". */
export const keyText = ({ applied, now }: ConfigNow["differences"][number]): string =>
  `${now ?? "unset"} now, ${applied ?? "unset"} applied`;

/** What is wrong with it, as markdown; [] where it holds, and as long as nobody has looked. */
export function seenLines(seen: Seen | null, path: string): Markdown[] {
  if (seen === null || seen.state === "holds") return [];
  const said = DOUBTS[seen.state](path, seen.why ?? "unknown reason");
  const keys = seen.differences.map((one) => `${one.key}: ${keyText(one)}`);
  return keys.length === 0 ? [said] : [said, bullets(keys)];
}

const DOUBTS: Record<Exclude<Seen["state"], "holds">, (file: string, why: string) => Markdown> = {
  differs: (file) => mark`**Edited since it was applied**: ${file} says something else now.`,
  changed: (file) =>
    mark`**Changed since it was applied**: ${file} is not as it was written; its keys are not compared yet.`,
  gone: (file) => mark`**Gone**: ${file} is not there any more, or empty.`,
  unreadable: (file, why) => mark`**Unreadable**: whether ${file} still holds this recipe cannot be told: ${why}.`,
  unknown: (file, why) => mark`**Unchecked**: nobody has looked whether ${file} still holds this recipe: ${why}.`,
};
