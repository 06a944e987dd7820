// Contract §6 and §16 case 8: weights that cannot be had skip the candidate, weights that are wrong end the run.
import { existsSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { resultSchema, type RunResult } from "../../../worker/core/result/recipe.ts";
import { startHub, type HubServer } from "../../support/servers/hub-server.ts";
import { modelFiles, plantSnapshot } from "../../support/servers/model-files.ts";
import { createWorld, type Finished, type World } from "../../support/worlds/program.ts";
import { shortTune } from "../../support/worlds/short-tune.ts";

const POINTER = Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
const [BIG, SMALL] = ["t/Big-7B", "t/Small-1B"];

let world: World;
let hub: HubServer;
beforeEach(async () => {
  world = await createWorld();
  hub = await startHub({ [BIG]: modelFiles({ tensorBytes: 2000 }), [SMALL]: modelFiles() });
});
afterEach(async () => {
  await hub.close();
  await world.close();
});

async function tune(...more: string[]): Promise<Finished & { result: RunResult }> {
  const args = ["--json", ...shortTune({ "candidate-models": `${BIG},${SMALL}` }), ...more];
  const finished = await world.run(world.tuneArgs(args), { HF_ENDPOINT: hub.url });
  return { ...finished, result: resultSchema.parse(JSON.parse(finished.stdout)) };
}

const cache = () => join(world.home, ".cache/huggingface/hub");
const started = () => new Set(world.provider.noted("start").map((start) => start["model"]));
const askedFor = (model: string) => hub.requests.filter((request) => request.path.includes(model));
const refusals = () =>
  world.rows("SELECT model, fits, misfit_class, reason, replicates_n FROM tune_trials WHERE fits = 0");

test("missing weights are downloaded before the start, and the time is not measured", async () => {
  const { code, result, stderr } = await tune();
  expect([code, stderr]).toEqual([0, expect.stringContaining(`✓ ${BIG} serves 256 tokens`)]);
  expect(result.recommendation?.model).toBe(BIG);
  expect(askedFor(SMALL)).toEqual([]);
  const phases = world.rows<{ phase: string; stage: number }>("SELECT phase, stage FROM tune_phases ORDER BY id");
  const names = phases.map((row) => row.phase);
  expect(names.indexOf("pre-warm")).toBeGreaterThanOrEqual(0);
  expect(names.indexOf("pre-warm")).toBeLessThan(names.indexOf("loading"));
});

test("8: a transient failure: the candidate is infeasible, the next one is tried", async () => {
  delete hub.models[BIG];
  const { code, result, stderr } = await tune();
  expect(code).toBe(0);
  expect(result.recommendation?.model).toBe(SMALL);
  expect(result.infeasible).toEqual([
    { model: BIG, rank: 1, class: "pre_warm", reason: expect.stringMatching(/^pre-warm transient: t\/Big-7B: /) },
  ]);
  expect(stderr).toContain(`✗ ${BIG}: pre-warm transient: `);
  expect(started()).toEqual(new Set([SMALL]));
  expect(refusals()).toEqual([
    { model: BIG, fits: 0, misfit_class: "pre_warm", reason: result.infeasible[0]?.reason, replicates_n: 0 },
  ]);
});

test("8: an integrity failure: exit 5, nothing smaller is tried", async () => {
  hub.scenario = { wrongBody: "model.safetensors" };
  const { code, result, stderr } = await tune();
  expect(code).toBe(5);
  expect(result).toMatchObject({ exit_reason: "pre_warm_integrity_failure", recommendation: null, recipe_hash: null });
  expect(result.detail).toMatch(/t\/Big-7B.*model\.safetensors/);
  expect(stderr).toContain("NO RECOMMENDATION (pre_warm_integrity_failure)");
  expect(started().size).toBe(0);
  expect(askedFor(SMALL)).toEqual([]);
  expect(world.rows("SELECT * FROM tune_trials")).toEqual([]);
});

test("a weight file in the cache whose header is broken is an integrity failure, too", async () => {
  const snapshot = plantSnapshot(cache(), BIG, modelFiles());
  writeFileSync(realpathSync(join(snapshot, "model.safetensors")), "this was a model once");
  const { code, result } = await tune();
  expect(code).toBe(5);
  expect(result.detail).toMatch(/t\/Big-7B: .*model\.safetensors[^]*\n(Remove|Delete)/);
  expect(started().size).toBe(0);
});

test.each([
  "error: signature mismatch for model.safetensors",
  "ValueError: sha256 of the artifact does not match the catalog",
  "Error: Required configuration file missing: tokenizer.json",
  "safetensors: Invalid JSON header",
])("the provider itself finds the weights wrong (%s): exit 5", async (stderr) => {
  for (const model of [BIG, SMALL]) plantSnapshot(cache(), model, modelFiles());
  world.provider.setScenario({ models: { [BIG]: { loadExit: { code: 1, stderr } } } });
  const { code, result } = await tune();
  expect(code).toBe(5);
  expect(result.exit_reason).toBe("pre_warm_integrity_failure");
  expect(result.detail).toContain(stderr);
  expect(started()).toEqual(new Set([BIG]));
});

test("a library whose code signature is invalid is no damage of the model: the next one is tried", async () => {
  for (const model of [BIG, SMALL]) plantSnapshot(cache(), model, modelFiles());
  const stderr =
    "dlopen(/L/libaccel.dylib): tried: '/L/libaccel.dylib' (code signature invalid (errno=1) sliceOffset=0x0)";
  world.provider.setScenario({ models: { [BIG]: { loadExit: { code: 1, stderr } } } });
  const { code, result, stderr: told } = await tune();
  expect([code, result.recommendation?.model]).toEqual([0, SMALL]);
  expect(result.infeasible[0]?.reason).toContain(`${stderr} (the server's installation is broken, not the model`);
  expect(told).not.toMatch(/Delete the model/);
});

test.each([
  ["a config.json that is none", { "config.json": Buffer.from("{oops") }, "config.json is not JSON"],
  ["a pointer of Git LFS for weights", { "model.safetensors": POINTER }, "only a pointer of Git LFS"],
])("%s costs its own model only", async (_name, files, reason) => {
  plantSnapshot(cache(), SMALL, modelFiles());
  plantSnapshot(cache(), BIG, { ...modelFiles(), ...files });
  const { code, result } = await tune("--offline");
  expect([code, result.recommendation?.model]).toEqual([0, SMALL]);
  expect(result.infeasible[0]).toMatchObject({ class: "pre_warm", reason: expect.stringContaining(reason) });
});

test("a model trained for fewer positions than the target is measured, and that is said", async () => {
  const config = Buffer.from(JSON.stringify({ architectures: ["LlamaForCausalLM"], max_position_embeddings: 128 }));
  plantSnapshot(cache(), BIG, { ...modelFiles(), "config.json": config });
  const { code, result, stderr } = await tune("--offline");
  const said = "trained for 128 positions, fewer than the 256 tokens asked for";
  expect([code, result.recommendation?.model]).toEqual([0, BIG]);
  expect(result.recommendation?.findings[0]).toContain(said);
  expect(stderr).toContain(`${BIG}: ${said}`);
});

test("--offline asks nobody; what is complete on disk is served all the same", async () => {
  plantSnapshot(cache(), SMALL, modelFiles());
  const { code, result } = await tune("--offline");
  expect(code).toBe(0);
  expect(result.recommendation?.model).toBe(SMALL);
  expect(result.infeasible[0]?.reason).toMatch(/^pre-warm transient: t\/Big-7B: offline, and .*run without --offline/);
  expect(hub.requests).toEqual([]);
});

test("if no candidate's weights can be had, nothing fits: exit 3, nothing started", async () => {
  hub.scenario = { status: 403 };
  const { code, result, stderr } = await tune();
  expect(code).toBe(3);
  expect(result.infeasible.map((one) => one.class)).toEqual(["pre_warm", "pre_warm"]);
  expect(stderr).toMatch(/Smallest: t\/Small-1B: pre-warm transient: [^]*Larger: +t\/Big-7B: pre-warm transient: /);
  expect(world.provider.noted()).toEqual([]);
  expect(existsSync(join(cache(), "models--t--Big-7B", "snapshots"))).toBe(false);
});
