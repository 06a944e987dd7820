// The way that the product is for: fill the form, watch the run, get the recipe, apply it, take it back; every step a command of Raycast, the
// worker as the extension installs it, real processes behind a live provider of launchd. Source: contract §1, §12, §13, §14.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { rows, textOf, type App } from "../raycast-host/index.ts";
import { activeRow } from "../support/worlds/active-run.ts";
import { LABEL } from "../support/worlds/drain-world.ts";
import { plantModels } from "../support/worlds/short-tune.ts";
import { configText, OLD, SECRET } from "../support/worlds/apply-world.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import {
  bytes,
  fillForm,
  journey,
  listed,
  loadConfiguredProvider,
  notice,
  PATIENCE,
  served,
  workers,
  type Journey,
} from "./support/journey.ts";

const [BIG, SMALL] = ["t/Big-32B", "t/Small-7B"];
let built: BuiltCommands;

beforeAll(async () => {
  built = await buildCommands("find-best-recipe", "tuning-runs", "current-recipe", "revert-recipe");
});
afterAll(() => built.remove());

/** Big does not load. Small is slower with 8 bits; a request takes a second, so that a user sees tokens come. */
function plant({ world }: Journey): void {
  plantModels(world, {
    [BIG]: { loadExit: { code: 137, stderr: "out of memory", afterMs: 300 } },
    [SMALL]: { loadMs: 700, tps: 64, knobs: [{ when: { kv_bits: 8 }, tps: 48 }] },
  });
}

const settings = ({ world }: Journey) => ({
  provider: "macprovider",
  candidates: "own",
  models: `${BIG}\n${SMALL}`,
  targetContext: "256",
  drain: true,
  method: "fixed",
  advanced: true,
  stage2Replicates: "2",
  kvBitsAxis: "unset,8",
  maxBatchAxis: "1",
  maxTokens: "64",
  port: String(world.port),
  offline: true,
});

/** What the run's detail said, look by look: percentages, phases, live tok/s. */
function seen(app: App) {
  const texts = app.paints.flatMap(({ tree }) =>
    rows(tree).map((row) => textOf(row.slots["detail"]?.props["markdown"])),
  );
  const said = app.paints.flatMap(({ tree }) => rows(tree).map((row) => JSON.stringify(row.props["accessories"])));
  const all = (from: string[], part: RegExp) => [...new Set(from.flatMap((text) => part.exec(text)?.[1] ?? []))];
  return {
    shares: all(said, /(\d+) %/).map(Number),
    phases: all(texts, /^\*\*([A-Z][^*]+)\*\* ·/m),
    live: all(texts, / · ([\d.]+) tok\/s$/m).map(Number),
    cells: all(texts, / · (kv [^·]+ · batch \d)/),
  };
}

async function startFromForm(way: Journey): Promise<string> {
  const app = await way.open("find-best-recipe", { answer: true });
  await fillForm(app, settings(way));
  await app.until(() => notice(app, "Drained").includes(LABEL), "what is drained", PATIENCE);
  await app.submit("Start Tuning");
  expect(app.alerts).toMatchObject([{ title: "Take the live provider out of service?" }]);
  await app.toast("Started", PATIENCE);
  const { run_id: runId } = activeRow(way.world) ?? { run_id: "" };
  await app.until((tree) => tree.props["navigationTitle"] === `Run ${runId.slice(0, 8)}`, "the run's view");
  await app.close();
  return runId;
}

/** Watch the list until the run stands among the recipes. */
async function watchRun(list: App): Promise<void> {
  await listed(list, 1);
  expect(list.text()).toMatch(/## Active\n/);
  await list.until(() => list.text().includes("## Recipes"), "the recipe", PATIENCE);
  const { shares, phases, live, cells } = seen(list);
  expect(shares.length).toBeGreaterThan(2);
  expect(shares.filter((share) => share >= 95)).toEqual([]);
  expect(phases).toContain("Decoding");
  expect(phases.length).toBeGreaterThan(1);
  expect(live.length).toBeGreaterThan(0);
  expect(Math.max(...live)).toBeLessThan(80);
  expect(cells.length).toBeGreaterThan(0);
}

async function lookAtRecipe({ world }: Journey, list: App, runId: string): Promise<void> {
  await list.until(() => list.text().includes("out of memory"), "why the first one failed");
  expect(list.text()).toMatch(/\| Throughput: 6\d\.\d tok\/s/);
  expect(list.text()).toMatch(/✗ 1\. \*\*Big-32B\*\*: load failed: .*out of memory/);
  expect(list.text()).toContain(`serve --model ${SMALL} --max-batch 1`);
  const [told] = world.notifications();
  expect(told).toContain("Recipe ready: Small-7B");
  expect(told).toContain(encodeURIComponent(runId));
}

/** From the list: the diff, the dialog, the outcome. */
async function apply({ world }: Journey, list: App, config: string): Promise<void> {
  const original = bytes(config);
  await list.act("Apply Recipe…");
  await list.until((tree) => tree.type === "Detail" && tree.props["isLoading"] === false, "the diff", PATIENCE);
  expect(list.text()).toContain(`-model: "${OLD}"`);
  expect(list.text()).toContain(`+model: "${SMALL}"`);
  expect(list.text()).not.toContain(SECRET);
  list.answer(() => bytes(config) === original);
  await list.act("Apply Recipe");
  expect(list.alerts.at(-1)).toMatchObject({ title: "Apply Recipe?", answer: true });
  await list.toast("Recipe applied", PATIENCE);
  await list.until((tree) => tree.type === "List" && /\{Applied\}/.test(list.text()), "the tag", PATIENCE);
  expect(await served(world)).toEqual([SMALL]);
}

async function lookAtCurrent(way: Journey): Promise<void> {
  const current = await way.open("current-recipe");
  await current.until((tree) => rows(tree).length === 1 && tree.props["isLoading"] === false, "it", PATIENCE);
  expect(current.text()).toContain("## Applied Last");
  expect(current.rows()).toEqual(["Small-7B"]);
  // The worker answers after the rows are there.
  await current.until(() => /> Small-7B {2}\{Fresh\}/.test(current.text()), "fresh");
  await current.close();
}

test("form, progress, recipe, diff, applied, taken back: the config is byte for byte what it was", () =>
  journey(
    built,
    async (way) => {
      const { world } = way;
      plant(way);
      const config = await loadConfiguredProvider(world, configText(world.livePort));
      const original = bytes(config);
      const runId = await startFromForm(way);
      // The command is closed; the worker lives on, from where it was installed.
      const [installed = "?"] = readdirSync(way.supportPath).filter((name) => name.startsWith("worker-"));
      expect(workers(world).map(({ command }) => command)).toContainEqual(
        expect.stringContaining(join(way.supportPath, installed, "cli.cjs")),
      );
      const list = await way.open("tuning-runs");
      await watchRun(list);
      expect(await way.ended()).toMatchObject({ run_id: runId, exit_reason: "ok" });
      expect([await served(world), bytes(config)]).toEqual([[OLD], original]);
      await lookAtRecipe(way, list, runId);
      await apply(way, list, config);
      expect(bytes(config)).not.toBe(original);
      await list.close();
      await lookAtCurrent(way);

      const revert = await way.open("revert-recipe", { answer: true });
      await revert.done(PATIENCE.timeoutMs);
      expect(revert.toasts.at(-1)).toMatchObject({ style: "SUCCESS", title: "Recipe reverted" });
      expect([bytes(config), await served(world)]).toEqual([original, [OLD]]);
      expect(readdirSync(join(way.supportPath, "calls"))).toEqual([]);
    },
    null,
  ));
