// What `uninstall` removes and what it leaves, with the reason, and how both are told. Pure.
// Source: contract §3 (uninstall), §12 (the provider's config is the user's).
import * as z from "zod";
import { diskSize } from "../units.ts";

const itemSchema = z.object({
  path: z.string(),
  /** e.g. "database", "worker of the Raycast extension". */
  what: z.string(),
  bytes: z.number(),
});
export type OwnItem = z.infer<typeof itemSchema>;

const leftSchema = z.object({ what: z.string(), why: z.string() });
export type LeftItem = z.infer<typeof leftSchema>;

export const uninstallSchema = z.object({
  state: z.enum(["dry_run", "removed", "declined", "incomplete"]),
  /** Why it would be refused now; null if it would not. Only a dry run tells it so. */
  refused: z.string().nullable(),
  items: z.array(itemSchema),
  left: z.array(leftSchema),
  /** What could not be removed and why, a line each. */
  problems: z.array(z.string()),
});
export type UninstallDocument = z.infer<typeof uninstallSchema>;

export interface LeftFacts {
  /** Where the cache of models lies. */
  modelsFolder: string;
  /** Config files that hold a recipe which was applied and not taken back. */
  appliedTo: string[];
  /** Backups of configs that are there and stay. */
  backups: string[];
  /** Plists of the user that run this program. */
  agents: string[];
  /** Files in our folders that we did not write. */
  foreign: string[];
}

/** What stays, and why; in the order in which it matters. */
export function leftItems({ modelsFolder, appliedTo, backups, agents, foreign }: LeftFacts): LeftItem[] {
  const configs = appliedTo.map((path) => ({
    what: `the recipe in ${path}`,
    why: "the config is the provider's; to have the old values back, first: mlx-autotune revert",
  }));
  return [
    ...(configs.length > 0 ? configs : [{ what: "the provider's config", why: "it is the provider's" }]),
    ...backups.map((path) => ({ what: path, why: "a backup of your config; --backups removes it, too" })),
    ...agents.map((path) => ({ what: path, why: "not made by this program, though it runs it: remove it by hand" })),
    ...foreign.map((path) => ({
      what: path,
      why: "not known to be ours; another database of ours is named with --db-path",
    })),
    { what: `models in ${modelsFolder}`, why: "other programs use them, too" },
    { what: "reports and exports that you sent elsewhere", why: "where they are is not kept" },
    {
      what: "the program itself",
      why: "remove the extension in Raycast (its preferences and presets go with it); npm unlink -g mlx-autotune",
    },
  ];
}

/** What would be or was removed, for people. */
export function uninstallText({ state, refused, items, left, problems }: UninstallDocument): string {
  const head = {
    dry_run: "Would remove:",
    removed: "Removed:",
    declined: "Nothing was removed.",
    incomplete: "Removed:",
  };
  const total = items.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    ...(refused === null ? [] : [`It would be refused now: ${refused}`]),
    ...(items.length === 0 ? ["There is nothing to remove."] : [head[state]]),
    ...(state === "declined" ? [] : items.map(({ path, what, bytes }) => `  ${path}  (${what}, ${diskSize(bytes)})`)),
    ...(items.length < 2 || state === "declined" ? [] : [`  together ${diskSize(total)}`]),
    ...(problems.length === 0 ? [] : ["Could not be removed:", ...problems.map((line) => `  ${line}`)]),
    "Left:",
    ...left.map(({ what, why }) => `  ${what}: ${why}`),
  ].join("\n");
}
