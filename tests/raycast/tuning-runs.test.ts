// Tuning Runs as its user meets it: the list by state, one run and what hangs on it, a link, deleting. Contract §14.
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";
import { recipeJson } from "../../src/lib/recipe/recipe-json.ts";
import type { Recommendation } from "../../worker/core/result/recipe.ts";
import { rows, type App } from "../raycast-host/index.ts";
import { GATE_REASON, IDS, storeActive, storeFailure } from "./support/run-rows.ts";
import { readRuns, setUpRuns } from "./support/runs-view.ts";

const runs = setUpRuns();

const pictures = (app: App) =>
  [...app.text().matchAll(/!\[([^\]]*)\]/g)].map(([, alt = ""]) => alt.replace(/ \([0-9a-z]+\)$/, ""));

/** The first picture's SVG as it stands in the drawn markdown. */
const COPIES = ["Copy Serve Command", "Copy Recipe as JSON", "Copy Recipe Hash", "Copy Run ID", "Export Run"];

function firstPicture(app: App): string {
  const markdown = JSON.stringify(app.tree());
  const data = /data:image\/svg\+xml;base64,([A-Za-z0-9+/=]+)\?raycast-width=\d+/.exec(markdown)?.[1] ?? "";
  return Buffer.from(data, "base64").toString("utf8");
}

