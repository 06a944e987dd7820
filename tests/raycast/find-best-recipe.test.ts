// Find Best Recipe as a user meets it: fill, be corrected, see the plan, start, watch; with the real worker. Source: contract §14.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type App, type LaunchOptions, textOf } from "../raycast-host/index.ts";
import { activeRow, atPhase } from "../support/worlds/active-run.ts";
import { startLiveInTheWay } from "../support/worlds/live-in-the-way.ts";
import { createWorld, until, type World } from "../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../support/worlds/short-tune.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import { fillForm } from "./support/journey.ts";
import { errorOf, openForm, PATIENCE, planned, realForm, shortForm, told } from "./support/tune-form.ts";

let built: BuiltCommands;
let world: World;
beforeAll(async () => (built = await buildCommands("find-best-recipe")));
afterAll(() => built.remove());
beforeEach(async () => (world = await createWorld()));
afterEach(() => world.close());

const open = (more: LaunchOptions = {}) => openForm(world, built, more);
const openReal = (answer: boolean) => open({ answer, preferences: { providerBinary: world.provider.program } });
const fillShort = (app: App, more: Record<string, unknown> = {}) => fillForm(app, { ...shortForm(world), ...more });
const fillReal = (app: App, more: Record<string, unknown> = {}) => fillForm(app, { ...realForm(world), ...more });

const runEnded = () => until("the end of the run", () => world.rows("SELECT 1 FROM v_runs WHERE state = 'ended'")[0]);

test("fill, be corrected with the limit, see the plan, start, watch the run", async () => {
  const app = await open();
  await app.fill({ targetContext: "100" });
  await app.until(() => errorOf(app, "targetContext") !== "", "the message");
  expect(errorOf(app, "targetContext")).toBe('"100" is below 128; give a whole number of tokens from 128 to 1048576');
  expect(told(app, "Plan")).toBe("Mend first: Target Context");
  await app.submit("Start Tuning");
  expect((await app.toast("The form is not complete")).message).toMatch(/^Target Context: "100" is below 128/);
  expect(activeRow(world)).toBeNull();

  await fillShort(app);
  await planned(app);
  expect(told(app, "Plan")).toMatch(
    /^About \d+ s, at most 2 h; likely Small-1B\n1\. Small-1B: needs [\d.]+ GB of [\d.]+ GB, could fit \(estimated\)\nThen 1 cell/,
  );
  expect(told(app, "Plan")).toMatch(/\nEstimated, not measured: \d+ starts of the provider\.$/);
  expect(told(app, "⚠️ Simulated")).toBe(
    "This run would be simulated, as asked for: it measures nothing of this machine.",
  );
  expect(app.actions()).not.toContain("Copy Install Command");
  await app.press("cmd+p");
  await app.until((tree) => /\| t\/Small-1B \|/.test(textOf(tree.props["markdown"])), "the whole plan", PATIENCE);
  await app.pop();

  await app.submit("Start Tuning");
  expect((await app.toast("Started", PATIENCE)).style).toBe("SUCCESS");
  const [row] = world.rows<{ run_id: string; target_context: number }>("SELECT run_id, target_context FROM v_runs");
  expect(row?.target_context).toBe(256);
  await app.until((tree) => tree.props["navigationTitle"] === `Run ${row?.run_id.slice(0, 8)}`, "the run's view");
  expect(app.alerts).toEqual([]);
  await runEnded();
  await app.close();
});

