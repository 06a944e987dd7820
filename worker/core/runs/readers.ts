// The queries behind status, runs, show, the report and Raycast: views in, checked rows out. The database is handed in.
// Source: contract §11; row schemas in core/runs/read-model.ts.
import * as z from "zod";
import { AutotuneError } from "../errors.ts";
import * as model from "./read-model.ts";

/** Newest first. Times of other programs may carry another zone or precision, so they are compared as instants. */
const NEWEST_FIRST = "ORDER BY julianday(started_at_utc) DESC, seq DESC";
/** Seconds that a run allowed for a load; NULL where its inputs do not say, or are no JSON. */
const READY_TIMEOUT = `CASE json_valid(r.inputs_json) WHEN 1 THEN
  CASE WHEN json_type(r.inputs_json, '$.readyTimeoutS') IN ('integer', 'real')
    THEN json_extract(r.inputs_json, '$.readyTimeoutS') END END`;
/** How many runs an ambiguous prefix lists. */
const LISTED = 5;

/** An open database: the worker's SQLite library and the extension's both look like this. */
export interface Queryable {
  prepare(sql: string): { all(...values: (string | number | null)[]): unknown[] };
}

/** Reads one database; safe beside a busy writer. Methods throw AutotuneError internal_error if a row has another shape. */
export class Readers {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The run that holds the active place, whether or not its owner still lives; null if it is free. */
  activeRun(): model.ActiveRow | null {
    return this.#all(model.activeRowSchema, "SELECT * FROM v_active")[0] ?? null;
  }

  /** The newest run in any state; null in an empty file. */
  latestRun(): model.RunRow | null {
    return this.runs(1)[0] ?? null;
  }

  /** The newest `limit` runs, newest first; all of them if it is left out. @param simulated only such, or only others */
  runs(limit = -1, simulated?: boolean): model.RunRow[] {
    const which = simulated === undefined ? "" : `WHERE coalesce(simulated, 0) ${simulated ? "<>" : "="} 0`;
    return this.#all(model.runRowSchema, `SELECT * FROM v_runs ${which} ${NEWEST_FIRST} LIMIT ?`, limit);
  }

  /**
   * Find a run by its id or by a beginning that no other run shares.
   * @throws AutotuneError not_found if none or several match; the several are listed
   */
  run(idOrPrefix: string): model.RunRow {
    const sql = `SELECT * FROM v_runs WHERE substr(run_id, 1, length(?)) = ? ${NEWEST_FIRST}`;
    const found = idOrPrefix === "" ? [] : this.#all(model.runRowSchema, sql, idOrPrefix, idOrPrefix);
    const exact = found.find((row) => row.run_id === idOrPrefix);
    if (exact !== undefined) return exact;
    if (found.length === 1 && found[0] !== undefined) return found[0];
    throw found.length === 0 ? noSuchRun(idOrPrefix) : ambiguous(idOrPrefix, found);
  }

  /** The run of this very id; null if there is none, or none any more. */
  runById(runId: string): model.RunRow | null {
    return this.#all(model.runRowSchema, "SELECT * FROM v_runs WHERE run_id = ?", runId)[0] ?? null;
  }

  /** One trial; null if there is none of this id. */
  trial(id: number): model.TrialRow | null {
    return this.#all(model.trialRowSchema, "SELECT * FROM v_trials WHERE id = ?", id)[0] ?? null;
  }

  /** Trials in the order in which they began. */
  trials(runId: string): model.TrialRow[] {
    return this.#all(model.trialRowSchema, "SELECT * FROM v_trials WHERE run_id = ? ORDER BY id", runId);
  }

