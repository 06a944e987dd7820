// Contract §15: runs travel as files, and from other programs' databases; sources stay as they are, hostile ones are refused.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { createWorld, type World } from "../../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

/** Another program's tables: an exit reason in every row, no column of ours. */
const REFERENCE = `
  CREATE TABLE tune_trials (id INTEGER PRIMARY KEY AUTOINCREMENT, ts_utc TEXT NOT NULL, run_id TEXT NOT NULL,
    stage INTEGER NOT NULL DEFAULT 1, model TEXT NOT NULL, target_context INTEGER NOT NULL, max_tokens INTEGER NOT NULL,
    agg_throughput_tps REAL, ttft_p95_ms REAL, fits INTEGER NOT NULL DEFAULT 0, n_err INTEGER NOT NULL DEFAULT 0,
    kept INTEGER NOT NULL DEFAULT 0, notes TEXT, kv_bits INTEGER, max_context_cap INTEGER, max_batch INTEGER, extra TEXT);
  CREATE TABLE tune_runs (run_id TEXT PRIMARY KEY, started_at_utc TEXT NOT NULL, ended_at_utc TEXT,
    machine_ram_gb INTEGER NOT NULL, machine_chip TEXT NOT NULL, target_context INTEGER NOT NULL,
    recommendation_json TEXT, applied INTEGER NOT NULL DEFAULT 0, exit_reason TEXT NOT NULL);
  INSERT INTO tune_runs VALUES ('ref', '2025-01-05T09:00:00Z', '2025-01-05T09:20:00Z', 16, 'Apple M2', 4000,
    '{"model":"org/a-7b"}', 1, 'ok'), ('odd', '2025-01-06T09:00:00Z', NULL, 16, 'Apple M2', 4000, NULL, 7, 'ok'),
    ('../../up', '2025-01-07T09:00:00Z', NULL, 16, 'Apple M2', 4000, NULL, 0, 'ok');
  INSERT INTO tune_trials (ts_utc, run_id, stage, model, target_context, max_tokens, agg_throughput_tps, fits, kept, kv_bits)
    VALUES ('2025-01-05T09:01:00Z', 'ref', 2, 'org/a-7b', 4000, 128, 22.5, 1, 1, 8);`;

/** The prototype's: trials only, no stage. */
const PROTOTYPE = `
  CREATE TABLE tune_trials (id INTEGER PRIMARY KEY AUTOINCREMENT, ts_utc TEXT NOT NULL, run_id TEXT NOT NULL,
    model TEXT NOT NULL, target_context INTEGER NOT NULL, max_tokens INTEGER NOT NULL, agg_throughput_tps REAL,
    fits INTEGER NOT NULL DEFAULT 0, n_err INTEGER NOT NULL DEFAULT 0);
  INSERT INTO tune_trials (ts_utc, run_id, model, target_context, max_tokens, agg_throughput_tps, fits)
    VALUES ('2024-11-02T08:00:00Z', 'proto', 'org/a-7b', 4000, 128, NULL, 0),
           ('2024-11-02T08:05:00Z', 'proto', 'org/a-3b', 4000, 128, 31.25, 1);`;

interface Document {
  run: Record<string, unknown>;
  trials: { trial: Record<string, unknown>; visits: { replicates: Record<string, unknown>[] }[] }[];
  [key: string]: unknown;
}

let world: World;
let exported: string;
let runId: string;
const path = (name: string) => join(world.home, "files", name);
const database = (name: string, sql: string) => (new Database(path(name)).exec(sql).close(), path(name));
const document = () => JSON.parse(readFileSync(exported, "utf8")) as Document;
const importing = (file: string, db = path("target.sqlite")) => world.run(["import", file, "--json", "--db-path", db]);
const parsed = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as Record<string, unknown>;

beforeAll(async () => {
  world = await createWorld();
  mkdirSync(path(""));
  const list = plantModels(world, { [MODEL]: {} });
  const { result } = await world.tune(shortTune({ "candidate-models": list, "stage2-replicates": "2" }));
  runId = result.run_id;
  exported = path("run.json");
  await world.run(["export", runId.slice(0, 8), "--output", exported]);
});
afterAll(() => world.close());

