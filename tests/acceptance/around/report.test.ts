// `report` and `run --report-only` through the built program. Contract §3, §15.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shapes, textIn, visibleText } from "../../support/html.ts";
import { createWorld, type World } from "../../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

const HOSTILE = "<script>alert(1)</script>";
let world: World;
let runId = "";

beforeAll(async () => {
  world = await createWorld();
  const models = { "t/Big-32B": { loadExit: { code: 1, stderr: HOSTILE } }, [MODEL]: { tps: [40, 44, 42, 41] } };
  const list = plantModels(world, models);
  const { result } = await world.tune(
    shortTune({ "candidate-models": list, "max-batch-axis": "1,2", "stage2-replicates": "2" }),
  );
  runId = result.run_id;
});

afterAll(() => world.close());

test("the report of a run lies beside the database, private, with the database's figures", async () => {
  const { code, stdout } = await world.run(["report"]);
  const path = stdout.trim();
  expect([code, path]).toEqual([0, join(world.home, ".config/mlx-autotune/reports", `${runId}.html`)]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const page = readFileSync(path, "utf8");
  const rows = world.rows<{ tps: number }>(
    "SELECT agg_throughput_tps AS tps FROM tune_trials WHERE stage = 2 ORDER BY id",
  );
  expect(shapes(page, "throughput", 0).map((bar) => bar.value)).toEqual(rows.map((row) => row.tps));
  expect(textIn(page, "span", "tag")).toEqual(expect.arrayContaining(["infeasible", "chosen", "★ won"]));
  expect(page).not.toContain(HOSTILE);
  expect(visibleText(page)).toContain(HOSTILE);
});

test("--out names the file, --json answers with its path, a beginning of the id is enough", async () => {
  const out = join(world.home, "new folder", "r.html");
  const { code, stdout } = await world.run(["report", runId.slice(0, 8), "--out", out, "--json"]);
  expect([code, JSON.parse(stdout)]).toEqual([0, { run_id: runId, path: out }]);
  expect(readFileSync(out, "utf8")).toMatch(/^<!doctype html>[^]*<\/html>\n$/i);
});

test("what must not be overwritten is not", async () => {
  mkdirSync(join(world.home, "folder"));
  const database = statSync(world.dbPath).ino;
  const refused = await Promise.all(
    [world.dbPath, join(world.home, "folder"), ""].map((out) => world.run(["report", "--out", out])),
  );
  expect(refused.map(({ code, stdout }) => [code, stdout])).toEqual([
    [2, ""],
    [2, ""],
    [2, ""],
  ]);
  expect(refused.map(({ stderr }) => stderr)).toEqual([
    expect.stringContaining("it is the database"),
    expect.stringContaining("it is a folder"),
    expect.stringContaining("--out: the path is empty"),
  ]);
  expect(statSync(world.dbPath).ino).toBe(database);
});

test("a symlink is replaced, what it leads to stays", async () => {
  const target = join(world.home, "precious.txt");
  writeFileSync(target, "precious");
  const link = join(world.home, "link.html");
  symlinkSync(target, link);
  expect((await world.run(["report", "--out", link])).code).toBe(0);
  expect(readFileSync(target, "utf8")).toBe("precious");
});

test("run --report-only prints the latest result and where its report is", async () => {
  const { code, stdout } = await world.run(["run", "--report-only"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^RECOMMENDATION[^]*\nReport: \/.*\.html\n$/);
  const inJson = await world.run(["run", "--report-only", "--json"]);
  expect(JSON.parse(inJson.stdout)).toMatchObject({ run_id: runId, exit_reason: "ok" });
  expect(existsSync(/Report: (.*)\n/.exec(inJson.stderr)?.[1] ?? "")).toBe(true);
});

test("a run that is not there is told, with exit 1", async () => {
  const { code, stderr } = await world.run(["report", "nothing-like-it"]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('there is no run "nothing-like-it"')]);
});
