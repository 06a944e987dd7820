// `run --apply` and `serve` through the built program: a tune that ends in the live provider serving its recipe, and mlx-lm's
// own config, served by us with its signals and exit code handed through.
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunResult } from "../../../worker/core/result/recipe.ts";
import { configText, createApplyWorld, LABEL, NEW, OLD, type ApplyWorld } from "../../support/worlds/apply-world.ts";
import { eventually, freePort } from "../../support/worlds/live-world.ts";
import { modelFiles, plantSnapshot } from "../../support/servers/model-files.ts";
import { shortTune } from "../../support/worlds/short-tune.ts";

let world: ApplyWorld;
let text: string;
beforeAll(async () => {
  world = await createApplyWorld();
  text = configText(world.port);
});
afterEach(() => world.reset());
afterAll(async () => expect(await world.close()).toEqual([]));

const serveYaml = () => join(world.mac.home, ".config/mlx-autotune/serve.yaml");

/** A stand-in that notes its argv and signals, and ends with 7 on SIGTERM. */
function installMlx(): string {
  const log = join(world.mac.home, "mlx.log");
  const path = join(world.mac.home, "bin", "mlx_lm.server");
  const note = (what: string) => `require("fs").appendFileSync(${JSON.stringify(log)}, ${what} + "\\n");`;
  writeFileSync(
    path,
    `#!${process.execPath}
${note("process.argv.slice(2).join(' ')")}
if (process.argv.includes("--exit")) process.exit(3);
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => { ${note("signal")} process.exit(7); });
setInterval(() => {}, 1000);
`,
  );
  chmodSync(path, 0o755);
  writeFileSync(log, "");
  return log;
}
const lines = (path: string) => readFileSync(path, "utf8").trim().split("\n");

test("a tune with --drain --apply ends with the live provider serving its recipe; its config is as revert left it", async () => {
  world.writeConfig(text);
  await world.loadProvider();
  plantSnapshot(join(world.mac.home, ".cache/huggingface/hub"), NEW, modelFiles());
  const tune = [
    "--provider",
    "macprovider",
    "--provider-bin",
    join(world.mac.home, "bin/macprovider-cli"),
    "--offline",
  ];
  const args = [...tune, "--port", String(await freePort()), "--drain", "--apply", "--json"];
  const done = await world.run(["run", ...shortTune({ "candidate-models": NEW }), ...args]);
  const result = JSON.parse(done.stdout) as RunResult;
  expect(result).toMatchObject({ exit_reason: "ok", application: { state: "applied", config_path: world.configPath } });
  expect([done.code, await world.served()]).toEqual([0, [NEW]]);
  expect(done.stderr).toContain(`${LABEL} was restarted and answers`);
  // The run's own cap of 256 tokens was measured, and is not served.
  expect(world.config()).not.toContain("max_context_override");
  expect(world.rows("SELECT kind, text FROM v_notes WHERE kind LIKE 'apply%'")).toEqual([
    { kind: "apply applied", text: world.configPath },
  ]);
  expect((await world.run(["status"])).stdout).toMatch(/^Applied: New-7B-4bit .*mlx-autotune revert 1$/m);
  await world.run(["revert"]);
  expect([world.config(), await world.served()]).toEqual([text, [OLD]]);
}, 90_000);

test("a run whose recipe may not be applied ends as ever, and says why not", async () => {
  const port = String(await freePort());
  const done = await world.run(["run", "--provider", "simulated", "--port", port, "--apply", "--json", ...shortTune()]);
  expect(done).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/NOT APPLIED: .*simulated[\s\S]*Later: mlx-autotune apply/),
  });
  expect(JSON.parse(done.stdout)).toMatchObject({ exit_reason: "ok", application: { state: "refused" } });
}, 60_000);

