// Bundles commands and tools as `ray build` does, without its checks: quick-build.ts <folder> [extension]. For work in progress and samples.
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { removeFolder } from "../support/worlds/remove-folder.ts";

/** Build every entry of the manifest whose source exists. @returns the entries, relative to the folder, without extension */
export async function quickBuild(folder: string, extension = "."): Promise<string[]> {
  const manifest = JSON.parse(readFileSync(join(extension, "package.json"), "utf8")) as Record<
    string,
    { name: string }[]
  >;
  const names = [
    ...(manifest["commands"] ?? []),
    ...(manifest["tools"] ?? []).map(({ name }) => ({ name: `tools/${name}` })),
  ];
  const entries = names.flatMap(({ name }) => {
    const source = [".tsx", ".ts"].map((end) => join(extension, "src", name + end)).find((path) => existsSync(path));
    return source === undefined ? [] : [{ in: source, out: name }];
  });
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: entries,
    outdir: folder,
    ...{ bundle: true, minify: true, sourcemap: "external", format: "cjs", platform: "node", target: "node22" },
    jsx: "automatic",
    external: [
      "@raycast/api",
      "react",
      "react/jsx-runtime",
      ...builtinModules,
      ...builtinModules.map((name) => `node:${name}`),
    ],
    logLevel: "warning",
  });
  const assets = join(resolve(extension), "assets");
  removeFolder(join(folder, "assets"));
  if (existsSync(assets)) symlinkSync(assets, join(folder, "assets"));
  return entries.map(({ out }) => out);
}

const [, program, folder, extension] = process.argv;
if (program?.endsWith("quick-build.ts"))
  console.log((await quickBuild(resolve(folder ?? "dist"), extension)).join("\n"));
