// Databases and exports of released programs: each still opens, says what it said, and its recipes keep their hash. The fixtures were
// written by the released program itself. Source: contract §10 (hash), §11 (additive migrations), §15 (export and import).
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { recipeHash, resultSchema } from "../../../worker/core/result/recipe.ts";
import type { World } from "../../support/worlds/program.ts";
import { inWorld } from "../../support/worlds/short-tune.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/released");

interface Exported {
  run: { run_id: string; recipe_hash: string; binary_version: string; recommendation_json: unknown };
  trials: unknown[];
}

/** Columns that came later are NULL there, and left out of the comparison. */
function asThen(now: unknown, then: unknown): unknown {
  if (Array.isArray(now) && Array.isArray(then)) return now.map((one, at) => asThen(one, then[at]));
  if (!isObject(now) || !isObject(then)) return now;
  const told = Object.entries(now).filter(([key, value]) => value !== null || key in then);
  return Object.fromEntries(told.map(([key, value]) => [key, asThen(value, then[key])]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Exported;

function plantDatabase({ dbPath }: World, fixture: string): void {
  mkdirSync(dirname(dbPath), { recursive: true });
  writeFileSync(dbPath, gunzipSync(readFileSync(join(FIXTURES, fixture, "autotune.sqlite.gz"))));
}

async function ok(world: World, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await world.run(args);
  expect({ args, code, stderr: code === 0 ? "" : stderr }).toEqual({ args, code: 0, stderr: "" });
  return stdout;
}

describe.each(readdirSync(FIXTURES))("of %s", (fixture) => {
  const written = read(join(FIXTURES, fixture, "export.json"));
  const { run_id: runId, recipe_hash: hash } = written.run;

  test.concurrent("its database opens, and gives out what it gave out then", () =>
    inWorld(async (world) => {
      plantDatabase(world, fixture);
      const exported: unknown = JSON.parse(await ok(world, "export", runId, "--output", "-"));
      expect(asThen(exported, written)).toEqual(written);
      const runs = JSON.parse(await ok(world, "runs", "--json")) as { run_id: string; recipe_hash: string }[];
      expect(runs.map((run) => run.run_id)).toContain(runId);
      for (const run of runs) {
        const { run: row } = JSON.parse(await ok(world, "export", run.run_id, "--output", "-")) as Exported;
        expect([run.run_id, hashOf(row)]).toEqual([run.run_id, row.recipe_hash]);
      }
    }),
  );

  test.concurrent("its export is taken in, and can be given out again", () =>
    inWorld(async (world) => {
      const file = join(world.home, "export.json");
      copyFileSync(join(FIXTURES, fixture, "export.json"), file);
      await ok(world, "import", file);
      const again = JSON.parse(await ok(world, "export", runId, "--output", "-")) as Exported;
      expect([again.run.recipe_hash, again.trials.length]).toEqual([hash, written.trials.length]);
      expect(asThen(again.trials, written.trials)).toEqual(written.trials);
      expect(hashOf(again.run)).toBe(hash);
    }),
  );
});

/** Told anew from the stored result. */
function hashOf({ recommendation_json: stored, binary_version }: Exported["run"]): string | null {
  const result = resultSchema.parse(typeof stored === "string" ? JSON.parse(stored) : stored);
  const { machine, inputs, recommendation: recipe } = result;
  if (recipe === null) return null;
  const { model, knobs, target_context } = recipe;
  const { candidate_models } = inputs;
  return recipeHash({ ...machine, binary_version, candidate_models, model, knobs, target_context });
}
