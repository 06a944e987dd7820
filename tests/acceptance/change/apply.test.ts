// The heart of acceptance 9 through the built program: apply and revert on the config that a live provider under launchd really reads.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { configText, createApplyWorld, LABEL, NEW, OLD, type ApplyWorld } from "../../support/worlds/apply-world.ts";

interface Document {
  state: string;
  config: { path: string; sha256: string; sha256_after: string };
  changes: { key: string; before: unknown; after: unknown }[];
  diff: { hunks: { lines: { kind: string; text: string }[] }[] };
  notes: string[];
  backup_path: string | null;
  application_id: number | null;
  restart: { ok: boolean } | null;
  restart_after_roll_back: { ok: boolean } | null;
}

let world: ApplyWorld;
let text: string;
beforeAll(async () => {
  world = await createApplyWorld();
  text = configText(world.port);
});
beforeEach(() => world.writeConfig(text));
afterEach(() => world.reset());
afterAll(async () => expect(await world.close()).toEqual([]));

const document = (stdout: string) => JSON.parse(stdout) as Document;
const applied = () =>
  text.replace(`"${OLD}"`, `"${NEW}"`).replace("kv_bits: 4\r\n", "kv_bits: 8\r\nmax_concurrency_override: 2\r\n");
const steps = () => world.rows<{ step: string; ok: number }>("SELECT step, ok FROM v_application_steps ORDER BY id");
const applications = () => world.rows("SELECT state, owner_pid FROM v_applications ORDER BY id");
const isApplied = () => world.rows<{ applied: number }>("SELECT applied FROM v_runs").map((row) => row.applied);

test("a recipe is shown, applied, served and taken back to the byte", async () => {
  await world.loadProvider();
  const id = world.storeRecipe();
  expect(await world.served()).toEqual([OLD]);

  const shown = await world.run(["apply", "--dry-run"]);
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(shown.stdout).toContain(`+model: "${NEW}"   # the one that works`);
  expect(shown.stdout).toMatch(/max_context_override stays as it is .*2000 is the context that was measured/);
  expect([world.config(), world.backups()]).toEqual([text, []]);

  const done = await world.run(["apply", id.slice(0, 8)]);
  expect(done).toMatchObject({ code: 0 });
  expect(done.stdout).toMatch(new RegExp(`${LABEL} was restarted and answers on port ${world.port}`));
  expect(world.config()).toBe(applied());
  expect(await world.served()).toEqual([NEW]);
  expect(world.backups().map((name) => readFileSync(join(dirname(world.configPath), name), "utf8"))).toEqual([text]);
  expect(steps().map(({ step }) => step)).toEqual(["config written", "restart asked", "provider answers", "applied"]);
  expect([applications(), isApplied()]).toEqual([[{ state: "applied", owner_pid: null }], [1]]);

  const again = await world.run(["apply", "--json"]);
  expect(document(again.stdout)).toMatchObject({ state: "unchanged", restart: null, changes: [], backup_path: null });
  expect(world.backups()).toHaveLength(1);

  for (const name of world.backups()) rmSync(join(dirname(world.configPath), name));
  const back = await world.run(["revert"]);
  expect(back).toMatchObject({ code: 0 });
  expect(world.config()).toBe(text);
  expect(await world.served()).toEqual([OLD]);
  expect([applications(), isApplied()]).toEqual([[{ state: "reverted", owner_pid: null }], [0]]);

  const twice = await world.run(["revert", "1"]);
  expect(twice).toMatchObject({ code: 0, stdout: expect.stringContaining("was taken back before") });
  expect(world.config()).toBe(text);
}, 60_000);

test("a provider that does not come up gets its old config back, and serves again", async () => {
  await world.loadProvider();
  world.setScenario({ models: { [NEW]: { loadExit: { code: 1, stderr: "no such weights" } } } });
  world.storeRecipe();
  const done = await world.run(["apply", "--json", "--ready-timeout", "20"]);
  expect(done.code).toBe(70);
  expect(document(done.stdout)).toMatchObject({
    state: "rolled_back",
    restart: { ok: false },
    restart_after_roll_back: { ok: true },
  });
  expect(done.stderr).toContain("NOT APPLIED");
  expect(world.config()).toBe(text);
  expect(await world.served()).toEqual([OLD]);
  expect([applications(), isApplied()]).toEqual([[{ state: "rolled_back", owner_pid: null }], [0]]);
  expect(await world.run(["revert"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("No recipe is applied"),
  });
}, 60_000);
