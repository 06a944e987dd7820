// The worker and its guard are killed without warning: the next command closes the dead run and stops its candidate, if it
// provably is that candidate. Contract §5 (without draining) and §11.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "@jest/globals";
import { stopOrphan } from "../../../worker/recovery/orphans.ts";
import { processStartTime } from "../../../worker/platform/processes/process-identity.ts";
import { activeRow, filesEnding, killWithoutWarning } from "../../support/worlds/active-run.ts";
import type { Behaviour } from "../../support/servers/fake-provider.ts";
import { alive } from "../../support/worlds/live-world.ts";
import { until, type World } from "../../support/worlds/program.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";
import { removeFolder } from "../../support/worlds/remove-folder.ts";

interface StatusDocument {
  active: unknown;
  latest: { run_id: string; exit_reason: string; exit_detail: string };
}

/** Start a tune, kill worker and guard while the candidate behaves so. @returns id of the dead run */
async function dieWith(world: World, behaviour: Behaviour): Promise<string> {
  plantModels(world, { [MODEL]: behaviour });
  const worker = world.start(world.tuneArgs(shortTune()));
  // One that is still about to write its first lines would end by itself without a reader.
  const sign = behaviour.hangLoad === true ? "start" : "request";
  await until("a candidate", () => world.provider.noted(sign).length > 0 && activeRow(world)?.candidate_pid);
  const { run_id: runId } = activeRow(world) ?? { run_id: "" };
  killWithoutWarning(world, worker);
  await worker.finished;
  expect(world.orphans()).not.toEqual([]);
  return runId;
}

const notes = (world: World, runId: string) =>
  world.rows<{ kind: string; text: string }>("SELECT kind, text FROM tune_notes WHERE run_id = ?", runId);

test.concurrent("status closes the dead run and stops its candidate", () =>
  inWorld(async (world) => {
    const runId = await dieWith(world, { hangLoad: true });
    expect(filesEnding(world, "candidate.yaml")).toHaveLength(1);
    const { code, stdout, stderr } = await world.run(["status", "--json"]);
    const { active, latest } = JSON.parse(stdout) as StatusDocument;
    expect([code, active]).toEqual([0, null]);
    expect(latest).toMatchObject({
      run_id: runId,
      exit_reason: "internal_error",
      exit_detail: expect.stringMatching(/^the worker \(pid \d+\) died in phase loading, candidate t\/Model-7B$/),
    });
    expect(stderr).toMatch(/has died; stopping its candidate, process \d+/);
    expect(notes(world, runId)).toContainEqual({
      kind: "orphan",
      text: expect.stringMatching(/^orphaned candidate \d+ stopped by SIGTERM$/),
    });
    expect(world.orphans()).toEqual([]);
    expect(filesEnding(world, "candidate.yaml")).toEqual([]);
  }),
);

test.concurrent("the next run does the same first, and then works", () =>
  inWorld(async (world) => {
    await dieWith(world, { answer: "silence", ignoreSigtermMs: 500, portInGrandchild: true });
    plantModels(world, { [MODEL]: {} });
    const { code } = await world.tune(shortTune());
    expect(code).toBe(0);
    expect(world.rows("SELECT exit_reason FROM tune_runs ORDER BY rowid")).toEqual([
      { exit_reason: "internal_error" },
      { exit_reason: "ok" },
    ]);
  }),
);

test.concurrent("cancel finds nothing to cancel but cleans up", () =>
  inWorld(async (world) => {
    await dieWith(world, { hangLoad: true });
    const { code, stdout } = await world.run(["cancel"]);
    expect([code, stdout]).toEqual([0, "No run is active.\n"]);
    expect(world.orphans()).toEqual([]);
  }),
);

test.concurrent("a process that merely has the candidate's pid is never touched", () =>
  inWorld(async (world) => {
    await world.run(["status"]); // makes the database
    const innocent = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], {
      detached: true,
      stdio: "ignore",
    });
    const pid = innocent.pid ?? 0;
    const start = await until("its start time", () => processStartTime(pid));
    for (const recorded of [`${start}0`, "unknown"]) {
      plantDeadRun(world, pid, recorded);
      await world.run(["status"]);
      expect(activeRow(world)).toBeNull();
      expect(alive(pid)).toBe(true);
    }
    expect(world.rows("SELECT * FROM tune_notes")).toEqual([]);
    process.kill(pid, "SIGKILL");
  }),
);

/** Write a run whose worker has the pid of a process that has ended. */
function plantDeadRun(world: World, candidatePid: number, candidateStartedAt: string): void {
  const db = new Database(world.dbPath);
  const runId = `dead-${candidateStartedAt}`;
  db.prepare("INSERT INTO tune_runs (run_id, started_at_utc) VALUES (?, '2026-01-01T00:00:00Z')").run(runId);
  db.prepare(
    `INSERT INTO tune_active (slot, run_id, pid, pid_started_at, since_utc, heartbeat_utc, phase, stage, candidate_pid, candidate_started_at)
     VALUES (1, ?, 999999999, 'long ago', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'loading', 1, ?, ?)`,
  ).run(runId, candidatePid, candidateStartedAt);
  db.close();
}

test.concurrent("an orphan that ignores SIGTERM gets SIGKILL after its grace, and the note says so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "autotune-"));
  const ready = join(folder, "ready");
  const deaf = spawn(
    process.execPath,
    ["-e", `process.on("SIGTERM", () => {}); require("fs").writeFileSync("${ready}", ""); setInterval(() => {}, 1000)`],
    { detached: true, stdio: "ignore" },
  );
  await until("it to be deaf", () => existsSync(ready));
  const group = { pid: deaf.pid ?? 0, startedAt: processStartTime(deaf.pid ?? 0) ?? "" };
  expect(await stopOrphan(group, 200)).toMatch(/stopped by SIGKILL after 0.2 s of SIGTERM; wired memory may stay lost/);
  expect(alive(group.pid)).toBe(false);
  expect(await stopOrphan(group, 200)).toBeNull();
  removeFolder(folder);
});
