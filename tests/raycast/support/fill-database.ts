// Multiplies the only run of a database: fill-database.ts <database> <runs> <trials per run>. A program of its own, because the SQLite
// of the worker must never share a process with that of the extension. Newer runs come first, six hours apart, some without a recipe.
import { randomUUID } from "node:crypto";
import { openDatabase } from "../../../worker/store/database.ts";

type Row = Record<string, unknown>;

const HOURS_APART = 6;
/** Every so many runs one failed in this way. */
const FAILURES: [number, string][] = [
  [7, "no_feasible"],
  [11, "interrupted"],
  [13, "provider_conflict"],
];

const [path = "", runs = "50", trials = "100"] = process.argv.slice(2);
const db = openDatabase(path);
db.pragma("synchronous = OFF");
db.transaction(() => fill(Number(runs), Number(trials)))();
db.close();

function fill(runCount: number, trialCount: number): void {
  const [template] = all("tune_runs", "1 = 1");
  if (template === undefined) throw new Error(`${path} has no run to multiply`);
  for (let index = 1; index < runCount; index++) copyRun(template, index, trialCount);
  const templateId = String(template["run_id"]);
  const own = all("tune_trials", "run_id = ?", templateId);
  for (let at = own.length; at < trialCount; at++) copyTrial(own[at % own.length] ?? {}, templateId, 0, at, false);
}

function copyRun(template: Row, index: number, trialCount: number): void {
  const from = String(template["run_id"]);
  const to = randomUUID();
  const failure = FAILURES.find(([every]) => index % every === 0)?.[1];
  const failed = failure === undefined ? {} : { exit_reason: failure, recommendation_json: null, recipe_hash: null };
  insert("tune_runs", { ...moved(template, index), run_id: to, ...renamed(template, from, to), ...failed });
  for (const table of ["tune_phases", "tune_notes"])
    for (const row of all(table, "run_id = ?", from)) copy(table, row, index, { run_id: to });
  const own = all("tune_trials", "run_id = ?", from);
  for (let at = 0; at < trialCount; at++) copyTrial(own[at % own.length] ?? {}, to, index, at, at < own.length);
}

/** A trial with its visits and replicates; the later ones measured a little less, with a context of their own. */
function copyTrial(template: Row, runId: string, index: number, at: number, first: boolean): void {
  const tps = template["agg_throughput_tps"];
  const slower = { agg_throughput_tps: typeof tps === "number" ? tps * (1 - at / 1000) : null };
  const again = first ? {} : { ...slower, kept: 0, ...ownKnobs(template, 2000 + at) };
  const trial = copy("tune_trials", template, index, { run_id: runId, position: at, ...again });
  for (const visit of all("tune_visits", "trial_id = ?", template["id"])) {
    const visitId = copy("tune_visits", visit, index, { trial_id: trial });
    for (const replicate of all("tune_replicates", "visit_id = ?", visit["id"]))
      copy("tune_replicates", replicate, index, { visit_id: visitId });
  }
}

/** A run measures no cell twice. */
function ownKnobs({ knobs_json: json }: Row, context: number): Row {
  const knobs = typeof json === "string" ? (JSON.parse(json) as Row) : {};
  return {
    knobs_json: JSON.stringify({ ...knobs, max_context_override: context }),
    max_context_cap: context,
  };
}

function copy(table: string, row: Row, index: number, changed: Row): number | bigint {
  return insert(table, { ...moved(row, index), ...changed, id: null });
}

/** Texts in which the run names itself. */
function renamed(row: Row, from: string, to: string): Row {
  const json = row["recommendation_json"];
  return { recommendation_json: typeof json === "string" ? json.replaceAll(from, to) : null };
}

/** Every time of the row, `index` steps earlier. */
function moved(row: Row, index: number): Row {
  const earlier = (time: string) => new Date(Date.parse(time) - index * HOURS_APART * 3_600_000).toISOString();
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      /_utc$/.test(name) && typeof value === "string" ? earlier(value) : value,
    ]),
  );
}

function all(table: string, where: string, ...values: unknown[]): Row[] {
  return db.prepare(`SELECT * FROM ${table} WHERE ${where}`).all(...values) as Row[];
}

function insert(table: string, row: Row): number | bigint {
  const names = Object.keys(row);
  const marks = names.map(() => "?").join(", ");
  const statement = db.prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${marks})`);
  return statement.run(...Object.values(row)).lastInsertRowid;
}
