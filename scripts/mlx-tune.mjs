// Part of `npm run test:mlx`: one whole tune of four real models. Biggest: cannot be loaded under the child's memory limit. Next:
// does not pass the TTFT gate. Third: chosen. Fourth: an alternate.
import assert from "node:assert/strict";
import { check, rows, TARGET, tune, whileServing } from "./mlx-world.mjs";

/** What the tune and its `plan` are asked. @param models folder by name. @returns flags by name */
export function tuneFlags(models, gateMs) {
  const order = ["large-1536x24", "middle-1024x16", "small-512x7", "tiny-256x4"].map((name) => models[name]);
  return {
    method: "fixed",
    "stage2-replicates": 1,
    "max-tokens": 48,
    "target-context": TARGET,
    "gate-ttft-ms": gateMs,
    "kv-bits-axis": "unset,8",
    "max-batch-axis": "1,2",
    "prefill-step-size-axis": "128,2048",
    "candidate-models": order.join(","),
  };
}

/** @param flags of `tuneFlags`. @returns the run's document */
export async function wholeTune(flags) {
  const order = flags["candidate-models"].split(",");
  const gateMs = flags["gate-ttft-ms"];
  console.log(`\n== A tune of four models; gate ${gateMs} ms`);
  const { code, document } = await tune(flags);
  const [large, middle] = document.infeasible;
  await check("the run ends with a recipe", () => assert.equal(code, 0, JSON.stringify(document, null, 1)));
  await check("the biggest is refused: it cannot be loaded, and the server goes on answering", () => {
    assert.equal(large?.model, order[0]);
    assert.ok(["load_failed", "out_of_memory"].includes(large.class), large.class);
    // Its log may tell first, or an answer.
    assert.match(large.reason, /generation has died|generation thread died|503/);
  });
  await check("the next is refused at the TTFT gate, with the bound in the reason", () => {
    assert.equal(middle?.model, order[1]);
    assert.equal(middle.class, "ttft_gate");
    assert.ok(middle.reason.includes(`TTFT > ${gateMs} ms`), middle.reason);
  });
  await check("the third is chosen, the fourth stays an alternate", () => {
    assert.equal(document.recommendation?.model, order[2]);
    assert.deepEqual(document.alternates, [order[3]]);
  });
  await check("the version is mlx-lm's and mlx's", () =>
    assert.match(document.machine.binary_version, /^mlx-lm \d.* \/ mlx \d/),
  );
  await cellsWereMeasured(document.run_id);
  return document;
}

async function cellsWereMeasured(runId) {
  const cells = rows("SELECT * FROM tune_trials WHERE run_id = ? AND stage = 2", [runId]);
  const fitting = cells.filter((cell) => cell.fits === 1);
  await check("kv_bits, max_batch and prefill_step_size were measured", () => {
    const seen = (pick) => new Set(fitting.map(pick));
    const kv = seen((cell) => cell.kv_bits);
    const batch = seen((cell) => cell.max_batch);
    const step = seen((cell) => JSON.parse(cell.knobs_json).prefill_step_size);
    assert.deepEqual([kv, batch, step], [new Set([null, 8]), new Set([1, 2]), new Set([128, 2048])]);
    assert.equal(cells.filter((cell) => cell.kv_bits === 8 && cell.max_batch === 2).length, 0);
    for (const { knobs_json, agg_throughput_tps, ttft_p95_ms } of cells)
      console.log(`     ${knobs_json}  ${agg_throughput_tps?.toFixed(2)} tok/s, TTFT ${Math.round(ttft_p95_ms)} ms`);
  });
  await check("max_batch 2 had two real concurrent streams", () => {
    const sql =
      "SELECT r.requests_json FROM tune_replicates r JOIN tune_visits v ON v.id = r.visit_id JOIN tune_trials t ON t.id = v.trial_id WHERE t.run_id = ? AND t.max_batch = 2 AND r.state = 'ok'";
    const batches = rows(sql, [runId]).map((row) => JSON.parse(row.requests_json).length);
    assert.ok(batches.length > 0 && batches.every((streams) => streams === 2), JSON.stringify(batches));
  });
  await check("the prompt had the target length", () => {
    for (const cell of fitting)
      assert.ok(Math.abs(cell.measured_prompt_tokens - TARGET) <= TARGET * 0.02, String(cell.measured_prompt_tokens));
  });
}

/** Paste the recipe's command, and talk to what it starts. */
export async function serves({ recommendation }) {
  await check("the recipe's serve command really serves", () =>
    whileServing(recommendation.serve_command, (_url, answer) => {
      assert.ok(answer.choices[0].message.content.length > 0);
      assert.equal(answer.usage.completion_tokens, 16);
    }),
  );
}
