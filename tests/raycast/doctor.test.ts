// Autotune Doctor as a user meets it, with the real worker looking at a home of its own. Source: contract §14, §15, §13.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { doctorSchema } from "../../worker/core/result/check.ts";
import { findAll, launch, type App, type LaunchOptions, textOf } from "../raycast-host/index.ts";
import { startLiveInTheWay } from "../support/worlds/live-in-the-way.ts";
import { modelFiles, plantSnapshot } from "../support/servers/model-files.ts";
import { createWorld, type World } from "../support/worlds/program.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";

let built: BuiltCommands;
let world: World;
beforeAll(async () => (built = await buildCommands("autotune-doctor")));
afterAll(() => built.remove());
beforeEach(async () => (world = await createWorld()));
afterEach(() => world.close());

/** Programs of the test come first, then what Raycast's PATH has. */
const bin = () => join(world.home, "bin");
const env = () => ({ ...world.env, PATH: `${bin()}:/usr/bin:/bin:/usr/sbin:/sbin` });
const doctor = (more: LaunchOptions = {}) =>
  launch("autotune-doctor", { dist: built.dist, home: world.home, env: env(), ...more });

const examined = async (app: App): Promise<string[]> => {
  const done = () => app.rows().length > 0 && app.tree()?.props["isLoading"] !== true;
  await app.until(done, "the findings", { timeoutMs: 60_000 });
  return app.rows();
};
const sections = (app: App) => findAll(app.tree(), "List.Section").map(({ props }) => textOf(props["title"]));
const checksOf = (app: App) => findAll(app.tree(), "List.Item").filter(({ props }) => props["id"] !== "summary");
/** What stands at the right of each row, by check. */
const values = (app: App) =>
  Object.fromEntries(
    checksOf(app).map(({ props }) => [
      String(props["id"]),
      (props["accessories"] as { text?: string }[] | undefined)?.[0]?.text,
    ]),
  );
