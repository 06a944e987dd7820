// Contract §3, plan: sizes of the candidates against this machine, what is on disk, what was measured before; and `cached`.
import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type PlannedCandidateReport, planSchema } from "../../../worker/core/result/plan-report.ts";
import { atPhase } from "../../support/worlds/active-run.ts";
import { startHub } from "../../support/servers/hub-server.ts";
import { startLiveInTheWay } from "../../support/worlds/live-in-the-way.ts";
import { modelFiles, plantSnapshot } from "../../support/servers/model-files.ts";
import { createWorld, type World } from "../../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

let world: World;
beforeEach(async () => (world = await createWorld()));
afterEach(() => world.close());

const plan = async (args: string[], env: Record<string, string> = {}) => {
  const provider = ["--provider", "macprovider", "--provider-bin", world.provider.program];
  const finished = await world.run(["plan", "--json", ...provider, ...args], env);
  const { candidates = [] } = JSON.parse(finished.stdout) as { candidates?: PlannedCandidateReport[] };
  return { ...finished, candidates };
};

const cache = () => `${world.home}/.cache/huggingface/hub`;

test("cached takes the complete models of the cache, largest first, for any provider", async () => {
  plantSnapshot(cache(), "t/Small-1B", modelFiles({ tensorBytes: 1000 }));
  plantSnapshot(cache(), "t/Big-7B", modelFiles({ tensorBytes: 5000 }));
  const { code, candidates } = await plan(["--candidate-models", "cached"]);
  expect(code).toBe(0);
  expect(candidates).toMatchObject([
    { model: "t/Big-7B", rank: 1, weight_bytes: 5000, cached: true },
    { model: "t/Small-1B", rank: 2, weight_bytes: 1000, cached: true },
  ]);
  const simulated = await world.run(["plan", "--json", "--provider", "simulated", "--candidate-models", "cached"]);
  expect(JSON.parse(simulated.stdout)).toMatchObject({ candidates: [{ model: "t/Big-7B" }, { model: "t/Small-1B" }] });
});

test("cached with nothing in the cache says where was looked, and it cannot be mixed", async () => {
  const none = await plan(["--candidate-models", "cached"]);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining(`no complete model in ${cache()}`)]);
  const mixed = await plan(["--candidate-models", "cached,t/A-1B"]);
  expect([mixed.code, mixed.stderr]).toEqual([2, expect.stringContaining("cannot be mixed with others")]);
});

test("a model on disk is sized by its files; KV and memory are told, and the estimate is called one", async () => {
  plantSnapshot(cache(), "t/A-7B", modelFiles());
  const { candidates } = await plan(["--candidate-models", "t/A-7B", "--target-context", "4000"]);
  // modelFiles: 1000 bytes of tensors, 512 bytes of cache per token.
  const sum = 1000 + 512 * 4000 + 2e9;
  expect(candidates).toEqual([
    {
      ...{ model: "t/A-7B", rank: 1, cached: true, weight_bytes: 1000, weight_source: "cache" },
      ...{ kv_bytes_at_target: 2_048_000, memory_bytes: totalmem(), needs_bytes: sum, basis: "estimated" },
      ...{ fits: sum <= totalmem(), measured: null },
    },
  ]);
});

test("a model that is not on disk is sized by the Hub's list, without any download; not with --offline", async () => {
  const hub = await startHub({ "t/Far-7B": modelFiles({ tensorBytes: 7000, shards: 2 }) });
  try {
    const asked = await plan(["--candidate-models", "t/Far-7B,t/Gone-1B"], { HF_ENDPOINT: hub.url });
    const [far, gone] = asked.candidates;
    expect(far).toMatchObject({ cached: false, weight_source: "hub", kv_bytes_at_target: null, basis: "estimated" });
    // Two shards, each with a header of some hundred bytes; another copy of the weights lies beside them.
    expect(far?.weight_bytes).toBeGreaterThan(7000);
    expect(far?.weight_bytes).toBeLessThan(8000);
    expect(gone).toMatchObject({ cached: false, weight_bytes: null, basis: null, fits: null });
    expect(asked.stderr).toMatch(/Warning: sizes of some models are unknown: t\/Gone-1B/);
    expect(hub.requests.filter((request) => !request.path.startsWith("/api/"))).toEqual([]);
    hub.requests.length = 0;
    const offline = await plan(["--candidate-models", "t/Far-7B", "--offline"], { HF_ENDPOINT: hub.url });
    expect(offline.candidates).toMatchObject([{ weight_bytes: null, weight_source: null }]);
    expect(hub.requests).toEqual([]);
  } finally {
    await hub.close();
  }
});

