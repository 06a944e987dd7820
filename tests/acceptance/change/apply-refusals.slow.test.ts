// Acceptance 9 through the built program: every refusal of section 12 says what and what to do, and writes nothing.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import {
  configText,
  createApplyWorld,
  LABEL,
  NEW,
  type ApplyWorld,
  type RecipePart,
} from "../../support/worlds/apply-world.ts";
import { plistText } from "../../support/mac/write-plist.ts";
import { ME, newRun } from "../../support/store/store-fixtures.ts";
import { openStore } from "../../../worker/store/store.ts";

let world: ApplyWorld;
let text: string;
beforeAll(async () => {
  world = await createApplyWorld();
  text = configText(world.port);
});
beforeEach(() => world.writeConfig(text));
afterEach(() => world.reset());
afterAll(async () => expect(await world.close()).toEqual([]));

const isRoot = process.getuid?.() === 0;

/** Apply is refused with code 2, the words and a remedy; file, folder and store are as before. */
async function refused(args: string[], words: RegExp, remedy: RegExp, config = text): Promise<void> {
  const done = await world.run(["apply", ...args]);
  expect(done.stderr).toMatch(words);
  expect(done.stderr).toMatch(remedy);
  expect([done.code, done.stdout, world.config(), world.backups()]).toEqual([2, "", config, []]);
  expect(world.rows("SELECT * FROM v_applications")).toEqual([]);
}

describe("what the config says", () => {
  test.each<[string, (text: string) => string, RegExp, RegExp]>([
    ["no YAML", (t) => t.replace("kv_bits: 4", "kv_bits: [4"), /not valid YAML/, /Mend the file/],
    ["a key that stands twice", (t) => `${t}\nkv_bits: 8\n`, /line 8: kv_bits stands twice/, /Remove one of them/],
    ["pinned weights", (t) => `${t}\nmodel_artifact_path: /w\n`, /model_artifact_path pins the weights/, /Remove/],
    ["a pinned catalogue", (t) => `${t}\nmodel_catalog_key: k\n`, /model_catalog_key pins the weights/, /Remove/],
  ])("%s", async (_, changed, words, remedy) => {
    const config = changed(text);
    world.writeConfig(config);
    world.storeRecipe();
    await refused([], words, remedy, config);
  });
});

describe("what the recipe is", () => {
  test.each<[string, RecipePart, string[], RegExp, RegExp]>([
    ["partial", { partial: true }, [], /the recipe is partial/, /--force/],
    ["simulated", { simulated: true }, [], /the recipe was simulated/, /--force to write it into the simulator's own/],
    [
      "simulated, for a real provider, even by force",
      { simulated: true, provider: "macprovider" },
      ["--force"],
      /nothing of it was measured on this machine/,
      /real provider/,
    ],
    ["a swept context where no cap is configured", { contexts: [2000, 4000] }, [], /2000 is below/, /--lower-context/],
  ])("%s", async (_, part, args, words, remedy) => {
    world.storeRecipe(part);
    await refused(args, words, remedy);
  });

  test("a swept context is written where it raises, or by --lower-context, and left alone by --keep-context", async () => {
    world.storeRecipe({ contexts: [2000, 4000], knobs: { max_context_override: 4000 } });
    const plan = async (...args: string[]) => (await world.run(["apply", "--dry-run", ...args])).stdout;
    expect(await plan("--lower-context")).toContain("+max_context_override: 4000");
    expect(await plan("--keep-context")).toMatch(/stays as it is.*--keep-context was given/);
    world.writeConfig(`${text}\nmax_context_override: 3000\n`);
    expect(await plan()).toContain("-max_context_override: 3000");
  });

  test("no run, no recipe, and a prefix of none are not found", async () => {
    expect(await world.run(["apply"])).toMatchObject({ code: 1, stderr: expect.stringContaining("no run has found") });
    world.storeRecipe();
    expect(await world.run(["apply", "zz"])).toMatchObject({ code: 1, stderr: expect.stringContaining('no run "zz"') });
    expect(await world.run(["revert", "9"])).toMatchObject({ code: 1 });
  });
});

describe("how the provider is started", () => {
  const plist = (argv: string[], env: Record<string, string> = {}) => {
    const path = join(world.mac.home, "Library/LaunchAgents", `${LABEL}.plist`);
    writeFileSync(path, plistText({ Label: LABEL, ProgramArguments: argv, EnvironmentVariables: env }));
  };

  test("a variable or flag that goes before the config is refused by its name, loaded or not", async () => {
    world.storeRecipe();
    plist(["macprovider-cli", "serve"], { MACPROVIDER_MODEL: "x/Other", MACPROVIDER_KV_BITS: "4" });
    await refused([], /sets MACPROVIDER_MODEL[\s\S]*sets MACPROVIDER_KV_BITS/, /Take the variable out/);
    plist(["macprovider-cli", "serve", "--max-batch", "1"]);
    await refused([], /started with --max-batch/, /Take the flag out/);
    await world.loadProvider({ env: { MACPROVIDER_KV_BITS: "4" } });
    await refused([], /sets MACPROVIDER_KV_BITS/, /its plist/);
  });

  test("the file is the one that the plist names: --config before MACPROVIDER_CONFIG before the default", async () => {
    world.storeRecipe();
    const target = async () =>
      (JSON.parse((await world.run(["apply", "--dry-run", "--json"])).stdout) as { config: { path: string } }).config
        .path;
    expect(await target()).toBe(world.configPath);
    plist(["macprovider-cli", "serve"], { MACPROVIDER_CONFIG: "/tmp/by-variable.yaml" });
    expect(await target()).toBe("/tmp/by-variable.yaml");
    plist(["/bin/sh", "-c", "exec macprovider-cli serve --config ~/by-flag.yaml"], {
      MACPROVIDER_CONFIG: "/tmp/x.yaml",
    });
    expect(await target()).toBe(join(world.mac.home, "by-flag.yaml"));
  });

  test("an update of the provider under way", async () => {
    await world.loadProvider();
    world.storeRecipe();
    const pending = join(world.mac.home, ".local/share/macprovider/autoupdate/pending.json");
    mkdirSync(dirname(pending), { recursive: true });
    writeFileSync(pending, "{}");
    const done = await world.run(["apply"]);
    unlinkSync(pending);
    expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining("being updated") });
    expect(world.config()).toBe(text);
  });
});