test("an exported run comes back whole: the same rows, and byte for byte the same file", async () => {
  const first = await importing(exported, path("back.sqlite"));
  expect([first.code, parsed(first)]).toEqual([0, { imported: [runId], already_there: [], left_out: [] }]);
  await world.run(["export", "--db-path", path("back.sqlite"), "--output", path("again.json")]);
  expect(readFileSync(path("again.json"), "utf8")).toBe(readFileSync(exported, "utf8"));
  const shown = async (db: string) => {
    const { run, result, trials, timeline, notes } = parsed(
      await world.run(["show", runId, "--json", "--db-path", db]),
    ) as Record<string, Record<string, unknown>[]>;
    const plain = (rows = [] as Record<string, unknown>[]) => rows.map((row) => ({ ...row, id: 0 }));
    return [{ ...run, seq: 0, kept_trial_id: 0 }, result, plain(trials), plain(timeline), plain(notes)];
  };
  expect(await shown(path("back.sqlite"))).toEqual(await shown(world.dbPath));
  const replicates = document().trials.flatMap(({ visits }) => visits.flatMap((visit) => visit.replicates));
  expect(replicates.length).toBeGreaterThanOrEqual(3);
  const second = await importing(exported, path("back.sqlite"));
  expect([second.code, parsed(second)]).toEqual([0, { imported: [], already_there: [runId], left_out: [] }]);
});

test("an export overwrites nothing, and - is stdout", async () => {
  const refused = await world.run(["export", runId, "--output", exported]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("is there already")]);
  const { stdout } = await world.run(["export", runId, "--output", "-"]);
  expect(stdout).toBe(readFileSync(exported, "utf8"));
});

test("runs of the reference implementation are imported once; odd ones are left out by name", async () => {
  const source = database("reference.sqlite", REFERENCE);
  const before = readFileSync(source);
  const first = await importing(source);
  expect([first.code, parsed(first)]).toEqual([
    1,
    {
      imported: ["ref"],
      already_there: [],
      left_out: [
        { run_id: "../../up", reason: "it has no usable run id" },
        { run_id: "odd", reason: expect.stringContaining("applied") },
      ],
    },
  ]);
  expect(parsed(await importing(source))).toMatchObject({ imported: [], already_there: ["ref"] });
  expect(readFileSync(source).equals(before)).toBe(true);
  const { stdout } = await world.run(["show", "ref", "--db-path", path("target.sqlite")]);
  expect(stdout).toMatch(/22\.5 tok\/s/);
  expect(readdirSync(path("")).filter((name) => name.startsWith("reference"))).toEqual(["reference.sqlite"]);
});

test("a prototype's trials become a run that is listed", async () => {
  const { code } = await importing(database("prototype.sqlite", PROTOTYPE));
  expect(code).toBe(0);
  const { run, trials } = parsed(await world.run(["show", "proto", "--json", "--db-path", path("target.sqlite")]));
  expect(run).toMatchObject({
    started_at_utc: "2024-11-02T08:00:00Z",
    ended_at_utc: "2024-11-02T08:05:00Z",
    target_context: 4000,
    candidate_models_json: ["org/a-7b", "org/a-3b"],
    state: "ended",
  });
  expect(trials).toHaveLength(2);
});

test("a source that is open and has its newest rows in a WAL is read whole and stays as it is", async () => {
  const source = path("busy.sqlite");
  const writer = new Database(source);
  writer.pragma("journal_mode = WAL");
  writer.exec(PROTOTYPE);
  const state = () =>
    readdirSync(path(""))
      .filter((name) => name.startsWith("busy") && !name.endsWith("-shm"))
      .map(
        (name) =>
          `${name} ${createHash("sha256")
            .update(readFileSync(path(name)))
            .digest("hex")}`,
      );
  const before = state();
  expect(before).toHaveLength(2);
  expect(parsed(await importing(source, path("from-wal.sqlite")))).toMatchObject({ imported: ["proto"] });
  expect(state()).toEqual(before);
  writer.close();
});