test("the form comes back as it was left, and gives its command; Reset Form starts anew", async () => {
  const first = await open();
  await fillShort(first, { method: "fixed", stage2Replicates: "3", offline: true });
  await first.close();

  const second = await open();
  expect(await second.values()).toMatchObject({
    ...shortForm(world),
    method: "fixed",
    stage2Replicates: "3",
    offline: true,
  });
  await second.press("cmd+shift+c");
  expect(second.clipboard).toBe(
    "mlx-autotune run --provider simulated --target-context 256 --candidate-models t/Small-1B --method fixed " +
      `--stage2-replicates 3 --kv-bits-axis unset --max-batch-axis 1 --max-tokens 32 --port ${world.port} ` +
      "--no-drain --no-restart-foreground --offline --no-apply",
  );
  await second.fill({ advanced: false });
  await second.until(() => told(second, /^$/).startsWith("Changed: Requests per Cell, KV Bits"), "what is hidden");
  await second.act("Reset Form");
  await second.until(() => second.find("Form.Dropdown", { id: "provider", value: "auto" }), "the defaults");
  await second.close();

  const given = await open({ launchContext: { flags: ["--target-context", "4000", "--apply", "--seed", "7"] } });
  expect((await given.toast("Not all settings could be used")).message).toBe("--seed 7");
  expect(await given.values()).toMatchObject({ targetContext: "4000" });
  await given.close();

  const typed = ["--target-context", "banana", "--provider=pear", "--port", "--max-tokens", "64", "--drain"];
  const bad = await open({ launchContext: { flags: typed } });
  const { message } = await bad.toast("Not all settings could be used");
  expect(message).toMatch(
    /^--target-context: "banana" is not .*; --provider: "pear" is not .*; --port: its value is missing/,
  );
  await bad.fill({ advanced: true });
  expect(await bad.values()).toMatchObject({
    targetContext: "2000",
    provider: "auto",
    port: "",
    maxTokens: "64",
    drain: true,
  });
  await bad.close();

  const none = await open({ launchContext: { flags: { "--drain": 1 } } });
  expect((await none.toast("Not all settings could be used")).message).toBe("flags: this is no list of words");
  await none.close();
});

test("presets: built-in ones, saving under a name, choosing, replacing, deleting", async () => {
  const app = await open({ answer: true });
  await app.act("Long Context 32k");
  await app.until(() => app.find("Form.TextField", { id: "targetContext", value: "32000" }), "the preset");
  await fillShort(app);
  await app.act("Save as Preset…");
  await app.fill({ name: "long context 32K" });
  await app.submit();
  await app.until(() => errorOf(app, "name") !== "", "the refusal of a taken name");
  await app.fill({ name: "Nightly" });
  await app.submit();
  await app.toast("Preset saved");
  await app.until(() => app.depth === 1 && app.actions().includes("Nightly"), "the preset among the actions");
  await app.act("Reset Form");
  await app.close();

  const later = await open({ answer: true });
  await later.until(() => later.actions().includes("Nightly"), "the preset at the next launch");
  await later.act("Nightly");
  expect(await later.values()).toMatchObject({ targetContext: "256", models: "t/Small-1B" });
  await later.act("Save as Preset…");
  await later.fill({ name: "nightly" });
  await later.submit();
  expect(later.alerts[0]?.title).toBe('Replace the preset "nightly"?');
  await later.until(() => later.depth === 1 && later.actions().includes("nightly"), "the replaced one");
  await later.act("Delete nightly…");
  expect(later.alerts[1]).toMatchObject({
    title: 'Delete the preset "nightly"?',
    primaryAction: { style: "destructive" },
  });
  await later.until(() => !later.actions().some((title) => /nightly/i.test(title)), "it is gone");
  await later.close();
});

test("a live provider: told before the start, refused in the worker's words, stopped only after a dialog that names it", async () => {
  const { name, isThere, end } = await startLiveInTheWay(world);
  const app = await openReal(false);
  try {
    await fillReal(app);
    await app.until(() => told(app, "⚠️ In the Way"), "the notice", PATIENCE);
    expect(told(app, "⚠️ In the Way")).toMatch(
      new RegExp(`would be refused.\\nWith Drain on: ${name} .* is stopped, and not`),
    );
    await app.submit("Start Tuning");
    const refused = await app.toast("The tune did not start", PATIENCE);
    expect(refused.message).toContain(`In the way: ${name}`);
    expect(refused.message).not.toMatch(/--[a-z]/);
    await app.pressToast("Copy Log");
    await app.eventually(() => app.clipboard?.includes(name), "the log");
    expect(world.rows("SELECT exit_reason FROM v_runs")).toEqual([{ exit_reason: "provider_conflict" }]);

    await app.fill({ drain: true, restartForeground: true });
    await app.until(() => told(app, "Drained"), "what is drained", PATIENCE);
    expect(told(app, "Drained")).toMatch(/is stopped for the run and started again after it/);
    await app.submit("Start Tuning");
    expect(app.alerts[0]).toMatchObject({
      title: "Take the live provider out of service?",
      message: expect.stringContaining(name),
      primaryAction: { title: "Stop and Start", style: "destructive" },
    });
    expect(isThere()).toBe(true);

    app.answer(async () => {
      await end();
      return true;
    });
    await app.submit("Start Tuning");
    await app.eventually(
      () => app.toasts.at(-1)?.message?.startsWith("What serves here has changed"),
      "the change",
      PATIENCE,
    );
    expect(world.rows("SELECT 1 FROM v_runs")).toHaveLength(1);
  } finally {
    await end();
    await app.close();
  }
});