test("for mlx-lm serve.yaml is written and taken back, prefill_step_size included, and nothing of the macprovider's", async () => {
  world.writeConfig(text);
  const knobs = { kv_bits: null, max_concurrency_override: 4, max_context_override: null, prefill_step_size: 512 };
  world.storeRecipe({ provider: "mlx-lm", knobs });
  const done = await world.run(["apply"]);
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("To serve it now: mlx-autotune serve") });
  expect(readFileSync(serveYaml(), "utf8")).toBe(
    `model: ${NEW}\nmax_concurrency_override: 4\nprefill_step_size: 512\n`,
  );
  const log = installMlx();
  const serving = world.start(["serve", "--", "--port", "9"]);
  await eventually("it serves", () => lines(log)[0] !== "");
  const knobFlags = "--decode-concurrency 4 --prompt-concurrency 4 --prefill-step-size 512";
  expect(lines(log)[0]).toMatch(new RegExp(`^--model ${NEW} ${knobFlags} --prompt-cache-size \\d+ --port 9$`));
  serving.process.kill("SIGTERM");
  expect(await serving.finished).toMatchObject({ code: 7, stdout: "" });
  expect(lines(log).at(-1)).toBe("SIGTERM");
  expect((await world.run(["revert"])).code).toBe(0);
  expect([existsSync(serveYaml()), world.config()]).toEqual([false, text]);
}, 60_000);

test("serve of a run starts its own serve command and hands its exit code on", async () => {
  const log = installMlx();
  const serveCommand = `mlx_lm.server --model '/models/with space' --kv-bits 8 --quantized-kv-start 0 --prompt-cache-size 3`;
  const id = world.storeRecipe({ provider: "mlx-lm", serveCommand });
  const done = await world.run(["serve", id.slice(0, 8), "--", "--exit"]);
  expect(done).toMatchObject({ code: 3, stdout: "" });
  expect(lines(log)).toEqual([
    "--model /models/with space --kv-bits 8 --quantized-kv-start 0 --prompt-cache-size 3 --exit",
  ]);
  expect(await world.run(["serve"])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no .*serve.yaml yet\n.*apply/),
  });
  const killed = world.start(["serve", id]);
  await eventually("it serves", () => lines(log).length === 2);
  killed.process.kill("SIGHUP");
  expect((await killed.finished).code).toBe(7);
}, 60_000);

test("a service that runs `mlx-autotune serve` is restarted and must generate a token with the new model", async () => {
  const port = await freePort();
  const server = join(world.mac.home, "bin", "mlx_lm.server");
  writeFileSync(
    server,
    `#!${process.execPath}
const model = process.argv[process.argv.indexOf("--model") + 1];
require("http").createServer((request, response) => {
  const fine = request.url === "/v1/models" || !model.includes("Broken");
  response.writeHead(fine ? 200 : 404).end(fine ? "{}" : '{"error": "generation thread died"}');
}).listen(${port}, "127.0.0.1");
`,
  );
  chmodSync(server, 0o755);
  world.storeRecipe({ provider: "mlx-lm" });
  expect((await world.run(["apply"])).code).toBe(0);
  const PATH = world.mac.env["PATH"] ?? "";
  await world.mac.load({
    label: "me.serve",
    argv: [process.execPath, join(process.cwd(), "assets/worker/cli.cjs"), "serve"],
    env: { PATH },
    keepAlive: true,
  });
  await eventually(
    "it answers",
    async () => (await fetch(`http://127.0.0.1:${port}/v1/models`).catch(() => null))?.ok === true,
  );
  world.storeRecipe({ provider: "mlx-lm", model: "x/Second" });
  const done = await world.run(["apply"]);
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("me.serve was restarted and answers") });
  world.storeRecipe({ provider: "mlx-lm", model: "x/Broken" });
  const broken = await world.run(["apply", "--ready-timeout", "12"]);
  expect([broken.code, readFileSync(serveYaml(), "utf8")]).toEqual([70, expect.stringContaining("model: x/Second")]);
}, 90_000);