test("runs stand in sections by state, with a tag each; the chosen one shows its recipe, rejections, charts and cells", async () => {
  runs.storeAll();
  const app = await runs.start();
  await app.until(() => pictures(app).length === 3, "the charts");
  const text = app.text();
  expect(text).toMatch(/## Recipes — 2\n[^]*## Without a Recipe — 2\n/);
  expect(text.match(/[>-] (?:Mid|Big).*/g)).toEqual([
    "> Mid-7B-4bit  2k",
    "- Mid-7B-4bit  2k",
    "- Big-32B-4bit and 2 more  {Interrupted}",
    "- Big-32B-4bit and 2 more  {Nothing Fits}",
  ]);
  expect(text).toContain(`- ✗ 1. **Big-32B-4bit**: ${GATE_REASON.replace(">", "\\>")}`);
  expect(text).toContain("- ○ 3. **Small-1B-4bit**: not probed, smaller than the chosen one");
  expect(text).toContain("| ★ kv unset · batch 1 | 41.8 tok/s | 39.5 to 41.5 | 400 ms | 4 in 2 starts |");
  expect(text).toContain("| Throughput: 41.8 tok/s (39.5 to 41.5)");
  expect(text).toContain("| TTFT p95: 400 ms of 60.00 s allowed");
  expect(text).toContain("- **warning**: On battery power.");
  expect(pictures(app)).toEqual([
    "Throughput of 2 cells",
    "Time to first token against the gate",
    "Drift of the machine over the visits",
  ]);
  expect(app.subtitles).toEqual(["Mid-7B-4bit · 41.8 tok/s"]);
  // Reason and charts are seen: five or six facts stand below them.
  expect(text.match(/^ *\| [A-Z].*: /gm)).toHaveLength(5);
  expect(app.actions()).toHaveLength(8 + COPIES.length - 1);
  expect(app.actions()).toEqual(expect.arrayContaining(COPIES));
  await app.press("cmd+y");
  expect(app.tree()?.props["isShowingDetail"]).toBe(false);
});

test("another row shows its own detail, at once and in full when it is chosen", async () => {
  runs.storeAll();
  const app = await runs.start();
  await readRuns(app);
  await app.select(IDS.failed);
  await app.until(() => app.text().includes("No candidate serves 2000 tokens."), "its reason");
  expect(app.text()).toContain("20.4 GB needed, 16 GB there");
  expect(app.actions()).not.toContain("Apply Recipe…");
  expect(app.actions()).not.toContain("Resume Tuning");
  await app.select(IDS.cut);
  await app.until(() => app.actions().includes("Resume Tuning"), "Resume");
  for (const words of ["no_feasible", "nothing fits", IDS.failed.slice(0, 8)]) {
    await app.search(words);
    expect([words, app.rows()]).toEqual([words, ["Big-32B-4bit and 2 more"]]);
  }
  for (const words of ["batch 1", "mlx-lm", "41.8"]) {
    await app.search(words);
    expect([words, app.rows().filter((row) => row === "Mid-7B-4bit").length > 0]).toEqual([words, true]);
  }
  await app.search("2k");
  expect(app.rows()).toHaveLength(4);
});

test("a run opens as a page; from it its trials, candidates and log, and what can be copied", async () => {
  runs.storeAll();
  const app = await runs.start();
  await readRuns(app);
  await app.act("Show Run");
  await app.until((tree) => tree.type === "Detail" && pictures(app).length === 3, "the page");
  expect(app.depth).toBe(2);
  expect(app.text()).toContain("mlx_lm.server --model Mid");
  for (const [action, expected] of [
    ["Copy Serve Command", "mlx_lm.server --model Mid"],
    ["Copy Run ID", IDS.recipe],
  ] as const) {
    await app.act(action);
    expect(app.clipboard).toBe(expected);
  }
  await app.act("Copy Recipe as JSON");
  const copied = JSON.parse(app.clipboard ?? "") as Recommendation;
  expect(copied).toMatchObject({ tps_median: 41.8, knobs: { kv_bits: null } });
  expect(app.clipboard).toBe(recipeJson(copied));

  await app.act("Show Trials");
  await app.until(() => app.text().includes("| 2.2 |"), "the timed requests");
  expect(app.rows()).toEqual(["kv unset", "kv 8", "Big-32B-4bit", "Mid-7B-4bit"]);
  expect(app.actions()[0]).toBe("Show Trial");
  await app.act("Show Trial");
  await app.until((tree) => tree.type === "Detail" && app.text().includes("Decode: "), "the trial's page");
  await app.pop();
  await app.pop();
  await app.act("Show Candidates");
  await app.until((tree) => rows(tree).length === 3, "the candidates");
  expect(app.text()).toContain(GATE_REASON.replace(">", "\\>"));
  await app.act("Show Candidate");
  await app.until(() => app.text().includes("TTFT Limit: 60.00 s"), "the candidate's page");
  await app.pop();
  await app.pop();
  await app.act("Show Log");
  await app.until(() => app.text().includes("No log is kept of this run"), "the log");
});

test("a log is called by its model and cell, with its file beneath; one that nobody labelled by its file", async () => {
  runs.storeAll();
  const folder = join(dirname(runs.world.dbPath), "logs", IDS.recipe);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "001.log"), "loading model\n");
  writeFileSync(join(folder, "002.log"), "no label\n");
  utimesSync(join(folder, "002.log"), 1, 1); // older, so the other one stands first
  const knobs = { kv_bits: 8, max_concurrency_override: 2, max_context_override: null };
  writeFileSync(join(folder, "001.json"), JSON.stringify({ model: "org/Mid-7B-4bit", knobs }));
  const app = await runs.start();
  await readRuns(app);
  await app.select(IDS.recipe);
  await app.act("Show Run");
  await app.until((tree) => tree.type === "Detail" && app.actions().includes("Show Log"), "the page");
  await app.act("Show Log");
  await app.until(() => app.text().includes("loading model"), "the log");
  expect(app.text()).toMatch(/^Detail · Log: Mid-7B-4bit · kv 8 · batch 2/);
  expect(app.text()).toMatch(/### Mid-7B-4bit · kv 8 · batch 2\W+001\.log/);
  await app.act("002.log");
  await app.until(() => app.text().includes("no label"), "the other log");
  expect(app.text()).toMatch(/^Detail · Log: 002\.log/);
});

