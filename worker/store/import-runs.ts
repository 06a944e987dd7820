// Takes runs of another database, or an exported run, into this one: all in one transaction, each run once.
// Source: contract §15 (import), §3.
import type * as z from "zod";
import { AutotuneError, errorText } from "../core/errors.ts";
import { openDatabase, tablesOf } from "./database.ts";
import type { Db } from "./schema/db.ts";
import { Readers } from "../core/runs/readers.ts";
import { insertRunDocument, readRunDocument, RUN_ID, runDocumentSchema, type RunDocument } from "./run-document.ts";
import { copyDatabase } from "./copy.ts";

export interface Imported {
  /** Ids of the runs that were imported. */
  imported: string[];
  /** Ids that this database has already; they stayed as they were. */
  already_there: string[];
  /** What could not be imported, with why. */
  left_out: { run_id: string | null; reason: string }[];
}

/**
 * Import every run of another SQLite file: the reference implementation's, its prototype's, or one of ours.
 * @throws AutotuneError config_error if it is no such database
 */
export function importDatabase(target: Db, path: string): Imported {
  const copy = copyDatabase(path);
  try {
    requireTuneTables(copy.path, path);
    const source = openDatabase(copy.path); // brings the copy, not the source, to today's columns
    try {
      return importAll(target, source);
    } finally {
      source.close();
    }
  } catch (error) {
    throw copy.inPlace(error);
  } finally {
    copy.remove();
  }
}

function requireTuneTables(copyPath: string, path: string): void {
  const tables = tablesOf(copyPath);
  if (tables.includes("tune_runs") || tables.includes("tune_trials")) return;
  const found = tables.length === 0 ? "it has no tables" : `its tables are ${tables.slice(0, 5).join(", ")}`;
  throw new AutotuneError("config_error", `${path} has neither tune_runs nor tune_trials: ${found}`, {
    remedy: "Name a database of the tuner, or a run that `mlx-autotune export` wrote.",
  });
}

function importAll(target: Db, source: Db): Imported {
  const ids = source
    .prepare<[], string | null>("SELECT run_id FROM tune_runs UNION SELECT run_id FROM tune_trials ORDER BY 1")
    .pluck()
    .all();
  const result: Imported = { imported: [], already_there: [], left_out: [] };
  const take = target.transaction((document: RunDocument) => insertChecked(target, document));
  target
    .transaction(() => {
      for (const id of ids) {
        const problem = typeof id === "string" && RUN_ID.test(id) ? null : "it has no usable run id";
        const document = problem === null && id !== null ? readRunDocument(source, id, target) : null;
        if (id !== null && isThere(target, id)) result.already_there.push(id);
        else if (id === null || document === null)
          result.left_out.push({
            run_id: id === null ? null : String(id).slice(0, 60),
            reason: problem ?? "it is empty",
          });
        else
          try {
            take(document);
            result.imported.push(id);
          } catch (error) {
            if (!(error instanceof AutotuneError)) throw error;
            result.left_out.push({ run_id: id, reason: error.message });
          }
      }
    })
    .immediate();
  return result;
}

/**
 * Import one exported run.
 * @param value parsed JSON
 * @throws AutotuneError config_error naming the place in the document that is wrong
 */
export function importDocument(target: Db, value: unknown, path: string): Imported {
  const parsed = runDocumentSchema(target).safeParse(value);
  if (!parsed.success) throw notADocument(path, parsed.error);
  const document = parsed.data;
  const id = String(document.run["run_id"]);
  return target
    .transaction((): Imported => {
      if (isThere(target, id)) return { imported: [], already_there: [id], left_out: [] };
      insertChecked(target, document, path);
      return { imported: [id], already_there: [], left_out: [] };
    })
    .immediate();
}

function notADocument(path: string, error: z.ZodError): AutotuneError {
  const [first] = error.issues;
  const place = first === undefined || first.path.length === 0 ? "the file" : first.path.join(".");
  const keys = first?.code === "unrecognized_keys" ? ` ${first.keys.slice(0, 5).join(", ").slice(0, 200)}` : "";
  const what =
    first?.code === "unrecognized_keys" ? "has what this version does not know:" : (first?.message ?? "is wrong");
  return new AutotuneError("config_error", `${path} is no run that this version can import: ${place}: ${what}${keys}`, {
    remedy: "Export the run again with `mlx-autotune export`, or update this program.",
  });
}

/** What the readers cannot read back must not get in: one odd row would keep every list from being shown. */
function insertChecked(target: Db, document: RunDocument, path = ""): void {
  try {
    insertRunDocument(target, document);
    const readers = new Readers(target);
    const id = String(document.run["run_id"]);
    readers.run(id);
    readers.visits(id);
    readers.timeline(id);
    readers.notes(id);
    for (const trial of readers.trials(id)) readers.replicates(trial.id);
  } catch (error) {
    const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
    if (!(error instanceof AutotuneError) && !/^SQLITE_(CONSTRAINT|MISMATCH)/.test(code)) throw error;
    const prefix = path === "" ? "" : `${path} is no run that this version can import: `;
    throw new AutotuneError("config_error", `${prefix}${errorText(error)}`, { cause: error });
  }
}

function isThere(db: Db, runId: string): boolean {
  const sql = "SELECT 1 FROM tune_runs WHERE run_id = ? UNION SELECT 1 FROM tune_trials WHERE run_id = ?";
  return db.prepare(sql).get(runId, runId) !== undefined;
}
