// A worker at full speed: full-speed-writer.ts <database> <pid file>. Number k finds a recipe of k tok/s; the run after it shows progress in
// which everything says k, and is cut short. So a view in which two numbers differ was read between two transactions. It ends by SIGTERM.
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { openStore } from "../../../worker/store/store.ts";
import { ME, newRun, progress } from "../../support/store/store-fixtures.ts";
import { storeRecipe } from "./run-rows.ts";

/** Rows that stay: enough to list, few enough to be read many times. */
const KEPT_RUNS = 6;
/** Looks at each number that a reader may catch. */
const STEPS = 10;

const [path = "", readyFile = ""] = process.argv.slice(2);
const store = openStore(path);
let isOver = false;
process.once("SIGTERM", () => (isOver = true));

for (let number = 1; !isOver; number++) {
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + (2 * number + second) * 1000).toISOString();
  storeRecipe(store, randomUUID(), at(0), number);
  const run = store.beginRun(newRun(randomUUID(), at(1)), ME, () => true);
  for (let step = 1; step <= STEPS; step++) {
    const now = { phase: "decoding" as const, stage: 2 as const, share: step / 100, cell: `number ${number}` };
    run.phase(progress({ ...now, liveTps: number, candidate: `org/Number-${number}`, detail: `step ${step}` }));
  }
  run.ended({ exitReason: "interrupted", detail: null, recommendationJson: null, recipeHash: null });
  store.retain(KEPT_RUNS);
  if (number === 3) writeFileSync(readyFile, String(process.pid));
  await turn();
}
store.close();