test("all our own tables come along from a database of ours", async () => {
  const taken = await importing(world.dbPath, path("own.sqlite"));
  expect(parsed(taken)).toMatchObject({ imported: [runId], left_out: [] });
  await world.run(["export", runId, "--db-path", path("own.sqlite"), "--output", path("own.json")]);
  expect(readFileSync(path("own.json"), "utf8")).toBe(readFileSync(exported, "utf8"));
});

test.each<[string, (file: string) => void, RegExp]>([
  ["nothing", () => undefined, /there is no such file/],
  ["a folder", (file) => mkdirSync(file), /it is no file/],
  ["text", (file) => writeFileSync(file, "hello"), /neither a SQLite database nor JSON/],
  ["a cut database", (file) => writeFileSync(file, "SQLite format 3\0 and then nothing"), /cannot open the database/],
  ["an empty database", (file) => new Database(file).exec("PRAGMA user_version = 3").close(), /has no tables/],
  [
    "another program's database",
    (file) => new Database(file).exec("CREATE TABLE recipes (a)").close(),
    /tables are recipes/,
  ],
  [
    "a newer schema",
    (file) => new Database(file).exec("CREATE TABLE tune_runs (run_id TEXT); PRAGMA user_version = 999").close(),
    /schema 999/,
  ],
  ["a huge file", (file) => (writeFileSync(file, "{"), truncateSync(file, 300_000_000)), /more than 256000000/],
])("%s is refused by name, and nothing of it is kept", async (name, make, why) => {
  const file = path(`refused-${name.replaceAll(/\W/g, "-")}`);
  make(file);
  const target = path("untouched.sqlite");
  const { code, stderr, stdout } = await importing(file, target);
  expect([code, stderr]).toEqual([2, expect.stringMatching(why)]);
  expect(stderr).toContain(file);
  expect(parsed({ stdout })).toMatchObject({ error: { code: "config_error" } });
});

const change = (edit: (document: Document) => void) => () => {
  const changed = document();
  edit(changed);
  return changed as unknown;
};
const trial = (changed: Document) => changed.trials[0]?.trial ?? {};

test.each<[string, () => unknown, RegExp]>([
  ["a list", () => [], /the file: .*expected object/],
  ["a later version", change((d) => (d["version"] = 2)), /version: .*expected 1/],
  ["a column nobody knows", change((d) => (d.run["color"] = "red")), /run: has what this version does not know: color/],
  [
    "a wrong type",
    change((d) => (trial(d)["ttft_p95_ms"] = "fast")),
    /trials\.0\.trial\.ttft_p95_ms: .*expected number/,
  ],
  ["an object for a text", change((d) => (d.run["exit_reason"] = {})), /run\.exit_reason: /],
  ["a run id that leads elsewhere", change((d) => (d.run["run_id"] = "../../../etc")), /run\.run_id: is no run id/],
  ["rows that no view can show", change((d) => (d.run["applied"] = 7)), /unknown shape.*applied/s],
  [
    "a state that the table refuses",
    change((d) => ((d.trials[0]?.visits[0]?.replicates[0] ?? {})["state"] = "x")),
    /CHECK/,
  ],
  ["one cell twice", change((d) => d.trials.push(...d.trials)), /UNIQUE/],
  ["missing parts", change((d) => delete d["notes"]), /notes: /],
])("an exported run with %s is refused with the place, and leaves no row", async (name, make, why) => {
  const file = path(`hostile-${name.replaceAll(/\W/g, "-")}.json`);
  writeFileSync(file, JSON.stringify(make()));
  const { code, stderr } = await importing(file, path("hostile.sqlite"));
  expect([code, stderr]).toEqual([2, expect.stringMatching(why)]);
  const db = new Database(path("hostile.sqlite"), { readonly: true });
  const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  expect(["tune_runs", "tune_trials", "tune_visits", "tune_replicates"].map(count)).toEqual([0, 0, 0, 0]);
  db.close();
  expect(existsSync(file)).toBe(true);
});
