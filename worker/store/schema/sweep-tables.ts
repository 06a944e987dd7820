// The table of sweeps: one row per measured cell, those of a sweep share its id. Other programs may have a table of that name:
// theirs keeps its rows and columns and gets ours. Source: contract §15 (table sweep_runs), §11 (additive).
import { adopt } from "./contract-tables.ts";
import type { Db } from "./db.ts";

const COLUMNS = [
  ["id", "INTEGER PRIMARY KEY AUTOINCREMENT"],
  ["sweep_id", "TEXT"],
  ["ts_utc", "TEXT"],
  ["base_url", "TEXT"],
  ["model", "TEXT"],
  ["context", "INTEGER"],
  ["concurrency", "INTEGER"],
  ["measured_prompt_tokens", "INTEGER"],
  ["max_tokens", "INTEGER"],
  ["gate_ttft_ms", "INTEGER"],
  ["agg_throughput_tps", "REAL"],
  ["decode_tps", "REAL"],
  ["ttft_p50_ms", "REAL"],
  ["ttft_p95_ms", "REAL"],
  ["feasible", "INTEGER"],
  // feasible, slow, stop_token, invalid or failed.
  ["state", "TEXT"],
  ["reason", "TEXT"],
  ["n_requests", "INTEGER"],
  ["n_err", "INTEGER"],
  // Up to three distinct {status, message} of failed requests.
  ["failures_json", "TEXT"],
  ["control_tps", "REAL"],
  ["seconds", "REAL"],
  ["seed", "INTEGER"],
  ["simulated", "INTEGER"],
] as const;

/** Create the table, or complete the one that is there. */
export function createSweepTables(db: Db): void {
  // A view of that name stays as it is; a sweep then says that it cannot write there.
  if (db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'sweep_runs' AND type = 'view'").get()) return;
  adopt(db, { name: "sweep_runs", primaryKey: null, columns: COLUMNS });
  db.exec("CREATE INDEX IF NOT EXISTS idx_sweep_runs_sweep_id ON sweep_runs(sweep_id)");
}