describe("what the file is", () => {
  beforeEach(() => void world.storeRecipe());

  test("read-only, and hard-linked", async () => {
    chmodSync(world.configPath, 0o444);
    await refused([], /is read-only/, /chmod u\+w/);
    chmodSync(world.configPath, 0o644);
    linkSync(world.configPath, join(dirname(world.configPath), "second"));
    await refused([], /has 2 hard links/, /Remove the other links/);
  });

  (isRoot ? test : test.skip)("behind a symlink of another user", async () => {
    const real = join(world.mac.home, "elsewhere.yaml");
    renameSync(world.configPath, real);
    symlinkSync(real, world.configPath);
    chownSync(real, 12345, 12345);
    await refused([], /belongs to another user/, /Replace the symlink/);
  });

  test("an own symlink is followed and stays one", async () => {
    const real = join(world.mac.home, "dotfiles.yaml");
    renameSync(world.configPath, real);
    symlinkSync(real, world.configPath);
    expect(await world.run(["apply"])).toMatchObject({ code: 0 });
    expect(world.config()).toContain(NEW);
    expect(await world.run(["revert"])).toMatchObject({ code: 0 });
    expect(world.config()).toBe(text);
    expect(lstatSync(world.configPath).isSymbolicLink()).toBe(true);
  });
});

test("beside an active run nothing is written, and no run begins beside an apply", async () => {
  world.storeRecipe();
  const store = openStore(world.dbPath);
  const run = store.beginRun(newRun("11111111-0000-4000-8000-000000000000"), ME, () => true);
  expect(await world.run(["apply", "--json"])).toMatchObject({ code: 75, stdout: expect.stringContaining('"busy"') });
  expect(await world.run(["revert"])).toMatchObject({ code: 75 });
  expect(await world.run(["apply", "--dry-run"])).toMatchObject({ code: 0 });
  expect(world.config()).toBe(text);
  run.ended({
    exitReason: "no_feasible",
    detail: null,
    recommendationJson: null,
    recipeHash: null,
    thermalDrift: null,
  });
  const application = { runId: "r", provider: "macprovider", model: NEW, configPath: "/c", edits: [] };
  store.applications.begin({ ...application, beforeSha256: null, afterSha256: "0" }, ME, () => true);
  expect(() => store.beginRun(newRun("2"), ME, () => true)).toThrow("being applied or reverted");
  store.close();
});
