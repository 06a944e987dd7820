// The way around a live provider: told before the start, refused without Drain with the reason and the log, then drained and back again.
// With a provider that launchd keeps alive, watched over by its watchdog. Source: contract §5, §14.
import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { App } from "../raycast-host/index.ts";
import { LABEL } from "../support/worlds/drain-world.ts";
import { MODEL, plantModels } from "../support/worlds/short-tune.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import { copiedLog, fillForm, journey, listed, notice, PATIENCE, workers, type Journey } from "./support/journey.ts";

let built: BuiltCommands;
beforeAll(async () => {
  built = await buildCommands("find-best-recipe", "tuning-runs");
});
afterAll(() => built.remove());

/** A tune of a few seconds. */
const settings = ({ world }: Journey) => ({
  provider: "macprovider",
  candidates: "own",
  models: plantModels(world, { [MODEL]: {} }),
  targetContext: "256",
  method: "race",
  advanced: true,
  kvBitsAxis: "unset,8",
  maxBatchAxis: "1",
  maxTokens: "32",
  port: String(world.port),
  offline: true,
});

/** Told while the form is being filled, and refused when it is sent all the same. */
async function refuse({ world }: Journey, app: App): Promise<void> {
  await app.until(() => notice(app, "⚠️ In the Way"), "the notice", PATIENCE);
  expect(notice(app, "⚠️ In the Way")).toContain("would be refused.");
  expect(notice(app, "⚠️ In the Way")).toMatch(new RegExp(`With Drain on: launchd-managed ${LABEL}`));
  expect(world.mac.calls().flatMap(({ words }) => words[0] ?? [])).not.toContain("bootout");

  await app.submit("Start Tuning");
  const log = await copiedLog(app, "The tune did not start");
  expect(app.toasts.at(-1)?.message).toContain(`launchd-managed ${LABEL}`);
  expect([log.includes("--drain"), app.toasts.at(-1)?.message?.includes("--")]).toEqual([true, false]);
  expect(world.rows("SELECT exit_reason FROM v_runs")).toEqual([{ exit_reason: "provider_conflict" }]);
  expect([await world.isLive(), world.journal()]).toEqual([true, []]);
}

test("a live provider: the notice, the refusal, then drained by consent; it answers again after the run", () =>
  journey(built, async (way) => {
    const { world } = way;
    await world.watch();
    const app = await way.open("find-best-recipe", { answer: true });
    await fillForm(app, settings(way));
    await refuse(way, app);

    await app.fill({ drain: true });
    await app.until(() => notice(app, "Drained").includes(LABEL), "what is drained", PATIENCE);
    app.answer(async () => await world.isLive());
    await app.submit("Start Tuning");
    expect(app.alerts.at(-1)).toMatchObject({
      title: "Take the live provider out of service?",
      message: expect.stringMatching(
        new RegExp(`launchd-managed ${LABEL}-watchdog [^]*launchd-managed ${LABEL} .*brought back`),
      ),
      answer: true,
    });
    await app.toast("Started", PATIENCE);
    expect((await way.ended()).exit_reason).toBe("ok");
    await app.close();

    expect(await world.isLive()).toBe(true);
    expect(world.journal().map(({ name, state }) => [name, state])).toEqual([
      [`launchd-managed ${LABEL}-watchdog`, "restored"],
      [`launchd-managed ${LABEL}`, "restored"],
    ]);
    const list = await way.open("tuning-runs");
    await listed(list, 2);
    expect(list.text()).toMatch(/## Recipes\n[^]*Model-7B[^]*## Without a Recipe\n[^]*\{Provider in the Way\}/);
    const [refused] = world.rows("SELECT run_id FROM v_runs WHERE exit_reason = 'provider_conflict'");
    await list.select(String(refused?.["run_id"]));
    await list.until(() => list.text().includes("Turn on Drain to take"), "why it was refused, in the form's words");
    expect(list.text().replaceAll(/`[^`]*`/g, "")).not.toMatch(/(?<![\w-])--[a-z]/);
  }));

test("declined, nothing is stopped and nothing is started", () =>
  journey(built, async (way) => {
    const { world } = way;
    const app = await way.open("find-best-recipe", { answer: false });
    await fillForm(app, { ...settings(way), drain: true });
    await app.until(() => notice(app, "Drained").includes(LABEL), "what is drained", PATIENCE);
    await app.submit("Start Tuning");
    await app.eventually(() => app.alerts[0]?.answer === false, "the dialog");
    await app.close();
    expect(world.mac.calls().flatMap(({ words }) => words[0] ?? [])).not.toContain("bootout");
    expect([await world.isLive(), workers(world)]).toEqual([true, []]);
    expect(existsSync(world.dbPath)).toBe(false);
  }));
