// What Find Best Recipe says before a start, and what it gives back: the plan, a missing provider, older runs, Undo. Source: contract §14.
import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type App, type LaunchOptions, textOf } from "../raycast-host/index.ts";
import { startLiveInTheWay } from "../support/worlds/live-in-the-way.ts";
import { createWorld, until, type World } from "../support/worlds/program.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import { fillForm } from "./support/journey.ts";
import { openForm, PATIENCE, planned, realForm, shortForm, told } from "./support/tune-form.ts";

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

test("the plan's own view starts the run, with Enter; it says what the form says", async () => {
  const app = await open();
  await fillShort(app);
  await planned(app);
  await app.press("cmd+p");
  await app.until((tree) => /\| t\/Small-1B \|/.test(textOf(tree.props["markdown"])), "the whole plan", PATIENCE);
  expect(app.actions().slice(0, 3)).toEqual(["Start Tuning", "Refresh Plan", "Copy Plan as JSON"]);
  expect(textOf(app.tree()?.props["markdown"])).toMatch(
    /^# About \d+ s, at most 2 h; likely Small-1B\n\n> This run would/,
  );
  await app.act("Start Tuning");
  await app.toast("Started", PATIENCE);
  await app.until((tree) => /^Run /.test(textOf(tree.props["navigationTitle"])), "the run's view");
  await runEnded();
  await app.close();
});

test("the plan's own view asks and refuses as the form does", async () => {
  const { name, isThere, end } = await startLiveInTheWay(world);
  const app = await openReal(false);
  try {
    await fillReal(app, { drain: true });
    await app.until(() => told(app, "Drained"), "what is drained", PATIENCE);
    await app.press("cmd+p");
    await app.until((tree) => textOf(tree.props["markdown"]).includes(name), "the plan", PATIENCE);
    await app.act("Start Tuning");
    await app.eventually(() => app.alerts[0], "the question", PATIENCE);
    expect(app.alerts[0]).toMatchObject({
      title: "Take the live provider out of service?",
      message: expect.stringContaining(name),
    });
    expect([isThere(), existsSync(world.dbPath)]).toEqual([true, false]);
  } finally {
    await end();
    await app.close();
  }
});

test("Reset Form, a preset and the settings of another run give back what was typed", async () => {
  const app = await open();
  await fillShort(app, { method: "fixed", maxDuration: "900" });
  const typed = await app.values();
  await app.act("Reset Form");
  await app.until(() => app.find("Form.Dropdown", { id: "provider", value: "auto" }), "the defaults");
  await app.pressToast("Undo");
  await app.until(() => app.find("Form.Dropdown", { id: "provider", value: "simulated" }), "what was typed");
  expect(await app.values()).toEqual(typed);
  await app.act("Long Context 32k");
  await app.until(() => app.find("Form.TextField", { id: "targetContext", value: "32000" }), "the preset");
  await app.fill({ maxTokens: "7" });
  await app.pressToast("Undo");
  await app.until(() => app.find("Form.TextField", { id: "targetContext", value: "256" }), "what was typed");
  expect(await app.values()).toEqual(typed);
  await app.close();

  const again = await open({ launchContext: { flags: ["--target-context", "4000"] } });
  await again.toast("Settings of that run");
  await again.fill({ targetContext: "5000" });
  await again.pressToast("Undo");
  await again.until(() => again.find("Form.TextField", { id: "targetContext", value: "256" }), "what was typed");
  await again.close();
  const later = await open();
  expect(await later.values()).toEqual(typed);
  await later.close();
});

test("without a provider: said once, with the commands that install one and the doctor at hand", async () => {
  const app = await open();
  await planned(app);
  expect(told(app, "⚠️ Simulated").split("\n")).toEqual([
    "No MLX provider found: this run would only be simulated.",
    "Install mlx-lm: brew install mlx-lm, or uv tool install mlx-lm",
    "Autotune Doctor (⌘⇧D) says where it looked.",
  ]);
  await app.act("Copy Install Command");
  expect(app.clipboard).toBe("brew install mlx-lm");
  expect(app.actions()).toEqual(expect.arrayContaining(["Open Homepage of mlx-lm", "Open Autotune Doctor"]));
  await app.press("cmd+p");
  await app.until((tree) => /^# About/.test(textOf(tree.props["markdown"])), "the plan", PATIENCE);
  expect(textOf(app.tree()?.props["markdown"]).match(/simulated\.|SIMULATED/g)).toHaveLength(1);
  await app.close();
});

test("a model that an older run refused by its stricter gate is said to be tried again", async () => {
  // A gate far from what the machine's other work could add or hide: this prompt takes the simulator some 100 ms.
  const list = "t/Small-1B";
  const simulated = ["--provider", "simulated", "--candidate-models", list, "--target-context", "8000"];
  const run = await world.run(["run", ...simulated, "--gate-ttft-ms", "40", "--port", String(world.port), "--no-json"]);
  expect(run.code).toBe(3);
  expect(world.rows("SELECT misfit_class FROM v_trials")).toEqual([{ misfit_class: "ttft_gate" }]);
  const app = await open();
  await fillShort(app, { targetContext: "8000" });
  await planned(app);
  expect(told(app, "Plan")).toContain("could fit (estimated); did not fit before (TTFT allowed: 40 ms, now 60.00 s)");
  await app.close();
  const { stdout } = await world.run(["plan", ...simulated]);
  expect(stdout).toMatch(
    /could fit \(estimated\); simulated .* gate 40 ms; allowed now: 60.00 s, would be tried again/,
  );
  const strict = await world.run(["plan", ...simulated, "--gate-ttft-ms", "40"]);
  expect(strict.stdout).toMatch(/\n +simulated .* at 8000 tokens: did not fit: TTFT .* gate 40 ms\n/);
});

test("fields say their units", async () => {
  const app = await open();
  await app.fill({ advanced: true });
  const titles = app.findAll("Form.TextField").map(({ props }) => textOf(props["title"]));
  expect(titles).toEqual(
    expect.arrayContaining([
      "Target Context (tokens)",
      "TTFT Gate (ms)",
      "Time Limit (seconds)",
      "Load Limit (seconds)",
      "Tokens per Request",
      "Port",
    ]),
  );
  await app.close();
});
