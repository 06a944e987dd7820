// The writer's side of sweeps: each cell is committed when it ends. Source: contract §15 (partial rows are kept), §11.
import { AutotuneError, errorText } from "../core/errors.ts";
import { figuresOf, inCell } from "../core/measure/figure-lists.ts";
import { noValues, type SweepCell, type SweepPlan } from "../core/measure/sweep.ts";
import { step } from "../step.ts";
import type { Db } from "./schema/db.ts";
import { insertRow } from "./rows.ts";

export interface NewSweep {
  sweepId: string;
  plan: SweepPlan;
  simulated: boolean;
}

export class Sweeps {
  readonly #db: Db;
  readonly #utc: () => string;

  constructor(db: Db, utc: () => string) {
    this.#db = db;
    this.#utc = utc;
  }

  /**
   * See that the table takes our rows before anything is measured: another program's may have demands of its own.
   * @throws AutotuneError config_error if it does not
   */
  probe(sweep: NewSweep): void {
    const probe = this.#db.transaction(() => {
      // Twice: a key of theirs may allow one row per sweep only.
      for (const context of [0, 1]) this.record(sweep, { ...NOTHING, context });
      throw ROLL_BACK;
    });
    try {
      step("sweep.probe", () => probe.immediate());
    } catch (cause) {
      if (cause === ROLL_BACK) return;
      throw new AutotuneError("config_error", `the table sweep_runs takes no row: ${errorText(cause)}`, {
        remedy: "Name another file with --db-path.",
        cause,
      });
    }
  }

  /** Keep one measured cell. */
  record(sweep: NewSweep, cell: SweepCell): void {
    step("sweep.cell", () => insertRow(this.#db, "sweep_runs", this.#row(sweep, cell)));
  }

  #row({ sweepId, plan, simulated }: NewSweep, cell: SweepCell) {
    return {
      sweep_id: sweepId,
      ts_utc: this.#utc(),
      base_url: plan.baseUrl,
      model: plan.model,
      context: cell.context,
      concurrency: cell.concurrency,
      measured_prompt_tokens: cell.prompt_tokens,
      max_tokens: plan.maxTokens,
      gate_ttft_ms: plan.gateMs,
      ...Object.fromEntries(figuresOf("cell").map((figure) => [figure.cell.column, inCell(figure, cell)])),
      feasible: cell.feasible ? 1 : 0,
      state: cell.state,
      reason: cell.reason,
      n_requests: cell.requests,
      n_err: cell.errors,
      failures_json: JSON.stringify(cell.failures),
      control_tps: cell.control_tps,
      seconds: cell.seconds,
      seed: plan.seed,
      simulated: simulated ? 1 : 0,
    };
  }
}

const ROLL_BACK = new Error("only a probe");

const NOTHING: SweepCell = {
  context: 0,
  concurrency: 0,
  state: "invalid",
  feasible: false,
  reason: null,
  requests: 0,
  errors: 0,
  failures: [],
  prompt_tokens: null,
  ...noValues(),
  seconds: 0,
  control_tps: null,
};
