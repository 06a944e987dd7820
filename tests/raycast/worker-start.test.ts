// Starting runs from Raycast: contract §14, DESIGN (double fork before the first await). Real threads, processes and databases.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type StartedRun, startRunAt } from "../../src/lib/worker/worker-start.ts";
import { WorkerError } from "../../src/lib/worker/worker-error.ts";
import { eventually, freePort } from "../support/worlds/live-world.ts";
import { createPlace, processesWith, rows, type TestPlace, workerLogs } from "../support/worlds/worker-place.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let place: TestPlace;
beforeEach(() => {
  place = createPlace("built");
});
afterEach(async () => {
  await eventually("the end of all workers", () => processesWith(place.mark).length === 0, 60_000);
  place.close();
});

const SCRIPT = resolve("tests/support/worlds/start-from-thread.ts");
const REFUSED = ["--max-tokens", "many"];

/** A whole tune of one cell with one request, on the fictional demo machine. */
const tiny = (port: number) => [
  ...["--provider", "simulated", "--port", String(port), "--method", "fixed", "--stage2-replicates", "1"],
  ...["--candidate-models", "demo/Small-1B", "--target-context", "256", "--max-tokens", "32"],
  ...["--kv-bits-axis", "unset", "--max-batch-axis", "1"],
];

/** What can be handed to a thread or another process. */
const plain = ({ deepLink: _, close: __, ...rest }: TestPlace) => rest;

/** Start runs from a thread that ends right after. @returns when it has ended */
async function startFromThread(flags: string[][]): Promise<void> {
  const thread = new Worker(SCRIPT, { workerData: { place: plain(place), flags }, execArgv: ["--no-warnings"] });
  await new Promise((ended, failed) => thread.once("exit", ended).once("error", failed));
}

const zombies = () => processesWith(place.mark).filter((one) => one.ppid === process.pid);
const endedRuns = () =>
  rows<{ run_id: string; exit_reason: string }>(place.dbPath, "SELECT * FROM v_runs WHERE state = 'ended'");

test("of 50 starts from threads that end at once each is accounted for, and none is a child or a zombie", async () => {
  const port = await freePort();
  for (let thread = 0; thread < 10; thread += 1) {
    const first = thread % 4 === 0 ? tiny(port) : REFUSED;
    await startFromThread([first, REFUSED, REFUSED, REFUSED, REFUSED]);
    expect(zombies()).toEqual([]);
  }
  const isBusy = ({ text }: { text: string }) => /run [0-9a-f-]{36} is active/.test(text);
  const done = () => new Set(endedRuns().map((run) => run.run_id));
  await eventually(
    "an end of each",
    () =>
      workerLogs(place.dbPath).length === 50 &&
      workerLogs(place.dbPath).every((log) => isBusy(log) || done().has(log.runId)),
    110_000,
  );
  const reasons = endedRuns().map((run) => run.exit_reason);
  expect(reasons.filter((reason) => reason === "config_error")).toHaveLength(47);
  expect(reasons.filter((reason) => reason === "ok").length).toBeGreaterThan(0);
  expect(reasons.filter((reason) => reason === "ok").length + workerLogs(place.dbPath).filter(isBusy).length).toBe(3);
  expect(zombies()).toEqual([]);
  expect(readdirSync(place.supportPath).filter((name) => name.startsWith("worker-"))).toHaveLength(1);
}, 180_000);

test("a run outlives the process that started it and the assets it came from", async () => {
  const order = JSON.stringify({ place: plain(place), flags: [tiny(await freePort())] });
  const raycast = spawn(process.execPath, ["--no-warnings", SCRIPT, order], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  let said = "";
  raycast.stdout.setEncoding("utf8").on("data", (part: string) => (said += part));
  await eventually("the run id", () => said.endsWith("\n"), 60_000);
  const { runId, logPath } = JSON.parse(said) as StartedRun;
  expect(rows(place.dbPath, "SELECT run_id, state FROM v_runs")).toEqual([{ run_id: runId, state: "active" }]);
  expect(logPath).toBe(join(place.dbPath, "../logs", `${runId}.worker.log`));
  expect(statSync(logPath).mode & 0o777).toBe(0o600);
  process.kill(-(raycast.pid ?? 0), "SIGKILL");
  removeFolder(place.assetsPath);
  await eventually("the run's end", () => endedRuns().length === 1, 100_000);
  expect(endedRuns()).toMatchObject([{ run_id: runId, exit_reason: "ok" }]);
}, 180_000);

test("a refused run is an error with the worker's text and code, and leaves nothing but its log", async () => {
  const error = await startRunAt(place, REFUSED).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WorkerError);
  expect(error).toMatchObject({ code: 2, message: expect.stringContaining("--max-tokens") });
  expect((error as WorkerError).log).toContain("--max-tokens");
  expect(readdirSync(join(place.supportPath, "calls"))).toEqual([]);
});

test("a database that cannot be opened is an error, not a wait of a minute", async () => {
  const broken = { ...place, dbPath: join(place.homeDir, "assets", "worker", "cli.cjs") };
  await expect(startRunAt(broken, [])).rejects.toMatchObject({
    ...{ code: 2, message: expect.stringMatching(/cli\.cjs cannot be read/) },
    // The log has the flag of a terminal, which nobody types here.
    ...{ log: expect.stringContaining("--db-path"), remedy: expect.not.stringContaining("--") },
  });
  expect(existsSync(join(place.assetsPath, "worker/cli.cjs"))).toBe(true);
});

test("a database below a file is an error that says where to look", async () => {
  const broken = { ...place, dbPath: join(place.homeDir, "assets", "worker", "cli.cjs", "autotune.sqlite") };
  const error = await startRunAt(broken, []).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WorkerError);
  expect(error).toMatchObject({ remedy: expect.stringContaining("preferences") });
});
