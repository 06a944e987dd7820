// "Applied" in Tuning Runs is what the config holds now: edited, restored by git, gone, unreadable, on a disk that does not answer.
// Source: contract §12, §14, §15.
import { expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { textOf, type App } from "../raycast-host/index.ts";
import { until } from "../support/worlds/program.ts";
import { CONFIG, IDS, MODELS, storeApplied } from "./support/run-rows.ts";
import { readRuns, setUpRuns } from "./support/runs-view.ts";

const runs = setUpRuns();
const applied = () => {
  runs.storeAll();
  return storeApplied(runs.world, IDS.recipe);
};

/** The tags of the chosen run beside its detail. */
function tags(app: App): Record<string, string> {
  const list = app.find("Detail.Metadata.TagList", { title: "State" });
  return Object.fromEntries((list?.children ?? []).map(({ props }) => [textOf(props["text"]), textOf(props["color"])]));
}
const tagged = (app: App, text: string) => app.until(() => Object.keys(tags(app)).includes(text), `the tag ${text}`);
const detail = (app: App) => textOf(app.selected()?.slots["detail"]?.props["markdown"]).replaceAll("\\", "");

test("a config as it was written is applied, and nothing but the database is needed for the first paint", async () => {
  applied();
  const started = join(runs.world.home, "started-processes");
  const note = `--require ${resolve("tests/raycast/support/note-processes.cjs")}`;
  const app = await runs.start({ env: { STARTED_PROCESSES: started, NODE_OPTIONS: note } });
  await tagged(app, "Applied");
  const first = app.paints.find(({ isLoading }) => !isLoading);
  expect(JSON.stringify(first?.tree)).not.toMatch(/Applied|Config /);
  expect(tags(app)["Applied"]).toMatch(/green/i);
  expect(detail(app)).not.toMatch(/Edited|Changed|Unreadable/);
  expect(app.actions().slice(0, 2)).toEqual(["Show Run", "Revert Recipe…"]);
  expect(app.actions()).not.toContain("Apply Recipe…");
  expect(existsSync(started)).toBe(false);
});

test("after a checkout of the old file its keys are named; it can be applied again, and taken back still", async () => {
  const path = applied();
  const app = await runs.start();
  await tagged(app, "Applied");
  writeFileSync(path, CONFIG);
  await tagged(app, "Applied, Edited Since");
  expect(tags(app)["Applied, Edited Since"]).toMatch(/orange/i);
  expect(detail(app)).toContain(`${path} says something else now.`);
  expect(detail(app)).toContain(`- model: org/Old-3B now, ${MODELS[1]} applied\n- kv_bits: 8 now, unset applied`);
  expect(app.actions().slice(0, 3)).toEqual(["Show Run", "Apply Recipe…", "Revert Recipe…"]);
  await app.act("Show Run");
  await app.until((tree) => tree.type === "Detail" && app.text().includes("Edited since it was applied"), "the page");
  expect(app.actions().slice(0, 5)).toEqual([
    "Show Trials",
    "Show Log",
    "Show Candidates",
    "Apply Recipe…",
    "Revert Recipe…",
  ]);
});

test("edits of other keys leave it applied, as the worker says once; secrets stay masked", async () => {
  const path = applied();
  writeFileSync(path, `${readFileSync(path, "utf8")}by_hand: 1\n`);
  const app = await runs.start();
  await tagged(app, "Applied");
  // A worker that cannot be started is not needed for the same bytes.
  const again = await runs.start({ preferences: { nodeBinary: "/nowhere/node" } });
  await tagged(again, "Applied");
  writeFileSync(path, CONFIG.replace("org/Old-3B", "hf_abcdefgh1234"));
  await tagged(app, "Applied, Edited Since");
  expect(app.text()).not.toContain("abcdefgh1234");
  // Without a worker nobody compares its keys.
  const alone = await runs.start({ preferences: { nodeBinary: "/nowhere/node" } });
  writeFileSync(path, `${CONFIG}# once more\n`);
  await tagged(alone, "Config Changed");
  expect(detail(alone)).toContain("its keys are not compared yet");
});

test("a config that is gone, and one that cannot be read, are said to be so and never as applied or edited", async () => {
  const path = applied();
  rmSync(path);
  const app = await runs.start();
  await tagged(app, "Config Gone");
  expect(detail(app)).toContain(`${path} is not there any more, or empty.`);
  expect(app.actions().slice(1, 3)).toEqual(["Apply Recipe…", "Revert Recipe…"]);
  mkdirSync(path);
  await tagged(app, "Config Unreadable");
  expect(detail(app)).toContain(`${path} is not a file`);
  expect(JSON.stringify(tags(app))).not.toMatch(/Applied|Edited/);
  expect(app.actions()).not.toContain("Apply Recipe…");
  expect(app.actions()).toContain("Revert Recipe…");
});

test("a config outside of the home folder is for the worker alone to look at", async () => {
  applied();
  const elsewhere = `${runs.world.home}-elsewhere.yaml`;
  writeFileSync(elsewhere, CONFIG);
  try {
    runs.world.sql(`UPDATE recipe_applications SET config_path = '${elsewhere}'`);
    const app = await runs.start();
    await tagged(app, "Applied, Edited Since");
    const alone = await runs.start({ preferences: { nodeBinary: "/nowhere/node" } });
    await tagged(alone, "Config Unchecked");
    expect(detail(alone)).toContain(`${elsewhere} leads out of the home folder`);
  } finally {
    rmSync(elsewhere);
  }
});

test("a disk that does not answer holds one read and no view: the worker's own reader tells", async () => {
  const path = applied();
  const [pipe, log] = [join(runs.world.home, "pipe"), join(runs.world.home, "held")];
  execFileSync("mkfifo", [pipe]);
  const env = {
    ...{ MLX_AUTOTUNE_TEST_SCOPE: runs.world.home, PATH: process.env["PATH"] ?? "" },
    ...{ HELD_CONFIG: path, HELD_PIPE: pipe, HELD_LOG: log },
    NODE_OPTIONS: `--require ${resolve("tests/support/held-config.cjs")}`,
  };
  const release = () => closeSync(openSync(pipe, constants.O_RDWR));
  try {
    const app = await runs.start({ env });
    await readRuns(app);
    expect(tags(app)).not.toHaveProperty("Applied");
    // The worker reads the same file, by a way that cannot hang it.
    await tagged(app, "Applied");
    const turn = Math.floor(Date.now() / 5000);
    await until("two looks more", () => Math.floor(Date.now() / 5000) > turn + 2);
    expect(readFileSync(log, "utf8")).toBe("x\n");
  } finally {
    release();
  }
});
