// Tuning Runs as its user meets it: the list by state, one run and what hangs on it, a link, deleting. Contract §14.
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
    "> Mid-7B-4bit  {41.8 tok/s}",
    "- Mid-7B-4bit  {30.2 tok/s}",
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
  await app.search("no_feasible");
  expect(app.rows()).toEqual(["Big-32B-4bit and 2 more"]);
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
  await app.pop();
  await app.act("Show Candidates");
  await app.until((tree) => rows(tree).length === 3, "the candidates");
  expect(app.text()).toContain(GATE_REASON.replace(">", "\\>"));
  expect(app.text()).toContain("TTFT Limit: 60.00 s");
  await app.pop();
  await app.act("Show Log");
  await app.until(() => app.text().includes("No log is kept of this run"), "the log");
});

test("two runs are compared: what was, what is now, and whether that is more than noise", async () => {
  runs.storeAll();
  const app = await runs.start();
  await readRuns(app);
  await app.act("Compare with…");
  await app.until((tree) => rows(tree).length === 3, "the other runs");
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
  expect(text).toMatch(/## Active\n {2}> Big-32B-4bit — 42 % · ETA 12 min/);
  expect(text).toContain("**Decoding** · 1 of 3: Big-32B-4bit · kv unset · batch 1 · ETA 12 min · 41.8 tok/s");
  expect(text).toMatch(/!\[Progress \([0-9a-z]+\)\]/);
  expect(app.actions()).toEqual(expect.arrayContaining(["Cancel Tuning…", "Show Log"]));
  expect(app.actions()).not.toContain("Delete Run…");
  await app.eventually(() => app.subtitles.length > 0, "the subtitle");
  expect(app.subtitles.at(-1)).toMatch(/^42 % at \d\d:\d\d · ETA 12 min$/);
  runs.world.sql("UPDATE tune_active SET heartbeat_utc = '2026-01-01T00:00:00.000Z', share = 0.5");
  await app.until(() => /Not heard of for/.test(app.text()), "the silence");
  expect(app.text()).toContain("50 % · ETA 12 min");
});
test.each(["light", "dark"] as const)("charts are drawn in the colours of a %s window", async (appearance) => {
  runs.storeAll();
  const app = await runs.start({ appearance });
  await app.until(() => pictures(app).length === 3, "the charts");
  const [winner, other] = appearance === "dark" ? ["#4cc38a", "#1f8f4e"] : ["#1f8f4e", "#4cc38a"];
  expect([firstPicture(app).includes(winner ?? ""), firstPicture(app).includes(other ?? "")]).toEqual([true, false]);
});
