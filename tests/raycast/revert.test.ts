// Revert Recipe as its user meets it: nothing to take back, declined, done, with later edits, without the backup, refused with the reason.
// With a real worker and, where it matters, a live provider that reads the config. Source: contract §12, §14.
import { existsSync, rmSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { launch, run, type Answer, type App, type LaunchOptions } from "../raycast-host/index.ts";
import { configText, createApplyWorld, LABEL, NEW, OLD, type ApplyWorld } from "../support/worlds/apply-world.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import { copiedLog } from "./support/journey.ts";

let built: BuiltCommands;
let world: ApplyWorld;
/** The config before anything was applied. */
let text: string;

beforeAll(async () => {
  built = await buildCommands("revert-recipe");
  world = await createApplyWorld();
  text = configText(world.port);
});
beforeEach(() => world.writeConfig(text));
afterEach(() => world.reset());
afterAll(async () => {
  built.remove();
  expect(await world.close()).toEqual([]);
});

const options = (answer?: Answer): LaunchOptions => ({
  ...{ dist: built.dist, home: world.mac.home, env: world.mac.env as Record<string, string> },
  ...(answer === undefined ? {} : { answer }),
});
const revert = (answer?: Answer): Promise<App> => run("revert-recipe", options(answer));

/** Store a recipe and apply it. @returns its run's id */
async function applied(): Promise<string> {
  const runId = world.storeRecipe();
  expect((await world.run(["apply", "--yes"])).code).toBe(0);
  expect(world.config()).toContain(NEW);
  return runId;
}

const last = (app: App) => app.toasts.at(-1);
const states = () =>
  world.rows<{ state: string }>("SELECT state FROM v_applications ORDER BY id").map(({ state }) => state);

test("without a database, and with a recipe that is not applied, there is nothing to take back and nothing is asked", async () => {
  const none = await revert();
  expect(last(none)).toMatchObject({ style: "SUCCESS", title: "No recipe yet", primaryAction: "Find Best Recipe" });
  expect(existsSync(world.dbPath)).toBe(false);
  world.storeRecipe();
  const idle = await revert();
  expect(last(idle)).toMatchObject({ style: "SUCCESS", title: "Nothing to revert" });
  expect([idle.alerts, world.config(), world.backups()]).toEqual([[], text, []]);
});

test("declined, nothing is changed: neither the config nor the database nor the provider", async () => {
  await world.loadProvider();
  const runId = await applied();
  const [config, backups] = [world.config(), world.backups()];
  const app = await revert(false);
  expect(app.alerts).toMatchObject([
    {
      title: "Revert Recipe?",
      message: expect.stringContaining(`run ${runId.slice(0, 8)}, application 1`),
      primaryAction: { title: "Revert", style: "destructive" },
    },
  ]);
  expect(app.alerts[0]?.message).toContain("Model: New-7B-4bit → Old-3B-4bit");
  expect(app.alerts[0]?.message).toContain(`${LABEL} will be restarted.`);
  expect(app.toasts.filter(({ visible }) => visible)).toEqual([]);
  expect([world.config(), world.backups(), states(), await world.served()]).toEqual([
    config,
    backups,
    ["applied"],
    [NEW],
  ]);
});

test("confirmed, the bytes are back and the provider serves the old model; twice is a no-op", async () => {
  await world.loadProvider();
  await applied();
  const app = await revert(true);
  expect(last(app)).toMatchObject({ style: "SUCCESS", title: "Recipe reverted" });
  expect(last(app)?.message).toContain(`${LABEL} answers on port ${world.port}`);
  expect(last(app)?.history[0]).toMatchObject({ style: "ANIMATED", title: "Reverting the recipe" });
  expect([world.config(), await world.served(), states()]).toEqual([text, [OLD], ["reverted"]]);
  expect(last(await revert())).toMatchObject({ title: "Nothing to revert" });
});

test("later edits of other keys stay, byte by byte", async () => {
  await applied();
  const edited = (config: string) =>
    config.replace("# my provider", "# mine").replace("labels:", "# of mine\r\nlabels:");
  world.writeConfig(edited(world.config()));
  const app = await revert(true);
  expect(last(app)).toMatchObject({ style: "SUCCESS", title: "Recipe reverted" });
  expect(world.config()).toBe(edited(text));
});

test("a backup that is gone does not matter: the keys are put back from what is stored", async () => {
  await applied();
  const [backup = ""] = world.backups();
  unlinkSync(join(dirname(world.configPath), backup));
  const app = await revert(true);
  expect(last(app)).toMatchObject({ style: "SUCCESS", title: "Recipe reverted" });
  expect([world.config(), states()]).toEqual([text, ["reverted"]]);
});

test("a key that was edited since is only taken back after a dialog of its own, and kept when that is declined", async () => {
  await applied();
  const edited = world.config().replace("kv_bits: 8", "kv_bits: 2");
  world.writeConfig(edited);
  const kept = await revert(false);
  expect(kept.alerts).toMatchObject([{ title: "Revert Anyway?", primaryAction: { style: "destructive" } }]);
  expect(kept.alerts[0]?.message).toContain("kv_bits was edited after that recipe was applied");
  expect(kept.alerts[0]?.message).not.toContain("--force");
  expect([world.config(), states()]).toEqual([edited, ["applied"]]);
  const forced = await revert(true);
  expect(forced.alerts.map(({ title }) => title)).toEqual(["Revert Anyway?", "Revert Recipe?"]);
  expect([world.config(), states()]).toEqual([text, ["reverted"]]);
});

test("a config that is edited while the dialog is open is not touched, and can be looked at again", async () => {
  await applied();
  const edited = `${world.config()}\r\nby_hand: 1\r\n`;
  let asked = 0;
  const app = await revert(() => {
    asked += 1;
    if (asked === 1) world.writeConfig(edited);
    return asked < 3 || world.config() === edited;
  });
  expect(app.alerts.map(({ title }) => title)).toEqual([
    "Revert Recipe?",
    "The config was changed meanwhile",
    "Revert Recipe?",
  ]);
  expect(last(app)).toMatchObject({ style: "SUCCESS", title: "Recipe reverted" });
  expect(world.config()).toBe(`${text}\r\nby_hand: 1\r\n`);
});

test("a config that is gone is only made anew after both dialogs, which say so", async () => {
  await applied();
  rmSync(world.configPath);
  const app = await revert(({ title }) => title === "Revert Anyway?");
  expect(app.alerts[0]?.message).toContain("config.yaml is gone");
  expect(app.alerts[0]?.message).not.toContain("--force");
  expect(app.alerts[1]?.message).toContain(`File: ${world.configPath} (will be created)`);
  expect([existsSync(world.configPath), states()]).toEqual([false, ["applied"]]);
});

test.each([
  ["does not parse any more", "model: [unclosed\nkv_bits: 8\n", "the file is not valid YAML (bad indent)."],
  ["has a key twice", `model: ${NEW}\nmodel: ${NEW}\n`, "model"],
])("a config that %s is refused with the reason and Copy Log, and left as it is", async (_name, spoilt, reason) => {
  await applied();
  world.writeConfig(spoilt);
  const app = await launch("revert-recipe", options(true));
  await app.done();
  expect(last(app)?.message).toContain(reason);
  const log = await copiedLog(app, "The recipe was not reverted");
  expect(log).toContain(world.configPath);
  await app.close();
  expect([app.alerts, world.config(), states()]).toEqual([[], spoilt, ["applied"]]);
});
