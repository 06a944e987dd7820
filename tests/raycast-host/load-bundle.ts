// Loads a bundle of `ray build` as Raycast does: react and @raycast/api are given, Node's own modules are there, nothing else.
import { existsSync, readFileSync } from "node:fs";
import Module, { builtinModules, createRequire } from "node:module";
import { raycastApi } from "./api/index.ts";

type Load = (request: string, parent: unknown, isMain: boolean) => unknown;
const loader = Module as unknown as { _load: Load };
const own = createRequire(import.meta.url);

/** @returns the exports of the bundle at `path` */
export function loadBundle(path: string): Record<string, unknown> {
  if (!existsSync(path)) throw new Error(`${path} is not built: run npm run build`);
  const given: Record<string, unknown> = { "@raycast/api": raycastApi };
  for (const name of ["react", "react/jsx-runtime"]) given[name] = own(name);
  const usual = loader._load;
  const bundle = new Module(path) as Module & { _compile: (source: string, path: string) => void };
  bundle.filename = path;
  loader._load = (request, parent, isMain) => {
    if (parent !== bundle) return usual(request, parent, isMain);
    if (request in given) return given[request];
    if (builtinModules.includes(request.replace(/^node:/, "")) || request.startsWith("node:"))
      return usual(request, parent, isMain);
    throw new Error(`the bundle requires "${request}", which Raycast does not have`);
  };
  bundle._compile(`${readFileSync(path, "utf8")}\n//# sourceMappingURL=${path}.map`, path);
  return bundle.exports as Record<string, unknown>;
}
