// The views that everyone but the worker's writer reads: tables may change under them, these columns only grow.
// Row schemas: core/runs/read-model.ts. A change here needs a new migration number, which recreates them all.
import { replicateColumns, trialColumns } from "../../core/measure/figure-lists.ts";
import type { Db } from "./db.ts";

const named = (table: string, columns: readonly string[]): string =>
  columns.map((column) => `${table}.${column}`).join(", ");

const VIEWS: Record<string, string> = {
  v_runs: `
    SELECT r.rowid AS seq, r.run_id, r.started_at_utc, r.ended_at_utc, r.spec_version, r.binary_version,
      r.machine_ram_gb, r.machine_chip, r.machine_os_version, r.target_context, r.candidate_models_json,
      r.stage1_replicates, r.stage2_replicates, r.gate_ttft_ms, r.tps_tie_epsilon, r.recommendation_json,
      r.recipe_hash, r.applied, r.exit_reason, r.exit_detail, r.provider, r.method, r.seed, r.inputs_json,
      r.simulated, r.planned_cells, r.thermal_drift, r.resumed_from, r.boot_id, r.cells_json,
      CASE
        WHEN a.run_id IS NOT NULL THEN 'active'
        WHEN r.ended_at_utc IS NOT NULL OR r.exit_reason IS NOT NULL THEN 'ended'
        ELSE 'lost'
      END AS state,
      (SELECT count(*) FROM tune_trials t WHERE t.run_id = r.run_id) AS trials_n,
      (SELECT count(*) FROM tune_trials t WHERE t.run_id = r.run_id AND t.fits = 1) AS fits_n,
      (SELECT max(t.id) FROM tune_trials t WHERE t.run_id = r.run_id AND t.kept = 1) AS kept_trial_id
    FROM tune_runs r LEFT JOIN tune_active a ON a.run_id = r.run_id`,
  v_trials: `
    SELECT t.id, t.run_id, t.ts_utc, t.stage, t.position, t.state, t.model, t.model_revision, t.target_context,
      t.measured_prompt_tokens, t.max_tokens, ${named("t", trialColumns())}, coalesce(t.fits, 0) AS fits, coalesce(t.n_err, 0) AS n_err, t.replicates_n,
      coalesce(t.kept, 0) AS kept, t.misfit_class, t.reason, t.notes,
      t.kv_bits, t.max_context_cap, t.max_batch, t.knobs_json, t.taken_over_from,
      (SELECT count(*) FROM tune_visits v WHERE v.trial_id = t.id) AS visits_n,
      (SELECT count(*) FROM tune_visits v WHERE v.trial_id = t.id AND coalesce(v.start_kept, 0) = 0) AS starts_n,
      (SELECT count(*) FROM tune_visits v WHERE v.trial_id = t.id AND v.taken_over_from IS NOT NULL) AS visits_taken_over_n
    FROM tune_trials t`,
  v_visits: `
    SELECT v.id, v.trial_id, t.run_id, v.ended_at_utc, v.load_ms, v.prompt_tokens, v.misfit_class, v.reason,
      v.notes_json, v.taken_over_from, v.elapsed_s, v.wall_ms, v.nonce_set, v.prompt_scale_json,
      v.start_no, v.start_kept, v.belief_json
    FROM tune_visits v JOIN tune_trials t ON t.id = v.trial_id`,
  v_replicates: `
    SELECT p.id, p.visit_id, v.trial_id, t.run_id, p.ordinal, p.state, p.started_at_ms,
      ${named("p", replicateColumns())}, p.misfit_class, p.reason, p.requests_json, p.chunk_times_json
    FROM tune_replicates p JOIN tune_visits v ON v.id = p.visit_id JOIN tune_trials t ON t.id = v.trial_id`,
  v_timeline: `
    SELECT id, run_id, phase, stage, candidate, cell, detail, started_at_utc, ended_at_utc FROM tune_phases`,
  v_notes: `SELECT id, run_id, at_utc, kind, text FROM tune_notes`,
  // What a foreground process had in its environment is nobody else's business.
  v_drains: `
    SELECT id, run_id, kind, name, state, json_remove(service_json, '$.env') AS service_json, owner_pid,
      owner_started_at, restorer_pid, restorer_started_at, attempts, last_error, created_utc, updated_utc
    FROM drain_journal`,
  v_active: `
    SELECT a.run_id, a.pid, a.pid_started_at, a.since_utc, a.heartbeat_utc, a.phase, a.stage, a.candidate, a.cell,
      a.detail, a.share, a.eta_seconds, a.live_tps, r.started_at_utc, r.target_context, r.provider, r.method,
      r.simulated, r.candidate_models_json, r.planned_cells
    FROM tune_active a JOIN tune_runs r ON r.run_id = a.run_id`,
  v_applications: `
    SELECT id, run_id, provider, model, at_utc, updated_utc, state, config_path, backup_path, edits_json,
      before_sha256, after_sha256, owner_pid, owner_started_at,
      state IN ('applied', 'unverified') AND id = (SELECT max(o.id) FROM recipe_applications o
        WHERE o.config_path = recipe_applications.config_path AND o.state IN ('applied', 'unverified')) AS is_current
    FROM recipe_applications`,
  v_application_steps: `SELECT id, application_id, at_utc, step, ok, detail FROM recipe_application_steps`,
};

/** Drop and create every view; call it inside a transaction. */
export function recreateViews(db: Db): void {
  for (const [name, query] of Object.entries(VIEWS)) {
    db.exec(`DROP VIEW IF EXISTS ${name}; CREATE VIEW ${name} AS ${query}`);
  }
}