/** Rows whose value does not fit at their right. */
const wordy = (app: App) => Object.entries(values(app)).filter(([, value]) => (value ?? "").length > 20);
/** Flags in the texts beside the rows, but for what is code. */
const flagsSeen = (app: App) =>
  checksOf(app).flatMap(({ slots }) => {
    const prose = textOf(slots["detail"]?.props["markdown"]).replaceAll(/`[^`]*`/g, "");
    return prose.match(/(?<![\w-])--[a-z][\w-]*/g) ?? [];
  });
const detail = (app: App) => textOf(app.selected()?.slots["detail"]?.props["markdown"]);

function plantProgram(name: string, script: string): void {
  mkdirSync(bin(), { recursive: true });
  writeFileSync(join(bin(), name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin(), name), 0o755);
}

test("it says what is looked at, then whether a run could start, and each check with its repair", async () => {
  const app = await doctor();
  const waiting = await app.until(() => app.find("List.EmptyView"), "the waiting view");
  expect(waiting.props["description"]).toContain("providers");
  const rows = await examined(app);
  expect(rows[0]).toBe("A run could start, simulated");
  expect(sections(app)).toEqual(["Problems", "Warnings", "Passed", "Skipped"]);
  expect(detail(app)).toContain("measure nothing of this Mac");
  expect(values(app)).toMatchObject({
    node: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    provider: "simulated",
    memory: expect.stringMatching(/^[\d.]+ GB$/),
    port: expect.stringMatching(/^\d+ free$/),
    models: "none yet",
    database: "none yet",
  });
  expect(wordy(app)).toEqual([]);
  expect(flagsSeen(app)).toEqual([]);
  expect(app.actions()[0]).toBe("Run Again");
  await app.select("provider");
  expect(detail(app)).toMatch(
    /## Provider\n\nsimulated: no real one was found.*\n\n### Repair\n\n- `brew install mlx-lm` .*uv tool install mlx-lm\)\n- About mlx-lm: https/s,
  );
  await app.act("Copy Repair");
  expect(app.clipboard).toBe("brew install mlx-lm");
  await app.select("macprovider");
  expect(detail(app)).toContain("looked on PATH and in");
  await app.press("cmd+shift+c");
  expect(doctorSchema.parse(JSON.parse(app.clipboard ?? "")).could_start).toBe(true);
  await app.act("Open Database Folder");
  expect((await app.toast("There is no database yet")).message).toContain(dirname(world.dbPath));
  await app.close();
});

test("a live provider in the way comes first; mended, Run Again says so", async () => {
  const live = await startLiveInTheWay(world);
  const app = await doctor({ preferences: { providerBinary: world.provider.program } });
  try {
    expect((await examined(app)).slice(0, 2)).toEqual(["A run could not start", "In the way"]);
    expect(detail(app)).toContain("Mend first: In the way.");
    await app.select("live-provider");
    expect(detail(app)).toContain(`foreground-PID-${live.pid}`);
    expect(detail(app)).toContain("Turn on Drain");
    expect(values(app)["live-provider"]).toBe("1 live");
    expect(flagsSeen(app)).toEqual([]);
    await app.act("Paste Repair");
    expect(app.clips.at(-1)).toMatchObject({ text: `kill ${live.pid}`, pasted: true });
  } finally {
    await live.end();
  }
  await app.press("cmd+r");
  await app.until(() => !app.rows().includes("A run could not start"), "the second look", { timeoutMs: 60_000 });
  await app.close();
});

test("the evidence is copied whole, without the user's home, and leaves no file", async () => {
  const app = await doctor();
  await examined(app);
  await app.act("Copy Evidence");
  expect((await app.toast("Evidence copied", { timeoutMs: 60_000 })).message).toMatch(/^\d+ probes\./);
  expect(app.clipboard).toContain("# What this Mac says, and what MLX Autotune reads from it");
  expect(app.clipboard).not.toContain(world.home);
  const left = () =>
    readdirSync(world.home, { recursive: true, encoding: "utf8" }).filter((path) => /evidence/.test(path));
  await app.eventually(() => left().length === 0, "that its file is gone");
  await app.close();
});

test("uninstall shows what goes and what stays, asks, and removes it", async () => {
  mkdirSync(dirname(world.dbPath), { recursive: true });
  writeFileSync(join(dirname(world.dbPath), "serve.yaml"), "model: a/b\n");
  const app = await doctor();
  await examined(app);
  app.answer(false);
  await app.act("Uninstall…");
  await app.eventually(() => app.alerts.length === 1, "the question");
  expect(app.alerts[0]?.message).toContain("config of mlx-autotune serve");
  expect(app.alerts[0]?.message).toContain("Stays: the provider's config");
  expect(existsSync(join(dirname(world.dbPath), "serve.yaml"))).toBe(true);
  app.answer(true);
  await app.act("Uninstall…");
  await app.toast("Everything is removed");
  expect(existsSync(dirname(world.dbPath))).toBe(false);
  await app.close();
});

test("the model cache of the preferences is the one that is looked at", async () => {
  const modelCache = join(world.home, "SSD", "hub");
  plantSnapshot(modelCache, "t/Far-7B", modelFiles());
  const app = await doctor({ preferences: { modelCache } });
  await examined(app);
  await app.select("models");
  expect(detail(app)).toMatch(/1 complete in \\~\/SSD\/hub \(HF\\_HUB\\_CACHE\), the largest t\/Far-7B/);
  await app.close();
});

test("without a Node for the worker this is the one broken check, with the place and the way out", async () => {
  const app = await doctor({ preferences: { nodeBinary: "/nowhere/bin/node" } });
  expect(await examined(app)).toEqual(["Worker"]);
  expect(detail(app)).toMatch(/The Node of the preferences, \/nowhere\/bin\/node, cannot run the worker/);
  expect(detail(app)).toContain("- Name Node 22 or newer there");
  await app.act("Open Preferences");
  expect(app.opened).toMatchObject([{ how: "extension preferences" }]);
  await app.close();
});

test("a test notification: which tool took it and what to do if none appeared, or what each said", async () => {
  plantProgram("terminal-notifier", `echo "$@" > "${world.home}/shown"`);
  const app = await doctor();
  await examined(app);
  await app.act("Send Test Notification");
  expect((await app.toast("Handed to terminal-notifier")).message).toMatch(
    /If nothing appeared, allow terminal-notifier/,
  );
  plantProgram("terminal-notifier", "echo 'no permission' >&2; exit 1");
  plantProgram("notify-send", "echo 'no bus' >&2; exit 1");
  await app.act("Send Test Notification");
  expect((await app.toast("The notification was not sent")).style).toBe("FAILURE");
  await app.pressToast("Copy Log");
  await app.eventually(() => app.clipboard?.includes("no permission"), "the log");
  await app.close();
});
