// Bundles of some commands and tools only, so that a test builds in a fraction of a second and depends on nothing else.
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { quickBuild } from "../../raycast-host/quick-build.ts";
import { removeFolder } from "../../support/worlds/remove-folder.ts";

export interface BuiltCommands {
  /** For the option `dist` of launch. */
  dist: string;
  remove(): void;
}

/** Build the commands and tools of these names. With $MLX_AUTOTUNE_DIST nothing is built: that folder has them all. */
export async function buildCommands(...names: string[]): Promise<BuiltCommands> {
  const built = process.env["MLX_AUTOTUNE_DIST"];
  if (built !== undefined) return { dist: resolve(built), remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), "commands-"));
  const extension = join(folder, "extension");
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Record<string, { name: string }[]>;
  const only = (list = "") => (manifest[list] ?? []).filter(({ name }) => names.includes(name));
  mkdirSync(extension);
  for (const part of ["src", "assets", "node_modules"]) symlinkSync(resolve(part), join(extension, part));
  writeFileSync(
    join(extension, "package.json"),
    JSON.stringify({ ...manifest, commands: only("commands"), tools: only("tools") }),
  );
  const dist = join(folder, "dist");
  await quickBuild(dist, extension);
  return { dist, remove: () => removeFolder(folder) };
}
