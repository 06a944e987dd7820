// Views over runs whose models, reasons, notes and logs try to be markup: what Raycast is handed has the markup that plain words have.
import { expect, test } from "@jest/globals";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { rows, textOf, type App } from "../raycast-host/index.ts";
import { structureOf } from "../support/markdown-tree.ts";
import { GATE_REASON, IDS, MODELS, storeDrained } from "./support/run-rows.ts";
import { readRuns, setUpRuns } from "./support/runs-view.ts";

const runs = setUpRuns();

/** What others wrote in the rows. */
const FOREIGN = [
  MODELS[0].slice(4),
  MODELS[1].slice(4),
  GATE_REASON,
  "On battery power.",
  "fastest of 2 cells",
  "No candidate serves 2000 tokens.",
  "code 5",
];

/** Put `name` in the place of every text of others, wherever it is stored. */
function rename(dbPath: string, name: string): void {
  const db = new Database(dbPath);
  const tables = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all() as { name: string }[];
  for (const { name: tableName } of tables)
    for (const column of db.prepare(`PRAGMA table_info(${tableName})`).all() as { name: string }[])
      for (const [at, old] of FOREIGN.entries()) {
        const said = `${name}${at}`;
        const stored = column.name.endsWith("_json") ? JSON.stringify(said).slice(1, -1) : said;
        db.prepare(
          `UPDATE ${tableName} SET ${column.name} = replace(${column.name}, ?, ?) WHERE ${column.name} LIKE ?`,
        ).run(old, stored, `%${old}%`);
      }
  db.close();
}

/** The markup of the page that is drawn now, or of the chosen row's. */
function markup(app: App): string[] {
  const page = app.find("Detail") ?? app.selected()?.slots["detail"];
  return structureOf(textOf(page?.props["markdown"]));
}

type Pages = Record<string, string[]>;

/** Walk through the views. @returns the markup of each */
async function walk(name: string): Promise<Pages> {
  runs.storeAll();
  runs.world.write((store) => storeDrained(store, "failed"));
  rename(runs.world.dbPath, name);
  writeLog(name);
  const app = await runs.start();
  await readRuns(app);
  const pages: Pages = {};
  const look = async (view: string, isDrawn: (types: string[]) => boolean) => {
    await app.until(() => isDrawn(markup(app)), view);
    pages[view] = markup(app);
  };
  const alarm = app.find("List.Item", { title: /^Not in service/ });
  await app.select(textOf(alarm?.props["id"]));
  await look("alarm", has("code"));
  await app.select(IDS.failed);
  await look("a run that found nothing", has("listItem", 3));
  await app.select(IDS.recipe);
  await look("a run with a recipe", has("image", 3));
  await app.act("Compare with…");
  await app.until((tree) => rows(tree).length === 3, "the other runs");
  await app.select(IDS.older);
  await app.act("Compare");
  await look("comparison", has("table"));
  await app.pop();
  await app.pop();
  await app.act("Show Run");
  await look("the run's page", has("image", 3));
  await app.act("Show Candidates");
  await look("candidates", has("paragraph"));
  await app.pop();
  await app.act("Show Trials");
  await look("trials", has("table"));
  await app.pop();
  await app.act("Show Log");
  await look("log", has("code"));
  return pages;
}

const has =
  (type: string, least = 1) =>
  (types: string[]) =>
    types.filter((one) => one === type).length >= least;

function writeLog(name: string): void {
  const folder = join(runs.world.home, ".config/mlx-autotune/logs", IDS.recipe);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "worker.log"), `${name}\n\`\`\`\n${name}\n\`\`\`\`\n\u001B[31m${name}\n`);
}

let plain: Pages;

test("what plain words look like", async () => {
  plain = await walk("word");
  expect(Object.keys(plain)).toHaveLength(8);
  expect(plain["log"]).toEqual(["heading", "text", "paragraph", "text", "code"]);
});

test.each([
  "- a|b `c` ``` <img src=x> [x](https://y.example) ![p](q) *b* _i_ ~~~ # $m$ \\[n\\] &lt;",
  `1. ${"x".repeat(300)}**\n\n# heading\n- point\n~~~`,
])("%j is text in every view", async (name) => {
  expect(await walk(name)).toEqual(plain);
});

test.each(["`x` <img src=x> [x](y) | *z*", "```\n# heading"])("a link to the run %j is text", async (runId) => {
  const app = await runs.start({ launchContext: { runId } });
  await app.until(() => app.text().includes("This run is not there any more"), "that it is gone");
  expect(markup(app)).toEqual(["heading", "text", "paragraph", "text"]);
});
