// Ways that end without a recipe: nothing fits, a program that cannot serve, and a run that its user cancels in the middle.
// Source: contract §3, §7, §14.
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { App } from "../raycast-host/index.ts";
import { activeRow, atReplicate } from "../support/worlds/active-run.ts";
import { LABEL } from "../support/worlds/drain-world.ts";
import { MODEL, plantModels } from "../support/worlds/short-tune.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import { copiedLog, fillForm, journey, listed, notice, PATIENCE, type Journey } from "./support/journey.ts";

const OTHER = "t/Other-3B";
let built: BuiltCommands;
beforeAll(async () => {
  built = await buildCommands("find-best-recipe", "tuning-runs");
});
afterAll(() => built.remove());

const settings = ({ world }: Journey, models = MODEL) => ({
  ...{ provider: "macprovider", candidates: "own", models, targetContext: "256", drain: true, advanced: true },
  ...{ kvBitsAxis: "unset", maxBatchAxis: "1", maxTokens: "32", port: String(world.port), offline: true },
});

async function startFromForm(way: Journey, models?: string): Promise<void> {
  const app = await way.open("find-best-recipe", { answer: true });
  await fillForm(app, settings(way, models));
  await app.until(() => notice(app, "Drained").includes(LABEL), "what is drained", PATIENCE);
  await app.submit("Start Tuning");
  await app.toast("Started", PATIENCE);
  await app.close();
}

/** The log of the selected run, as it can be copied. */
async function runLog(list: App): Promise<string> {
  await list.act("Show Log");
  await list.until(() => list.actions().includes("Copy Log"), "the log");
  await list.act("Copy Log");
  return list.clipboard ?? "";
}

test("nothing fits: the run stands there as failed, with each reason and the limit, the remedy, and its log to copy", () =>
  journey(built, async (way) => {
    plantModels(way.world, {
      [MODEL]: { loadExit: { code: 137, stderr: "metal: out of memory" } },
      [OTHER]: { maxContext: 100 },
    });
    await startFromForm(way, `${MODEL}\n${OTHER}`);
    expect((await way.ended()).exit_reason).toBe("no_feasible");
    const list = await way.open("tuning-runs");
    await listed(list, 1);
    await list.until(() => list.text().includes("### Candidates"), "its detail");
    const text = list.text();
    expect(text).toMatch(/## Without a Recipe\n {2}> Model-7B and 1 more .*\{Nothing Fits\}/);
    expect(text).toMatch(/✗ 1\. \*\*Model-7B\*\*: load failed: exit 137: metal: out of memory/);
    expect(text).toMatch(/✗ 2\. \*\*Other-3B\*\*: .*\b100\b/);
    expect(text.replaceAll("\\", "")).toContain("a smaller Target Context, or other Candidates.");
    expect(text).not.toMatch(/(?<![\w-])--[a-z]/);
    expect(list.actions()).not.toContain("Apply Recipe…");
    expect(list.actions()).not.toContain("Resume Tuning");
    expect(await runLog(list)).toMatch(/out of memory/);
    expect(await way.world.isLive()).toBe(true);
  }));

test("a provider program that is broken: the plan says so, the start is refused with the log, the live one is not touched", () =>
  journey(built, async (way) => {
    const { world } = way;
    const broken = join(world.home, "broken-cli");
    writeFileSync(broken, "#!/bin/sh\necho 'dyld: Library not loaded: libmlx.dylib' >&2\nexit 134\n");
    chmodSync(broken, 0o755);
    const preferences = { providerBinary: broken };
    const app = await way.open("find-best-recipe", { preferences, answer: true });
    await fillForm(app, settings(way));
    await app.until(() => notice(app, "Plan").startsWith("A run could not start"), "the plan", PATIENCE);
    expect(notice(app, "Plan")).toContain(broken);
    await app.submit("Start Tuning");
    expect(await copiedLog(app, "The tune did not start")).toContain("Library not loaded");
    expect(world.mac.calls().flatMap(({ words }) => words[0] ?? [])).not.toContain("bootout");
    await app.fill({ drain: false });
    await app.submit("Start Tuning");
    await app.eventually(() => app.toasts.length > 1, "the second refusal", PATIENCE);
    await app.close();
    const list = await way.open("tuning-runs", { preferences });
    await listed(list, 1);
    expect(list.text()).toMatch(/\{Bad Input\}/);
    expect(list.text()).toContain("Library not loaded");
    expect(await runLog(list)).toContain("Library not loaded");
  }));

test("cancelled in the middle from Tuning Runs: it says what is lost, the provider comes back", () =>
  journey(built, async (way) => {
    const { world } = way;
    plantModels(world, { [MODEL]: { answer: "silence", answerFor: "replicates" } });
    await startFromForm(way);
    await atReplicate(world);
    expect(await world.isLive()).toBe(false);
    const { run_id: runId = "" } = activeRow(world) ?? {};
    const list = await way.open("tuning-runs", { answer: false });
    await listed(list, 1);
    await list.act("Cancel Tuning…");
    await list.eventually(() => list.alerts.length === 1, "the dialog");
    expect(list.alerts[0]?.message).toContain(`Back in service after it: launchd-managed ${LABEL}`);
    expect(activeRow(world)?.run_id).toBe(runId);

    list.answer(true);
    await list.act("Cancel Tuning…");
    expect(await list.toast("Tuning cancelled", PATIENCE)).toMatchObject({
      style: "SUCCESS",
      message: `No recipe · back in service: launchd-managed ${LABEL}`,
    });
    await list.until(
      () => /## Without a Recipe\n[^]*\{Interrupted\}/.test(list.text()),
      "the interrupted run",
      PATIENCE,
    );
    expect(list.actions()).not.toContain("Cancel Tuning…");
    expect(await way.ended()).toMatchObject({ run_id: runId, exit_reason: "interrupted" });
    expect(await world.isLive()).toBe(true);
  }));