test("agreed to, the live provider is stopped and the run goes on without it", async () => {
  const { name, isThere, end } = await startLiveInTheWay(world);
  const app = await openReal(true);
  try {
    await fillReal(app, { drain: true });
    await app.submit("Start Tuning");
    expect(app.alerts[0]?.message).toMatch(new RegExp(`^${name} .*: stopped, and not started again`));
    await app.toast("Started", PATIENCE);
    await runEnded();
    expect(isThere()).toBe(false);
    expect(world.rows("SELECT exit_reason FROM v_runs")).toEqual([{ exit_reason: "ok" }]);
    expect(world.rows("SELECT name FROM v_drains")).toEqual([{ name }]);
  } finally {
    await end();
    await app.close();
  }
});

test("a simulated run leaves a live provider alone: no notice, no dialog, also with Drain on", async () => {
  const { isThere, end } = await startLiveInTheWay(world);
  const app = await open({ answer: false });
  try {
    await fillShort(app, { drain: true });
    await planned(app);
    expect([told(app, "⚠️ In the Way"), told(app, "Drained")]).toEqual(["", ""]);
    await app.press("cmd+p");
    await app.until((tree) => /A live provider serves on/.test(textOf(tree.props["markdown"])), "the plan", PATIENCE);
    await app.pop();
    await app.submit("Start Tuning");
    await app.toast("Started", PATIENCE);
    await runEnded();
    expect([app.alerts, isThere()]).toEqual([[], true]);
    expect(world.rows("SELECT exit_reason FROM v_runs")).toEqual([{ exit_reason: "ok" }]);
  } finally {
    await end();
    await app.close();
  }
});

test("an active run is told on top; Start Tuning is refused with why, and Show Run is at hand; a worker that cannot start says why", async () => {
  const list = plantModels(world, { [MODEL]: { hangLoad: true } });
  const run = world.start(world.tuneArgs([...shortTune({ "candidate-models": list }), "--offline"]));
  const { run_id: runId } = await atPhase(world, "loading");
  const app = await open({ preferences: { nodeBinary: "/nowhere/node" } });
  await app.until(() => told(app, "⚠️ Active Run"), "the notice");
  expect(told(app, "⚠️ Active Run")).toContain(`Run ${runId.slice(0, 8)} is under way (loading`);
  expect(textOf(app.tree()?.children[0]?.props["title"])).toBe("⚠️ Active Run");
  expect(app.actions().slice(0, 2)).toEqual(["Start Tuning", "Show Run"]);
  await app.submit("Start Tuning");
  expect((await app.toast("The tune did not start")).message).toContain(`Run ${runId.slice(0, 8)} is under way`);
  expect(app.depth).toBe(1);
  await app.pressToast("Show Run");
  await app.until((tree) => tree.props["navigationTitle"] === `Run ${runId.slice(0, 8)}`, "the run's view");
  await app.pop();
  await app.act("Show Run");
  await app.until((tree) => tree.props["navigationTitle"] === `Run ${runId.slice(0, 8)}`, "the run's view");
  await app.pop();
  run.process.kill("SIGTERM");
  await run.finished;
  await app.until(() => !told(app, "⚠️ Active Run"), "no notice", PATIENCE);
  await app.until(() => told(app, "Plan").includes("/nowhere/node"), "the missing Node in the plan's place", PATIENCE);
  await app.submit("Start Tuning");
  await app.eventually(() => app.toasts.at(-1)?.message?.includes("/nowhere/node"), "why", PATIENCE);
  expect(app.toasts.at(-1)?.message).toMatch(/\/nowhere\/node, cannot run the worker/);
  await app.close();
});
