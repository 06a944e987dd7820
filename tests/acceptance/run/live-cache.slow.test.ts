// Contract §6: a run that has no HF_ variables (Raycast, launchd) takes those of the live provider, so that a model that is cached there is
// not downloaded again; which cache it was is said, a token never is.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { doctorSchema } from "../../../worker/core/result/check.ts";
import { planSchema } from "../../../worker/core/result/plan-report.ts";
import { type DrainWorld, LABEL, onMac } from "../../support/worlds/drain-world.ts";
import { startHub } from "../../support/servers/hub-server.ts";
import { modelFiles, plantSnapshot } from "../../support/servers/model-files.ts";
import { shortTune } from "../../support/worlds/short-tune.ts";
import { removeFolder } from "../../support/worlds/remove-folder.ts";

const FAR = "t/Far-7B";
const SECRET = "hf_secretsecretsecret";

/** A Mac whose live provider has a cache of its own, at HF_HOME, and a Hub and token. */
async function withOwnCache(world: DrainWorld, hub: string): Promise<string> {
  const hfHome = join(world.home, "Volumes/SSD/hf");
  plantSnapshot(join(hfHome, "hub"), FAR, modelFiles());
  world.provider.setScenario({ models: { [FAR]: {} } });
  const env = { HF_HOME: "$HOME/Volumes/SSD/hf", HF_ENDPOINT: hub, HF_TOKEN: SECRET };
  const argv = [world.mac.program("malibu-cli"), "serve", "--port", String(world.livePort)];
  world.plist = await world.mac.load({ label: LABEL, argv, keepAlive: true, extra: { ExitTimeOut: 2 }, env });
  delete (world.env as Record<string, string | undefined>)["HF_ENDPOINT"];
  return join(hfHome, "hub");
}

test(
  "plan, doctor and a drained run use the live provider's cache, and say so without its token",
  () =>
    onMac(async (world) => {
      const hub = await startHub({ "t/Gone-1B": modelFiles() });
      try {
        const folder = await withOwnCache(world, hub.url);
        const said = `Models are looked for in ${folder} (HF_HOME of launchd-managed ${LABEL})`;
        const real = [
          "--provider",
          "macprovider",
          "--provider-bin",
          world.provider.program,
          "--port",
          String(world.port),
        ];

        const plan = await world.run(["plan", "--json", ...real, "--candidate-models", `${FAR},t/Gone-1B`]);
        const { candidates, cache } = planSchema.parse(JSON.parse(plan.stdout));
        expect(candidates.map((one) => [one.model, one.cached, one.weight_source])).toEqual([
          [FAR, true, "cache"],
          ["t/Gone-1B", false, "hub"],
        ]);
        expect(cache).toContain(said);
        expect(new Set(hub.requests.map((one) => one.authorization))).toEqual(new Set([`Bearer ${SECRET}`]));

        const doctor = await world.run(["doctor", "--json", "--drain", ...real]);
        const models = doctorSchema.parse(JSON.parse(doctor.stdout)).checks.find((one) => one.id === "models");
        expect(models?.text).toMatch(
          /^1 complete in .*SSD\/hf\/hub \(HF_HOME of launchd-managed live\.malibu\.provider\)/,
        );

        const run = await world.start(world.drainArgs({ "candidate-models": FAR })).finished;
        expect([run.code, run.stderr]).toEqual([0, expect.stringContaining(said)]);
        expect(world.rows("SELECT text FROM tune_notes WHERE kind = 'cache'")).toEqual([
          { text: expect.stringContaining(said) },
        ]);
        for (const { stdout, stderr } of [plan, doctor, run]) expect(stdout + stderr).not.toContain(SECRET);
        expect(JSON.stringify(world.rows("SELECT * FROM tune_notes"))).not.toContain(SECRET);
        await world.expectAsBefore();
      } finally {
        await hub.close();
      }
    }, null),
  180_000,
);

test("the run's own variable beats the live provider's", () =>
  onMac(async (world) => {
    await withOwnCache(world, "http://127.0.0.1:9");
    const own = { HF_HUB_CACHE: join(world.home, "mine") };
    const { code, stderr } = await world.run(
      world.tuneArgs(["--offline", ...shortTune({ "candidate-models": FAR })]),
      own,
    );
    expect([code, stderr]).toEqual([4, expect.stringContaining(`looked for in ${own.HF_HUB_CACHE} (HF_HUB_CACHE)`)]);
  }, null));

test("the evidence shows the cache that a run would use", () =>
  onMac(async (world) => {
    await withOwnCache(world, "http://127.0.0.1:9");
    const file = join(world.home, "evidence");
    await world.run([
      "doctor",
      "--evidence",
      file,
      "--provider",
      "macprovider",
      "--provider-bin",
      world.provider.program,
    ]);
    const text = readFileSync(file, "utf8");
    expect(text).toContain("models--t--Far-7B");
    expect(text).toContain(`HF_HOME of launchd-managed ${LABEL}`);
    expect(text).not.toContain(SECRET);
  }, null));

interface StatusDocument {
  recipe: { state: string; differences: { what: string; where?: string }[] };
}

const recipeIn = async (world: DrainWorld, env: Record<string, string> = {}) =>
  (JSON.parse((await world.run(["status", "--json"], env)).stdout) as StatusDocument).recipe;

test("status looks for the recipe's model where the run found it, and says where it is not", () =>
  onMac(async (world) => {
    const folder = await withOwnCache(world, "http://127.0.0.1:9");
    expect((await world.start(world.drainArgs({ "candidate-models": FAR })).finished).code).toBe(0);
    expect(await recipeIn(world)).toMatchObject({ state: "fresh", differences: [] });
    const mine = join(world.home, "mine");
    const where = `${mine} (HF_HUB_CACHE)`;
    expect((await recipeIn(world, { HF_HUB_CACHE: mine })).differences).toEqual([
      expect.objectContaining({ what: "model revision", now: null, where }),
    ]);
    expect((await world.run(["status"], { HF_HUB_CACHE: mine })).stdout).toContain(`now not there in ${where}`);
    removeFolder(join(folder, "models--t--Far-7B"));
    const gone = `${folder} (HF_HOME of launchd-managed ${LABEL})`;
    expect((await recipeIn(world)).differences).toEqual([expect.objectContaining({ now: null, where: gone })]);
  }, null));

test("serve hands on the cache, token and address that the run had, and says which cache", () =>
  onMac(async (world) => {
    const folder = await withOwnCache(world, "http://127.0.0.1:9");
    expect((await world.start(world.drainArgs({ "candidate-models": FAR })).finished).code).toBe(0);
    const given = join(world.home, "given");
    const program = join(world.home, "bin/macprovider-cli");
    writeFileSync(program, `#!/bin/sh\nenv >'${given}'\n`, { mode: 0o755 });
    const [{ run_id: run } = { run_id: "" }] = world.rows<{ run_id: string }>("SELECT run_id FROM tune_runs");
    const { code, stderr } = await world.run(["serve", run, "--provider-bin", program]);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(`Models are looked for in ${folder} (HF_HOME of launchd-managed ${LABEL})`),
    ]);
    expect(stderr).not.toContain(SECRET);
    expect(readFileSync(given, "utf8").split("\n")).toEqual(
      expect.arrayContaining([`HF_HUB_CACHE=${folder}`, `HF_TOKEN=${SECRET}`, "HF_ENDPOINT=http://127.0.0.1:9"]),
    );
  }, null));