test("a Hub that does not answer costs seconds, not the plan", async () => {
  const hub = await startHub({});
  hub.scenario = { hang: "requests" };
  try {
    const { code, stderr, candidates } = await plan(["--candidate-models", "t/Far-7B"], { HF_ENDPOINT: hub.url });
    expect([code, candidates.length]).toEqual([0, 1]);
    expect(stderr).toMatch(/sizes of some models are unknown: t\/Far-7B: the Hub .* within 4 s|sent nothing for 4 s/);
  } finally {
    await hub.close();
  }
});

test("what a run found out here is measured, what it did not touch is estimated; the database stays as it is", async () => {
  const busy = { loadExit: { code: 137, stderr: "[metal::malloc] Unable to allocate 20 GB" } };
  const list = plantModels(world, { "t/X-32B": busy, "t/Y-7B": {}, "t/Z-1B": {} });
  const { result } = await world.tune(shortTune({ "candidate-models": list }));
  const before = readFileSync(world.dbPath);
  const { candidates } = await plan(["--candidate-models", list, "--target-context", "256"]);
  expect(candidates.map((one) => [one.basis, one.fits])).toEqual([
    ["measured", false],
    ["measured", true],
    ["estimated", true],
  ]);
  expect(candidates[0]?.measured).toMatchObject({
    run_id: result.run_id,
    reason: expect.stringContaining("metal::malloc"),
  });
  expect(candidates[1]?.measured).toMatchObject({ target_context: 256, tps: expect.any(Number), reason: null });
  const longer = await plan(["--candidate-models", list, "--target-context", "512"]);
  expect(longer.candidates.map((one) => one.basis)).toEqual(["measured", "estimated", "estimated"]);
  expect(readFileSync(world.dbPath).equals(before)).toBe(true);
  const text = await world.run([
    "plan",
    "--provider",
    "macprovider",
    "--provider-bin",
    world.provider.program,
    "--candidate-models",
    list,
    "--target-context",
    "256",
  ]);
  expect(text.stdout).toMatch(/1\. t\/X-32B\n.*on disk\n +measured here .*did not fit: .*metal::malloc/);
  expect(text.stdout).toMatch(/2\. t\/Y-7B\n.*\(estimated\); on disk\n +measured here .* at 256 tokens: [\d.]+ tok\/s/);
  expect(text.stdout).toMatch(/\nAbout .* min, at most 2 h; likely Y-7B\.\n/);
});

const planned = async (...args: string[]) => {
  const provider = ["--provider", "macprovider", "--provider-bin", world.provider.program, "--offline"];
  const settings = [...provider, "--port", String(world.port), ...args];
  const finished = await world.run(["plan", "--json", ...settings]);
  expect(finished.code).toBe(0);
  const text = (await world.run(["plan", ...settings])).stdout;
  return { ...planSchema.parse(JSON.parse(finished.stdout)), text };
};

test("a live provider is told before the start: what the run would refuse, and what --drain would do to it", async () => {
  const { name, end } = await startLiveInTheWay(world);
  try {
    const { conflict, text } = await planned();
    expect(conflict).toMatchObject({
      refused: { message: expect.stringContaining(name), remedy: expect.stringContaining("--drain") },
      refused_with_drain: null,
      live: [{ kind: "foreground", name, drained: "stopped, and not started again without --restart-foreground" }],
    });
    expect(text).toContain(`A run would be refused. In the way: ${name}`);
    const drained = await planned("--drain", "--restart-foreground");
    expect(drained.conflict).toMatchObject({
      refused: null,
      live: [{ name, drained: expect.stringMatching(/again/) }],
    });
    expect(drained.text).toMatch(/Drained before the start:\n +foreground-PID-\d+ .*: stopped for the run and started/);
  } finally {
    await end();
  }
  const free = await planned();
  expect(free.conflict).toMatchObject({ refused: null, refused_with_drain: null, live: [] });
  expect(free.text).toContain("In the way: nothing");
});

test("the candidate of an active run is not in the way of the next one", async () => {
  const list = plantModels(world, { [MODEL]: { hangLoad: true } });
  const run = world.start(world.tuneArgs([...shortTune({ "candidate-models": list }), "--offline"]));
  await atPhase(world, "loading");
  const { conflict } = await planned();
  run.process.kill("SIGTERM");
  await run.finished;
  expect(conflict).toMatchObject({ refused: null, live: [] });
});
