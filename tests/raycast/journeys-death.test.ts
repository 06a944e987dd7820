// The way after a sudden death: the worker is killed in the middle and its guard with it, Tuning Runs turns red and has the provider brought
// back by itself, and the run is resumed where it was. With the guard alive nobody has to look. Source: contract §5, §14, §15.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { follow, rows, type App } from "../raycast-host/index.ts";
import { activeRow, guardPids } from "../support/worlds/active-run.ts";
import { LABEL } from "../support/worlds/drain-world.ts";
import { until } from "../support/worlds/program.ts";
import { MODEL, plantModels } from "../support/worlds/short-tune.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import { fillForm, journey, listed, notice, PATIENCE, workers, type Journey } from "./support/journey.ts";

let built: BuiltCommands;
beforeAll(async () => {
  built = await buildCommands("find-best-recipe", "tuning-runs", "cancel-tuning");
});
afterAll(() => built.remove());

/** Start with Drain; the second cell never answers, so the run waits in the middle of Stage 2. @returns the run's id */
async function startAndWait(way: Journey): Promise<string> {
  const { world } = way;
  plantModels(world, { [MODEL]: { knobs: [{ when: { kv_bits: 8 }, answer: "silence", answerFor: "replicates" }] } });
  const app = await way.open("find-best-recipe", { answer: true });
  await fillForm(app, {
    ...{ provider: "macprovider", candidates: "own", models: MODEL, targetContext: "256", drain: true },
    ...{ method: "fixed", advanced: true, stage2Replicates: "1", kvBitsAxis: "unset,8", maxBatchAxis: "1" },
    ...{ maxTokens: "32", port: String(world.port), offline: true, gateTtftMs: "600000" },
  });
  await app.until(() => notice(app, "Drained").includes(LABEL), "what is drained", PATIENCE);
  await app.submit("Start Tuning");
  await app.toast("Started", PATIENCE);
  await app.close();
  await until("the second cell's request", () => {
    const starts = world.provider.noted("start").filter(({ knobs }) => (knobs as { kv_bits: unknown }).kv_bits === 8);
    const asked = world.provider.noted("request").filter(({ replicate }) => replicate !== null);
    return asked.some(({ pid }) => starts.some((start) => start.pid === pid));
  });
  expect(await world.isLive()).toBe(false);
  return activeRow(world)?.run_id ?? "";
}

/** SIGKILL for the worker; with its guard if nobody shall notice. The worker stands still meanwhile: it would start another guard. */
function kill({ world }: Journey, withGuard: boolean): void {
  const { pid } = activeRow(world) ?? {};
  if (pid === undefined) throw new Error("no run is active");
  process.kill(pid, "SIGSTOP");
  if (withGuard) for (const guard of guardPids(world)) process.kill(guard, "SIGKILL");
  process.kill(pid, "SIGKILL");
}

const died = (app: App) =>
  app.until(() => /\{Died\}/.test(app.text()) && !/Out of Service/.test(app.text()), "the dead run", PATIENCE);

test("worker and guard killed: red, brought back in the background, resumed to the end", () =>
  journey(built, async (way) => {
    const { world } = way;
    const runId = await startAndWait(way);
    const before = await way.open("tuning-runs");
    await listed(before, 1);
    kill(way, true);
    await before.until((tree) => rows(tree).length === 3, "the red state", PATIENCE);
    expect(before.rows()).toEqual([
      `Not in service: launchd-managed ${LABEL}`,
      `Run ${runId.slice(0, 8)} has died`,
      "Model-7B",
    ]);
    await before.select(`Not in service: launchd-managed ${LABEL}`);
    expect(before.text()).toMatch(/mlx-autotune restore[^]*launchctl bootstrap gui\/\d+/);
    await before.eventually(() => before.launches.length === 1, "the launch");
    expect(before.launches).toMatchObject([{ name: "cancel-tuning", type: "background", context: { restore: true } }]);
    expect(await world.isLive()).toBe(false);

    const restoring = await follow(before);
    await restoring.done(PATIENCE.timeoutMs);
    await restoring.close();
    expect([await world.isLive(), activeRow(world), world.orphans()]).toEqual([true, null, []]);
    await resume(way, runId);
  }));

/** Take the dead run up, with the second cell answering now. */
async function resume(way: Journey, runId: string): Promise<void> {
  const { world } = way;
  const list = await way.open("tuning-runs", { answer: true });
  await listed(list, 1);
  await died(list);
  expect(list.actions()).toContain("Resume Tuning");
  const starts = world.provider.noted("start").length;
  plantModels(world, { [MODEL]: {} });
  await list.act("Resume Tuning");
  expect(list.alerts[0]?.title).toBe("Take the live provider out of service?");
  await list.toast("Tuning goes on", PATIENCE);
  await list.eventually(() => list.launches.length === 1, "the new run's view");
  const run = await follow(list);
  await run.until((tree) => tree.type === "Detail" && /\{Recipe\}/.test(run.text()), "the recipe", PATIENCE);
  const last = await way.ended();
  expect(last.exit_reason).toBe("ok");
  expect(last.run_id).not.toBe(runId);
  // Stage 1 and the first cell were carried over.
  expect(world.provider.noted("start").length - starts).toBe(1);
  await run.close();
}

test("only the worker killed: its guard brings everything back, and the view ends up with a dead run to resume", () =>
  journey(built, async (way) => {
    const { world } = way;
    await startAndWait(way);
    const list = await way.open("tuning-runs");
    await listed(list, 1);
    kill(way, false);
    await until("the provider answers", () => world.isLive());
    await died(list);
    await list.until(() => list.actions().includes("Resume Tuning"), "Resume");
    expect(list.rows()).toEqual(["Model-7B"]);
    await until("the end of the guard", () => workers(world).length === 0);
  }));
