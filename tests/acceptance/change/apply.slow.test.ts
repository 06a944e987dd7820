// Acceptance 9 through the built program: apply and revert on the config that a live provider under launchd really reads.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { rmSync, statSync, writeFileSync } from "node:fs";
import {
  configText,
  createApplyWorld,
  LABEL,
  NEW,
  OLD,
  SECRET,
  storedBytes,
  type ApplyWorld,
} from "../../support/worlds/apply-world.ts";

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
const isApplied = () => world.rows<{ applied: number }>("SELECT applied FROM v_runs").map((row) => row.applied);

test("a provider that only hangs is given the ready timeout; one that is down for good makes exit 8 with the command", async () => {
  await world.loadProvider();
  world.setScenario({ defaults: { hangLoad: true } });
  world.storeRecipe();
  const done = await world.run(["apply", "--ready-timeout", "1"]);
  expect(done.code).toBe(8);
  expect(done.stderr).toContain("did not answer within 1 s");
  expect(done.stderr).toContain(`launchctl kickstart -k ${world.mac.domain}/${LABEL}`);
  expect(world.config()).toBe(text);
}, 60_000);

test("the hash of the diff that was shown guards the write", async () => {
  world.storeRecipe();
  const shown = document((await world.run(["apply", "--dry-run", "--json"])).stdout);
  expect(shown).toMatchObject({ state: "would_change", config: { path: world.configPath } });
  expect(shown.changes).toContainEqual({ key: "model", before: OLD, after: NEW });
  expect(shown.diff.hunks[0]?.lines).toContainEqual(expect.objectContaining({ kind: "-", text: "kv_bits: 4" }));

  world.writeConfig(`${text}\r\nby_hand: 1\r\n`);
  const late = await world.run(["apply", "--expect", shown.config.sha256]);
  expect(late).toMatchObject({ code: 2, stderr: expect.stringContaining("was changed since the diff was shown") });
  expect(world.config()).toBe(`${text}\r\nby_hand: 1\r\n`);

  world.writeConfig(text);
  expect(await world.run(["apply", "--expect", `sha256:${shown.config.sha256}`])).toMatchObject({ code: 0 });
  expect(document((await world.run(["apply", "--json"])).stdout).config.sha256).toBe(shown.config.sha256_after);
}, 60_000);

test("two in one second get two backups, and each is taken back in turn", async () => {
  const first = world.storeRecipe();
  const second = world.storeRecipe({ model: "mlx-community/Third-1B-4bit", knobs: { kv_bits: null } });
  await world.run(["apply", first]);
  await world.run(["apply", second]);
  expect(world.backups()).toHaveLength(2);
  expect(isApplied()).toEqual([0, 1]);
  const inBetween = world.config();
  for (const force of [[], ["--force"], ["--dry-run"]])
    expect(await world.run(["revert", "1", ...force])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/application 2 was written over application 1[\s\S]*`mlx-autotune revert 2`/),
    });
  expect(world.config()).toBe(inBetween);
  await world.run(["revert"]);
  expect([world.config(), isApplied()]).toEqual([applied(), [1, 0]]);
  await world.run(["revert"]);
  expect(world.config()).toBe(text);
}, 60_000);

test("later edits of other keys stay; an owned key that was edited since is put back by force only", async () => {
  world.storeRecipe();
  await world.run(["apply"]);
  const later = `${world.config().replace("kv_bits: 8", "kv_bits: 6")}\r\nby_hand: 1\r\n`;
  world.writeConfig(later);
  const refused = await world.run(["revert"]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/kv_bits was edited.*\n.*--force/) });
  expect(world.config()).toBe(later);
  expect(await world.run(["revert", "--force"])).toMatchObject({ code: 0 });
  expect(world.config()).toBe(`${text}\r\nby_hand: 1\r\n`);
}, 60_000);

test("a config that did not exist is created private, and is gone again after the reversion", async () => {
  rmSync(world.configPath);
  world.storeRecipe();
  expect(await world.run(["apply", "--expect", "absent"])).toMatchObject({ code: 0 });
  expect(world.config()).toBe(`model: ${NEW}\nkv_bits: 8\nmax_concurrency_override: 2\n`);
  expect(statSync(world.configPath).mode & 0o777).toBe(0o600);
  expect(await world.run(["revert"])).toMatchObject({ code: 0 });
  expect(() => world.config()).toThrow("ENOENT");
}, 60_000);

test("no secret of the config is told or stored", async () => {
  await world.loadProvider({ env: { MACPROVIDER_PROVIDER_TOKEN: SECRET } });
  const lines = text.replace("kv_bits: 4", `kv_bits: 4 # token: ${SECRET}`);
  world.writeConfig(lines);
  world.storeRecipe();
  const calls = [["apply", "--dry-run"], ["apply", "--dry-run", "--json"], ["apply"], ["revert", "--json"], ["status"]];
  for (const args of calls) {
    const { stdout, stderr, code } = await world.run(args);
    expect([args, code]).toEqual([args, 0]);
    expect(stdout + stderr).not.toContain(SECRET);
  }
  writeFileSync(world.configPath, `${lines}\r\nmodel: twice-${SECRET}\r\n`);
  const refused = await world.run(["apply"]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("line 8: model stands twice") });
  expect(refused.stderr + storedBytes(world)).not.toContain(SECRET);
}, 60_000);
