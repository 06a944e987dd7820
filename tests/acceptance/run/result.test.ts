// Contract §10 and §16 cases 11 and 12: the document on stdout, the readable block, and the recipe's hash.
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as formats from "ajv-formats";
import { startListener } from "../../support/servers/foreign-listener.ts";
import { createWorld, type Finished, until, type World } from "../../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

const ajv = new Ajv2020({ allErrors: true });
// Its types describe CommonJS, which the default import is here.
(formats.default as unknown as (on: Ajv2020) => void)(ajv);
const validate = ajv.compile(JSON.parse(readFileSync("docs/result.schema.json", "utf8")) as object);

let world: World;
beforeEach(async () => (world = await createWorld()));
afterEach(() => world.close());

/** stdout as a whole, checked against the published schema. */
function documentOf({ stdout }: Finished): Record<string, unknown> {
  const document = JSON.parse(stdout) as Record<string, unknown>;
  validate(document);
  expect(validate.errors).toBeNull();
  return document;
}

describe("11: --json: one document that the published schema knows, and the readable text on stderr", () => {
  const json = (changes = {}) => world.tuneArgs(["--json", "--offline", ...shortTune(changes)]);

  test("ok", async () => {
    plantModels(world, { [MODEL]: {} });
    const finished = await world.run(json());
    const document = documentOf(finished);
    expect(document).toMatchObject({
      exit_reason: "ok",
      recommendation: { model: MODEL, partial: false },
      detail: null,
    });
    expect(finished.stderr).toContain("\nRECOMMENDATION\n");
    expect(finished.stderr).toContain(document["recipe_hash"]);
    const [row] = world.rows<{ recommendation_json: string }>("SELECT * FROM tune_runs");
    expect(JSON.parse(row?.recommendation_json ?? "")).toEqual(document);
  });

  test("no_feasible", async () => {
    plantModels(world, { [MODEL]: { loadExit: { code: 1, stderr: "no such architecture" } } });
    const finished = await world.run(json());
    expect(documentOf(finished)).toMatchObject({ exit_reason: "no_feasible", recommendation: null, recipe_hash: null });
    expect(finished.code).toBe(3);
    expect(finished.stderr).toMatch(/NO RECOMMENDATION \(no_feasible\)[^]*no such architecture[^]*--target-context/);
  });

  test("config_error", async () => {
    const finished = await world.run(json({ "max-tokens": "0" }));
    expect(documentOf(finished)).toMatchObject({ exit_reason: "config_error", recommendation: null });
    expect(finished.code).toBe(2);
  });

  test("provider_conflict, naming who listens", async () => {
    plantModels(world, { [MODEL]: {} });
    const listener = await startListener(world.port);
    const finished = await world.run(json());
    await listener.close();
    expect(documentOf(finished)).toMatchObject({ exit_reason: "provider_conflict", recommendation: null });
    expect(finished.code).toBe(4);
    expect(finished.stderr).toMatch(new RegExp(`port-${world.port} \\(PID ${listener.pid}[^]*Choose another --port`));
    expect(world.provider.noted("start")).toEqual([]);
  });

  test("interrupted, and busy in the meantime", async () => {
    plantModels(world, { [MODEL]: { hangLoad: true } });
    const running = world.start(json());
    await until("the load", () => world.provider.noted("start").length > 0);
    const second = await world.run(json());
    expect(second.code).toBe(75);
    expect(JSON.parse(second.stdout)).toMatchObject({ exit_code: 75, error: { code: "busy" } });
    expect(second.stderr).toMatch(/^Error: run \S+ is active \(pid \d+, since \S+\); only one run can be\nWatch it/);
    process.kill(running.pid, "SIGINT");
    const finished = await running.finished;
    expect(documentOf(finished)).toMatchObject({ exit_reason: "interrupted", recommendation: null, infeasible: [] });
    expect(finished.code).toBe(130);
    expect(world.rows("SELECT * FROM tune_trials")).toEqual([]);
  });

  test("without --json the block is on stdout, ready to paste, and the progress on stderr", async () => {
    plantModels(world, { [MODEL]: {}, "t/Small-1B": {} });
    const { code, stdout, stderr } = await world.run(
      world.tuneArgs(["--offline", ...shortTune({ "candidate-models": `${MODEL},t/Small-1B` })]),
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\nRECOMMENDATION\n {2}model +t\/Model-7B\n {2}knobs +kv unset · batch 1 · context 256\n/);
    expect(stdout).toMatch(
      /throughput +\d+(\.\d+)? tok\/s median of 1\n {2}decode +\d.*\n {2}TTFT +\d.* p95 \(gate 60\.00 s\)/,
    );
    expect(stdout).toMatch(/\n {2}mlx-autotune run .*--candidate-models t\/Small-1B --target-context 256\n/);
    expect(stdout).toMatch(/Serve it:\n {2}\S+ serve --model t\/Model-7B --max-batch 1 --max-context 256\n/);
    expect(stdout).not.toMatch(/--no-join|--port|--config/);
    expect(stderr).toMatch(
      /^Models are looked for in \S+ \(the usual place\)\.\nLooking for the first that serves 256 tokens: Model-7B, Small-1B \(macprovider 1\.4\.0, /,
    );
    expect(stderr).not.toContain("RECOMMENDATION");
  });
});

test("12: the same recipe has the same hash, another version of the program another one", async () => {
  plantModels(world, { [MODEL]: {} });
  const hash = async () => (await world.tune(shortTune())).result.recipe_hash;
  const first = await hash();
  expect(first).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await hash()).toBe(first);
  world.provider.setScenario({ version: "macprovider-cli 1.5.0", models: { [MODEL]: {} } });
  expect(await hash()).not.toBe(first);
});
