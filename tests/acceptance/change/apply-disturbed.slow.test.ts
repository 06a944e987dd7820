// Acceptance 9 through the built program: apply and revert beside readers, editors, each other, and their own sudden death.
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { readFileSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { configText, createApplyWorld, NEW, OLD, type ApplyWorld } from "../../support/worlds/apply-world.ts";
import { eventually } from "../../support/worlds/live-world.ts";

let world: ApplyWorld;
let text: string;
beforeAll(async () => {
  world = await createApplyWorld();
  text = configText(world.port);
});
beforeEach(() => world.writeConfig(text));
afterEach(() => world.reset());
afterAll(async () => expect(await world.close()).toEqual([]));

const applied = () =>
  text.replace(`"${OLD}"`, `"${NEW}"`).replace("kv_bits: 4\r\n", "kv_bits: 8\r\nmax_concurrency_override: 2\r\n");
const state = () => world.rows<{ state: string }>("SELECT state, owner_pid FROM v_applications ORDER BY id");
/** The provider's own lock file stays by design. */
const leftovers = () =>
  readdirSync(dirname(world.configPath)).filter(
    (name) => name.endsWith(".tmp") || (name.endsWith(".lock") && name !== ".config.yaml.lock"),
  );
const serves = (model: string) => eventually(`it serves ${model}`, async () => (await world.served()).join() === model);

test("a reader in a loop never sees half a file", async () => {
  world.storeRecipe();
  const seen = new Set<string>();
  let reading = true;
  const reader = (async () => {
    while (reading) {
      seen.add(world.config());
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  for (const command of ["apply", "revert", "apply", "revert"]) expect((await world.run([command])).code).toBe(0);
  reading = false;
  await reader;
  expect([...seen].sort()).toEqual([text, applied()].sort());
}, 60_000);

test("of applies at once one writes, and the others find it done or are told to wait", async () => {
  const id = world.storeRecipe();
  const all = await Promise.all(Array.from({ length: 4 }, () => world.run(["apply", id, "--json"])));
  const codes = all.map(({ code }) => code);
  expect(codes.every((code) => code === 0 || code === 75 || code === 2)).toBe(true);
  expect(codes).toContain(0);
  // Refused by the file's own guard: it was not as it had been read any more.
  for (const { code, stderr } of all) if (code === 2) expect(stderr).toContain("was changed since the diff was made");
  expect([world.config(), world.backups().length]).toEqual([applied(), 1]);
  expect(state().filter(({ state }) => state === "applied")).toHaveLength(1);
  expect(leftovers()).toEqual([]);
}, 60_000);

test("a second apply is refused while the first one waits for the provider", async () => {
  await world.loadProvider();
  const id = world.storeRecipe();
  const refused = join(world.mac.home, "refused");
  world.setScenario({ models: { [NEW]: { loadUntilFile: refused } } });
  const first = world.start(["apply", id]).finished;
  await eventually("the config is written", () => world.config() === applied());
  expect(await world.run(["revert"])).toMatchObject({ code: 75, stderr: expect.stringContaining("being applied") });
  writeFileSync(refused, "");
  expect((await first).code).toBe(0);
  expect(await world.served()).toEqual([NEW]);
}, 60_000);

test("an editor that saves while the provider is waited for keeps its lines through the roll-back", async () => {
  await world.loadProvider();
  world.setScenario({ models: { [NEW]: { loadExit: { code: 1 } } } });
  world.storeRecipe();
  world.mac.addFault({ verb: "kickstart", delayMs: 5000 });
  const done = world.start(["apply", "--ready-timeout", "12"]).finished;
  await eventually("the config is written", () => world.config() === applied());
  writeFileSync(world.configPath, `${applied()}\r\nby_hand: 1\r\n`);
  expect((await done).code).toBe(70);
  expect(world.config()).toBe(`${text}\r\nby_hand: 1\r\n`);
  expect(await world.served()).toEqual([OLD]);
}, 60_000);

test("killed while the provider restarts: the config is entirely new, told once, and seen through by the next apply", async () => {
  await world.loadProvider();
  world.storeRecipe();
  // Ours, and those of watchers that are there for somebody's death.
  world.mac.addFault({ verb: "kickstart", delayMs: 60_000, times: 4 });
  const { process: worker, finished } = world.start(["apply"]);
  await eventually("the config is written", () => world.config() === applied());
  await eventually("the restart was asked for", () => state()[0]?.state === "restarting");
  await delay(1500); // the kickstart is under way
  worker.kill("SIGKILL");
  expect((await finished).signal).toBe("SIGKILL");
  expect(world.backups().map((name) => readFileSync(join(dirname(world.configPath), name), "utf8"))).toEqual([text]);

  const told = await world.run(["status"]);
  expect(told).toMatchObject({ code: 0, stderr: expect.stringMatching(/interrupted: .* holds it, but nobody saw/) });
  expect(state()).toEqual([{ state: "unverified", owner_pid: null }]);
  expect((await world.run(["status"])).stderr).toBe("");
  // It was told to end before launchd was asked, and is started again though nobody is left who waits for it.
  await serves(NEW);

  world.mac.clearFaults();
  expect(await world.run(["apply"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("was restarted and answers"),
  });
  expect(await world.served()).toEqual([NEW]);
  expect([state(), world.backups().length]).toEqual([[{ state: "applied", owner_pid: null }], 1]);

  world.mac.addFault({ verb: "kickstart", delayMs: 60_000, times: 4 });
  const reverting = world.start(["revert"]);
  await eventually("the config is put back", () => world.config() === text);
  await delay(1500);
  reverting.process.kill("SIGKILL");
  await reverting.finished;
  expect((await world.run(["status"])).stderr).toContain("Finish it with `mlx-autotune revert 1`");
  world.mac.clearFaults();
  expect(await world.run(["revert", "1"])).toMatchObject({ code: 0 });
  expect(await world.served()).toEqual([OLD]);
  expect([state(), world.config()]).toEqual([[{ state: "reverted", owner_pid: null }], text]);
}, 90_000);

test("killed at any moment of its life, the config is entirely old or entirely new, with a backup, and the next apply is right", async () => {
  world.storeRecipe();
  const states = new Set<string>();
  for (const ms of [150, 250, 300, 350, 400, 450, 500, 600]) {
    const { process: worker, finished } = world.start(["apply"]);
    setTimeout(() => worker.kill("SIGKILL"), ms);
    await finished;
    const now = world.config();
    expect([text, applied()]).toContain(now);
    states.add(now === text ? "old" : "new");
    if (now !== text) {
      expect(world.backups().map((name) => readFileSync(join(dirname(world.configPath), name), "utf8"))).toContain(
        text,
      );
      expect((await world.run(["revert"])).code).toBe(0);
    }
    expect(world.config()).toBe(text);
  }
  expect((await world.run(["apply"])).code).toBe(0);
  expect([world.config(), leftovers()]).toEqual([applied(), []]);
  expect((await world.run(["revert"])).code).toBe(0);
  expect(world.config()).toBe(text);
}, 120_000);

test("Ctrl-C while the provider is waited for leaves the recipe written and says how to go on", async () => {
  await world.loadProvider();
  world.setScenario({ models: { [NEW]: { hangLoad: true } } });
  world.storeRecipe();
  const { process: worker, finished } = world.start(["apply"]);
  await eventually("the restart was asked for", () => state()[0]?.state === "restarting");
  worker.kill("SIGINT");
  const { code, stderr } = await finished;
  expect([code, stderr]).toEqual([130, expect.stringMatching(/interrupted: .*revert/)]);
  expect([world.config(), state()]).toEqual([applied(), [{ state: "unverified", owner_pid: null }]]);
  world.setScenario({});
  expect(await world.run(["revert"])).toMatchObject({ code: 0 });
  expect([world.config(), await world.served()]).toEqual([text, [OLD]]);
}, 60_000);

test("a lock of a dead process does not stand in the way", async () => {
  world.storeRecipe();
  const lock = join(dirname(world.configPath), ".config.yaml.mlx-autotune.lock");
  const { process: worker, finished } = world.start(["runs"]);
  await finished;
  symlinkSync(String(worker.pid), lock);
  expect((await world.run(["apply"])).code).toBe(0);
  expect(() => readlinkSync(lock)).toThrow("ENOENT");
}, 60_000);
