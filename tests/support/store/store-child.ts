// A second process on the same database: store-child.ts <role> <database> [run id]. It waits for a line on stdin to begin.
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { isSameProcess } from "../../../worker/platform/processes/process-identity.ts";
import { openStore } from "../../../worker/store/store.ts";
import type { Role } from "./store-process.ts";
import { figures, ME, newRun, newTrial, okReplicate, progress, visit } from "./store-fixtures.ts";

const [role = "", path = "", runId = ""] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin });
const line = () => new Promise<void>((resolve) => lines.once("line", () => resolve()));
const say = (text: string) => process.stdout.write(`${text}\n`);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Open only, migrating what is there. */
function open() {
  openStore(path).close();
  say("opened");
}

/** Claim the active place; hold it until the next line. */
async function begin() {
  const store = openStore(path);
  try {
    store
      .beginRun(newRun(runId, new Date().toISOString()), ME, isSameProcess)
      .phase(progress({ phase: "loading", candidate: "org/x" }));
    say("won");
    await line();
  } catch (error) {
    say(`lost: ${String(error)}`);
  }
  store.close();
}

/** Claim the place and write visits and progress until killed or told to end. */
async function write() {
  const store = openStore(path);
  const run = store.beginRun(newRun(runId, new Date().toISOString()), ME, isSameProcess);
  const trial = run.trialStarted(newTrial("org/x"));
  const times = [Array.from({ length: 400 }, (_, index) => 400 + index * 23.456)];
  let end = false;
  void line().then(() => (end = true));
  for (let visits = 1; !end; visits++) {
    run.progress(progress({ share: visits / 100_000 }));
    run.visitEnded(
      trial,
      visit([okReplicate(visits, times), okReplicate(visits, times)]),
      figures({ replicates: 2 * visits }),
    );
    if (visits === 20) say("writing");
    await pause(1);
  }
  run.ended({ exitReason: "ok", detail: null, recommendationJson: null, recipeHash: null });
  store.close();
  say("ended");
}

/** Read as the extension does, with the other SQLite library and a fresh connection each time; report any step back. */
async function watch() {
  let [reads, last, backwards] = [0, 0, 0];
  let end = false;
  void line().then(() => (end = true));
  while (!end) {
    const db = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
    const now = Number(db.prepare("SELECT max(replicates_n) AS n FROM v_trials").get()?.["n"] ?? 0);
    db.close();
    if (now < last) backwards++;
    last = now;
    reads++;
    await pause(2);
  }
  say(JSON.stringify({ reads, last, backwards }));
}

say("ready");
await line();
const roles = { open, begin, write, watch };
await roles[role as Role]();
lines.close();
