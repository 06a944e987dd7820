// The program and the form with a server, a knob and a search method more, by the edits that a developer would make, in memory: what another one costs.
import { cpSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { BANNER, bundleOptions, chartingApart } from "../../../scripts/worker-bundle.mjs";

export interface Edit {
  file: string;
  /** The line above which it comes. */
  before: string;
  line: string;
}

/** A server: its own file, tests/support/walk/pond.ts, and these. */
export const SERVER_EDITS: Edit[] = [
  {
    file: "worker/providers/index.ts",
    before: 'import { simulatedProvider } from "./simulated.ts";',
    line: 'import { pond } from "../../tests/support/walk/pond.ts";',
  },
  { file: "worker/providers/index.ts", before: "  simulatedProvider(null),", line: "  pond," },
];

/** A knob: a row. */
export const KNOB_EDITS: Edit[] = [
  {
    file: "worker/core/knobs.ts",
    before: "} as const satisfies Record<string, Knob>;",
    line:
      '  ripple_window: { axis: "ripple_window", value: z.int().positive(), always: false, inOldKeys: false, column: null, ' +
      'asked: { kind: "choice", values: [null, 32, 64] }, defaultText: null, help: "how far a ripple is followed", ' +
      'short: "window", namesUnset: false, label: "Ripple Window", field: "Ripple Window" },',
  },
];

/** A search method: its own file, tests/support/walk/once.ts, and these. */
export const METHOD_EDITS: Edit[] = [
  {
    file: "worker/core/search/methods.ts",
    before: "import type { SearchMethod }",
    line: 'import { once } from "../../../tests/support/walk/once.ts";',
  },
  { file: "worker/core/search/methods.ts", before: "  fixed,", line: "  once," },
];

/** A search method that keeps the server: its own file, tests/support/walk/stay.ts, and these. */
export const STAY_EDITS: Edit[] = METHOD_EDITS.map((edit) => ({ ...edit, line: edit.line.replaceAll("once", "stay") }));

const EDITS = [...SERVER_EDITS, ...KNOB_EDITS, ...METHOD_EDITS];

/** @throws Error if a line is not there exactly once: then the recipe in CONTRIBUTING.md is no longer true either */
export function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((source, { before, line, file }) => {
    const lines = source.split("\n");
    const places = lines.flatMap((one, at) => (one.startsWith(before) ? [at] : []));
    if (places.length !== 1) throw new Error(`${file}: ${places.length} lines begin with ${before}`);
    return lines.toSpliced(places[0] ?? 0, 0, line).join("\n");
  }, text);
}

const withEdits = (edits: readonly Edit[]): Plugin => ({
  name: "with-edits",
  setup: (bundler) =>
    bundler.onLoad({ filter: /\/worker\/(providers\/index|core\/knobs|core\/search\/methods)\.ts$/ }, ({ path }) => ({
      contents: edited(
        readFileSync(path, "utf8"),
        edits.filter(({ file }) => path === resolve(file)),
      ),
      loader: "ts",
    })),
});

/** @returns the folder of the built worker, whose program is cli.cjs */
export async function buildWalkedWorker(edits: readonly Edit[] = EDITS): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "walked-"));
  cpSync("assets/worker", folder, { recursive: true });
  await build({
    ...bundleOptions("0.0.0-walk"),
    entryPoints: ["worker/cli.ts"],
    outfile: join(folder, "cli.cjs"),
    banner: { js: BANNER },
    plugins: [withEdits(edits), chartingApart],
  });
  return folder;
}

/** Build a module of the extension's. @returns its path */
export async function buildWalked(entry: string, folder: string): Promise<string> {
  const outfile = join(folder, `${entry.replaceAll(/\W/g, "-")}.mjs`);
  await build({
    ...{ entryPoints: [entry], outfile, bundle: true, format: "esm", platform: "node", logLevel: "warning" },
    plugins: [withEdits(EDITS)],
  });
  return outfile;
}
