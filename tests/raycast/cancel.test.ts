// Cancel Tuning as its user meets it: nothing to cancel, kept, cancelled with the provider back, ended meanwhile; and the silent restore
// that the menu bar asks for. With a real run that has drained a live provider. Source: contract §5, §14.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { launch, run, type App, type LaunchOptions } from "../raycast-host/index.ts";
import { activeRow, atReplicate, killWithoutWarning } from "../support/worlds/active-run.ts";
import { LABEL, onMac, type DrainWorld } from "../support/worlds/drain-world.ts";
import { until } from "../support/worlds/program.ts";
import { MODEL, plantModels } from "../support/worlds/short-tune.ts";
import { answeringWorker } from "./support/answering-worker.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";

const SILENT = { answer: "silence", answerFor: "replicates" } as const;
let built: BuiltCommands;

beforeAll(async () => {
  built = await buildCommands("cancel-tuning", "autotune-status");
});
afterAll(() => built.remove());

const cancel = (world: DrainWorld, options: LaunchOptions = {}) =>
  run("cancel-tuning", { dist: built.dist, home: world.home, env: world.env, ...options });

/** What was said while it was stopped. */
const stopping = (app: App) => app.toasts.at(-1)?.history.find(({ title }) => title === "Stopping the run")?.message;

/** A run that has drained the live provider and waits in its first replicate. */
async function running(world: DrainWorld) {
  plantModels(world, { [MODEL]: SILENT });
  const started = world.start(world.drainArgs({ "gate-ttft-ms": "600000" }));
  await atReplicate(world);
  expect(await world.isLive()).toBe(false);
  return { started, runId: activeRow(world)?.run_id ?? "" };
}

test("without a run there is nothing to cancel, and nothing is asked", () =>
  onMac(async (world) => {
    expect((await cancel(world)).huds).toEqual(["No run is active"]);
  }, null));

test("a run is kept when the dialog is declined, and cancelled when it is not; the provider is back", () =>
  onMac(async (world) => {
    const { started, runId } = await running(world);
    const kept = await cancel(world, { answer: false });
    expect(kept.alerts[0]).toMatchObject({
      title: `Cancel run ${runId.slice(0, 8)}?`,
      primaryAction: { title: "Cancel Tuning", style: "destructive" },
      dismissAction: { title: "Keep Tuning" },
    });
    expect(kept.alerts[0]?.message).toContain("No model was found yet");
    expect(kept.alerts[0]?.message).toContain(`Back in service after it: launchd-managed ${LABEL}`);
    expect([kept.toasts, activeRow(world)?.run_id]).toEqual([[], runId]);

    const cancelled = await cancel(world, { answer: true });
    expect(cancelled.toasts.at(-1)).toMatchObject({
      style: "SUCCESS",
      title: "Tuning cancelled",
      message: `No recipe · back in service: launchd-managed ${LABEL}`,
    });
    expect(stopping(cancelled)).toBe(`Its model is unloaded, then back in service: launchd-managed ${LABEL}`);
    expect((await started.finished).code).toBe(143);
    expect([await world.isLive(), activeRow(world)]).toEqual([true, null]);
  }));

test("of a run that took nothing out of service nobody says that something comes back; the menu bar looks at once", () =>
  onMac(async (world) => {
    plantModels(world, { [MODEL]: SILENT });
    const started = world.start(world.drainArgs({ "gate-ttft-ms": "600000" }));
    await atReplicate(world);
    const menu = await launch("autotune-status", { dist: built.dist, home: world.home, env: world.env });
    await menu.eventually(() => menu.paints.at(-1)?.isLoading === false, "rest");
    await menu.close();
    const cancelled = await cancel(world, { answer: true });
    expect(cancelled.alerts[0]?.message).toMatch(/^It is .*\nNo model was found yet, so there will be no recipe\.$/);
    expect(stopping(cancelled)).toBe("Its model is unloaded");
    expect(cancelled.toasts.at(-1)).toMatchObject({ title: "Tuning cancelled", message: "No recipe" });
    expect(cancelled.launches).toEqual([{ name: "autotune-status", type: "background" }]);
    expect((await started.finished).code).toBe(143);
  }, null));

test("a run that ends while the dialog is open is not asked to stop", () =>
  onMac(async (world) => {
    const { started } = await running(world);
    const app = await cancel(world, {
      answer: async () => {
        started.process.kill("SIGTERM");
        await started.finished;
        return true;
      },
    });
    expect(app.toasts.at(-1)).toMatchObject({ style: "SUCCESS", title: "Nothing to cancel" });
  }));

test("launched by the menu bar it brings back what a dead run left, without a word", () =>
  onMac(async (world) => {
    const { started } = await running(world);
    killWithoutWarning(world, started);
    await started.finished;
    expect(await world.isLive()).toBe(false);
    const background = { launchType: "background", launchContext: { restore: true } } as const;
    const app = await cancel(world, background);
    expect([app.huds, app.toasts, app.alerts]).toEqual([[], [], []]);
    await until("the provider answers", () => world.isLive());
    const again = await cancel(world, background);
    expect([again.huds, again.toasts]).toEqual([[], []]);
  }));

test("what cannot be brought back is told with the commands to type; the log has what else has helped", async () => {
  const commands = ["launchctl enable gui/501/live.malibu.provider", "launchctl bootstrap gui/501 /a/provider.plist"];
  const hints = ["If launchd goes on answering 5, these have helped on other Macs:", "  log out and in again"];
  const failed = [{ name: "launchd-managed live.malibu.provider", lastError: "bootstrap answered 5", commands, hints }];
  const world = answeringWorker({ stdout: JSON.stringify({ restored: [], left_out: [], failed }), code: 8 });
  const app = await launch("cancel-tuning", {
    ...{ dist: built.dist, home: world.home, preferences: { nodeBinary: world.node } },
    ...{ launchType: "background", launchContext: { restore: true } },
  });
  try {
    await app.done();
    expect(app.toasts.at(-1)).toMatchObject({
      style: "FAILURE",
      title: "The live provider is not back",
      message: expect.stringContaining("bootstrap answered 5. Type: launchctl enable gui/501"),
      primaryAction: "Copy Commands",
      secondaryAction: "Copy Log",
    });
    await app.pressToast("Copy Log");
    expect(app.clipboard).toContain(hints.join("\n"));
  } finally {
    await app.close();
    world.remove();
  }
});
