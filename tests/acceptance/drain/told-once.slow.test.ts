// Contract §13: how a run ended is told once, whoever is left to tell it: its worker, its guard, the next command.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { atReplicate, guardPids, killWithoutWarning } from "../../support/worlds/active-run.ts";
import { type DrainWorld, onMac } from "../../support/worlds/drain-world.ts";
import { type Finished, type Started, until } from "../../support/worlds/program.ts";
import { MODEL, plantModels } from "../../support/worlds/short-tune.ts";

const READY = /^-title Recipe ready: Model-7B -message .*tok\/s.* · live provider back -group/;
const LINK = "raycast://x?context=%7B%7D";

const stepsFile = (world: DrainWorld) => join(world.home, "steps");

/** A tune that meets the given ends. */
const startWith = (world: DrainWorld, barriers: string, changes: Record<string, string | true> = {}): Started =>
  world.start(world.drainArgs(changes), {
    MLX_AUTOTUNE_TEST_STEPS: stepsFile(world),
    MLX_AUTOTUNE_TEST_BARRIERS: barriers,
    MLX_AUTOTUNE_DEEP_LINK: LINK,
  });

const passed = (world: DrainWorld, step: string): boolean =>
  existsSync(stepsFile(world)) && readFileSync(stepsFile(world), "utf8").includes(`${step} `);

/** Kill worker and guard once the worker stands still there. */
async function dieAt(world: DrainWorld, step: string, changes: Record<string, string | true> = {}): Promise<void> {
  const run = startWith(world, `stop ${step}`, changes);
  await until(step, () => passed(world, step));
  killWithoutWarning(world, run);
  await run.finished;
}

const guardGone = (world: DrainWorld) => until("the guard has gone", () => guardPids(world).length === 0);
const notes = (world: DrainWorld) =>
  world.rows<{ text: string }>("SELECT text FROM tune_notes WHERE kind = 'notification'").map(({ text }) => text);
const HANDED = "handed to terminal-notifier, which reported no error";

const inTurn = async (world: DrainWorld, ...commands: string[]): Promise<Finished[]> => {
  const ended: Finished[] = [];
  for (const command of commands) ended.push(await world.run([command]));
  return ended;
};

test.concurrent(
  "a worker that dies with its row written and nobody told: the guard tells, in the run's own words",
  () =>
    onMac(async (world) => {
      await startWith(world, "kill run after run.ended 1").finished;
      await guardGone(world);
      expect(world.notifications()).toEqual([expect.stringMatching(READY)]);
      expect(world.notifications()[0]).toContain(`-open ${LINK}`);
      expect(notes(world)).toEqual([HANDED]);
      expect(world.rows("SELECT exit_reason FROM tune_runs")).toEqual([{ exit_reason: "ok" }]);
      await inTurn(world, "status", "restore");
      expect(world.notifications()).toHaveLength(1);
      await world.expectAsBefore();
    }),
);

test.concurrent("without its guard the next command tells; of several at once only one", () =>
  onMac(async (world) => {
    await dieAt(world, "run after run.ended 1");
    expect(world.notifications()).toEqual([]);
    const all = await Promise.all(["status", "runs", "restore", "show"].map((command) => world.run([command])));
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(all.filter(({ stderr }) => stderr.includes("Recipe ready: Model-7B"))).toHaveLength(1);
    await inTurn(world, "status");
    expect(world.notifications()).toEqual([expect.stringMatching(READY)]);
    expect(world.notifications()[0]).toContain(`-open ${LINK}`);
    expect(notes(world)).toEqual([HANDED]);
  }),
);

test.concurrent("a guard that dies before it has told leaves it to the next command", () =>
  onMac(async (world) => {
    await startWith(world, "kill run after run.ended 1, kill guard after untold.claim 1").finished;
    await guardGone(world);
    expect([world.notifications(), notes(world)]).toEqual([[], []]);
    await inTurn(world, "runs", "status");
    expect(world.notifications()).toEqual([expect.stringMatching(READY)]);
  }),
);

test.concurrent("worker and guard die in the middle of a run: the next command tells that, once", () =>
  onMac(async (world) => {
    plantModels(world, { [MODEL]: { answer: "silence", answerFor: "replicates" } });
    const run = world.start(world.drainArgs());
    await atReplicate(world);
    killWithoutWarning(world, run);
    await run.finished;
    await inTurn(world, "status", "runs");
    expect(world.notifications()).toEqual([
      expect.stringMatching(/The tuning run has died .*live provider is back: launchd-managed live\.malibu/),
    ]);
    await world.expectAsBefore();
  }),
);

test.concurrent("an --apply that was cut off is told, and not made up for", () =>
  onMac(async (world) => {
    await startWith(world, "kill run after run.ended 1", { apply: true }).finished;
    await guardGone(world);
    expect(world.notifications()).toEqual([expect.stringMatching(/Recipe ready: .* · not applied · /)]);
    await inTurn(world, "status");
    expect(world.rows("SELECT * FROM recipe_applications")).toEqual([]);
  }),
);

test.concurrent("a worker that fails before it has told leaves it to its guard, though nothing is drained", () =>
  onMac(async (world) => {
    expect((await startWith(world, "fail:EIO run before notify.show 1").finished).code).toBe(70);
    await guardGone(world);
    expect(world.notifications()).toEqual([expect.stringMatching(READY)]);
  }),
);

test.concurrent("a run that tells by itself is told once, and nobody is left who could tell it again", () =>
  onMac(async (world) => {
    expect((await world.start(world.drainArgs()).finished).code).toBe(0);
    await guardGone(world);
    await inTurn(world, "status", "restore");
    expect(world.notifications()).toEqual([expect.stringMatching(READY)]);
    expect(world.rows("SELECT * FROM tune_untold")).toEqual([]);
  }),
);

test.concurrent("runs that came from elsewhere are nobody's to tell", () =>
  onMac(async (world) => {
    await dieAt(world, "run after run.ended 1");
    const elsewhere = join(world.home, "elsewhere.sqlite");
    const [{ run_id: runId } = { run_id: "" }] = world.rows<{ run_id: string }>("SELECT run_id FROM tune_runs");
    const imported = await world.run(["import", world.dbPath, "--db-path", elsewhere]);
    expect([imported.code, imported.stdout]).toEqual([0, expect.stringContaining("1")]);
    const shown = await world.run(["show", runId, "--db-path", elsewhere]);
    expect([shown.code, world.notifications()]).toEqual([0, []]);
  }),
);