test("two runs are compared: what was, what is now, and whether that is more than noise", async () => {
  runs.storeAll();
  const app = await runs.start();
  await readRuns(app);
  await app.act("Compare with…");
  await app.until((tree) => rows(tree).length === 3, "the other runs");
  // Those with a recipe come first, older or not.
  expect(app.text()).toMatch(/## Recipes\n[^#]*## Without a Recipe/);
  await app.select(IDS.older);
  await app.act("Compare");
  await app.until(() => app.text().includes("Conditions"), "the comparison");
  expect(app.text()).toMatch(/\| Throughput \| 30\.2 tok\/s \| 41\.8 tok\/s \| \+38\.4 % \| better, more than noise/);
  await app.act("Copy Comparison");
  expect(app.clipboard).toMatch(/^was {2}bbbbbbbb/);
});

test("a link opens its run; one whose run is gone says so and leads on; one that names none shows the list", async () => {
  runs.storeAll();
  const linked = await runs.start({ launchContext: { runId: IDS.older } });
  await linked.until((tree) => tree.type === "Detail" && linked.text().includes("30.2 tok/s"), "the run");
  expect(linked.depth).toBe(1);
  const gone = await runs.start({ launchContext: { runId: "12345678-0000-4000-8000-000000000000" } });
  await gone.until(() => gone.text().includes("This run is not there any more"), "that it is gone");
  await gone.act("Show Tuning Runs");
  expect(gone.launches).toMatchObject([{ name: "tuning-runs" }]);
  const junk = await runs.start({ launchContext: { runId: 7 } });
  await junk.until((tree) => tree.type === "List" && rows(tree).length === 4, "the list");
});

test("a run is deleted after a question; one that came to be applied meanwhile is kept and says why", async () => {
  runs.storeAll();
  const app = await runs.start({
    answer: () => {
      runs.world.sql(`UPDATE tune_runs SET applied = 1 WHERE run_id = '${IDS.recipe}'`);
      return true;
    },
  });
  await readRuns(app);
  await app.act("Delete Run…");
  const refused = await app.toast("The run was not deleted");
  expect(refused).toMatchObject({ style: "FAILURE", primaryAction: "Copy Log" });
  expect(refused.message).toBe("Run aaaaaaaa holds the recipe that is applied. Revert it first.");
  expect(app.alerts[0]).toMatchObject({ title: "Delete run aaaaaaaa?", primaryAction: { style: "destructive" } });

  app.answer(false);
  await app.select(IDS.older);
  await app.until(() => app.actions().includes("Delete Run…"), "its actions");
  await app.act("Delete Run…");
  await app.eventually(() => app.alerts.length === 2, "the question");
  expect(app.rows()).toHaveLength(4);
  app.answer(true);
  await app.act("Delete Run…");
  await app.toast("Run deleted");
  await app.until((tree) => rows(tree).length === 3, "three runs");
  expect(app.alerts).toHaveLength(3);
});

test("a run that cannot be resumed says why, with its log", async () => {
  runs.world.write((store) => storeFailure(store, IDS.cut, "2026-03-04T10:00:00.000Z", "interrupted"));
  const app = await runs.start();
  await readRuns(app);
  await app.act("Resume Tuning");
  expect(await app.toast("The run was not resumed")).toMatchObject({ style: "FAILURE", primaryAction: "Copy Log" });
});

test("the active run shows what it does, can be cancelled and not deleted, and says when it falls silent", async () => {
  runs.world.write((store) => storeActive(store));
  const app = await runs.start();
  await app.until(() => app.text().includes("Elapsed"), "the active run");
  const text = app.text();
  expect(text).toMatch(/## Active\n {2}> Big-32B-4bit .*42 % · ETA 12 min/);
  expect(text).toContain("**Decoding** · 42 % · ETA 12 min · Big-32B-4bit · kv unset · batch 1 · 41.8 tok/s");
  expect(text).toMatch(/!\[Progress \([0-9a-z]+\)\]/);
  expect(app.actions()).toEqual(expect.arrayContaining(["Cancel Tuning…", "Show Log"]));
  expect(app.actions()).not.toContain("Delete Run…");
  await app.eventually(() => app.subtitles.length > 0, "the subtitle");
  expect(app.subtitles.at(-1)).toMatch(/^42 % at \d\d:\d\d · ETA 12 min$/);
  runs.world.sql("UPDATE tune_active SET heartbeat_utc = '2026-01-01T00:00:00.000Z', share = 0.5");
  await app.until(() => /Not heard of for/.test(app.text()), "the silence");
  expect(app.text()).toContain("50 % · ETA 12 min");
  runs.world.sql("UPDATE tune_active SET share = NULL");
  await app.until(() => /## Active\n {2}> Big-32B-4bit .*Stage 1 · 1 of 3 · ETA 12 min/.test(app.text()), "no share");
  expect(app.text()).toContain("**Decoding** · Stage 1 · 1 of 3 · ETA 12 min · Big-32B-4bit · kv unset · batch 1");
});
test.each(["light", "dark"] as const)("charts are drawn in the colours of a %s window", async (appearance) => {
  runs.storeAll();
  const app = await runs.start({ appearance });
  await app.until(() => pictures(app).length === 3, "the charts");
  const [winner, other] = appearance === "dark" ? ["#4cc38a", "#1f8f4e"] : ["#1f8f4e", "#4cc38a"];
  expect([firstPicture(app).includes(winner ?? ""), firstPicture(app).includes(other ?? "")]).toEqual([true, false]);
});
