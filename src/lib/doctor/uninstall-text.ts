// What is asked before everything is removed. Pure. Source: contract §3 (uninstall).
import { diskSize } from "../../../worker/core/units.ts";
import type { UninstallDocument } from "../../../worker/core/machine/uninstall.ts";
import { inRaycast } from "../ui/raycast-words.ts";

/** Kinds with their number, and what stays; a dialog is too small for paths. */
export function uninstallDialog({ items, left }: UninstallDocument): { title: string; message: string } {
  const counts = new Map<string, number>();
  for (const { what } of items) counts.set(what, (counts.get(what) ?? 0) + 1);
  const sum = items.reduce((bytes, one) => bytes + one.bytes, 0);
  const kinds = [...counts].map(([what, count]) => (count === 1 ? what : `${what} (${count})`));
  return {
    title: "Remove everything that MLX Autotune has written?",
    message: [
      `${kinds.join(", ") || "Nothing is there"}: ${diskSize(sum)}.`,
      ...left.slice(0, 3).map(({ what, why }) => `Stays: ${what} (${inRaycast(why)}).`),
    ].join("\n"),
  };
}
