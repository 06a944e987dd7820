// What is asked before everything is removed. Pure. Source: contract §3 (uninstall).
import type { UninstallDocument } from "../../../worker/core/machine/uninstall.ts";

/** Kinds with their number, and what stays; a dialog is too small for paths. */
export function uninstallDialog({ items, left }: UninstallDocument): { title: string; message: string } {
  const counts = new Map<string, number>();
  for (const { what } of items) counts.set(what, (counts.get(what) ?? 0) + 1);
  const megabytes = items.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const kinds = [...counts].map(([what, count]) => (count === 1 ? what : `${what} (${count})`));
  return {
    title: "Remove everything that MLX Autotune has written?",
    message: [
      `${kinds.join(", ") || "Nothing is there"}: ${megabytes.toFixed(1)} MB.`,
      ...left.slice(0, 3).map(({ what, why }) => `Stays: ${what} (${why}).`),
    ].join("\n"),
  };
}