  /**
   * What Stage 1 found out about a model on a machine like this, newest first, with the limits of then.
   * Runs of other programs do not name their provider and count.
   */
  verdicts(
    modelId: string,
    machine: { chip: string; ramGb: number; simulated: boolean; provider: string },
  ): model.VerdictRow[] {
    const { chip, ramGb, simulated, provider } = machine;
    const sql = `SELECT t.*, r.gate_ttft_ms, ${READY_TIMEOUT} AS ready_timeout_s
      FROM v_trials t JOIN v_runs r ON r.run_id = t.run_id
      WHERE t.stage = 1 AND t.state = 'done' AND t.model = ? AND coalesce(t.misfit_class, '') <> 'pre_warm'
        AND r.machine_chip = ? AND r.machine_ram_gb = ? AND coalesce(r.simulated, 0) = ? AND coalesce(r.provider, ?) = ?
      ORDER BY julianday(t.ts_utc) DESC, t.id DESC`;
    const values = [modelId, chip, ramGb, simulated ? 1 : 0, provider, provider];
    return this.#all(model.verdictRowSchema, sql, ...values);
  }

  /** All visits of a run in the order in which they ended. */
  visits(runId: string): model.VisitRow[] {
    return this.#all(model.visitRowSchema, "SELECT * FROM v_visits WHERE run_id = ? ORDER BY id", runId);
  }

  /** Replicates of a trial, by visit and then in the order in which they were timed. */
  replicates(trialId: number): model.ReplicateRow[] {
    const sql = "SELECT * FROM v_replicates WHERE trial_id = ? ORDER BY visit_id, ordinal";
    return this.#all(model.replicateRowSchema, sql, trialId);
  }

  /** How fast each replicate of a run was, without its raw times; by visit and then in the order in which they were timed. */
  speeds(runId: string): model.SpeedRow[] {
    const sql = "SELECT visit_id, trial_id, state, tps FROM v_replicates WHERE run_id = ? ORDER BY visit_id, ordinal";
    return this.#all(model.speedRowSchema, sql, runId);
  }

  /** Phases in order. */
  timeline(runId: string): model.TimelineRow[] {
    return this.#all(model.timelineRowSchema, "SELECT * FROM v_timeline WHERE run_id = ? ORDER BY id", runId);
  }

  /** Notes in order. */
  notes(runId: string): model.NoteRow[] {
    return this.#all(model.noteRowSchema, "SELECT * FROM v_notes WHERE run_id = ? ORDER BY id", runId);
  }

  /** Applications of recipes, newest first; of one run if it is named. */
  applications(runId: string | null = null): model.ApplicationRow[] {
    const sql = "SELECT * FROM v_applications WHERE run_id = coalesce(?, run_id) ORDER BY id DESC";
    return this.#all(model.applicationRowSchema, sql, runId);
  }

  /** Services that runs took out, newest first; what is open or failed is in the states intended, out and failed. */
  drains(): model.DrainRow[] {
    return this.#all(model.drainRowSchema, "SELECT * FROM v_drains ORDER BY id DESC");
  }

  /** Steps of an application in order, its reversion included. */
  applicationSteps(id: number): model.ApplicationStepRow[] {
    const sql = "SELECT * FROM v_application_steps WHERE application_id = ? ORDER BY id";
    return this.#all(model.applicationStepSchema, sql, id);
  }

  #all<T extends z.ZodType>(schema: T, sql: string, ...values: (string | number | null)[]): z.output<T>[] {
    const parsed = z.array(schema).safeParse(this.#db.prepare(sql).all(...values));
    if (parsed.success) return parsed.data;
    throw new AutotuneError(
      "internal_error",
      `rows of "${sql}" have an unknown shape: ${z.prettifyError(parsed.error)}`,
    );
  }
}

function noSuchRun(idOrPrefix: string): AutotuneError {
  return new AutotuneError("not_found", `there is no run "${shortened(idOrPrefix)}"`, {
    remedy: "List the runs with `mlx-autotune runs`.",
  });
}

/** An id has 36 characters; whatever else was typed or pasted is not repeated in full. */
function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function ambiguous(prefix: string, found: model.RunRow[]): AutotuneError {
  const listed = found.slice(0, LISTED).map((row) => `${row.run_id} (${row.started_at_utc ?? "no start time"})`);
  const more = found.length > LISTED ? ` and ${found.length - LISTED} more` : "";
  return new AutotuneError("not_found", `"${prefix}" names ${found.length} runs: ${listed.join(", ")}${more}`, {
    remedy: "Give more characters of the id.",
  });
}
