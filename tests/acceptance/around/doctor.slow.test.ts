// Contract §15, doctor and stale: what a newcomer is told, what stops a run, and that looking changes nothing.
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { type Check, doctorSchema, type DoctorReport } from "../../../worker/core/result/check.ts";
import { openStore } from "../../../worker/store/store.ts";
import { atPhase } from "../../support/worlds/active-run.ts";
import { answersOn, eventually } from "../../support/worlds/live-world.ts";
import { startListener } from "../../support/servers/foreign-listener.ts";
import { createWorld, freePort, type World } from "../../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";
import { ME } from "../../support/store/store-fixtures.ts";

let world: World;
beforeEach(async () => (world = await createWorld()));
afterEach(() => world.close());

const doctor = async (...args: string[]): Promise<{ code: number | null; report: DoctorReport; of: Find }> => {
  const finished = await world.run(["doctor", "--json", "--port", String(world.port), ...args]);
  const report = doctorSchema.parse(JSON.parse(finished.stdout));
  expect(finished.code).toBe(report.could_start ? 0 : 1);
  return { code: finished.code, report, of: (id) => report.checks.find((one) => one.id === id) };
};
type Find = (id: Check["id"]) => Check | undefined;

const SIMULATED = ["--provider", "simulated"];

/** Names and hashes of the files in a folder. */
function state(folder: string): string[] {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const hash = (name: string) =>
    createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex");
  return files.map(({ name }) => `${name} ${hash(name)}`).sort();
}

function writeConfig(text: string): void {
  mkdirSync(dirname(world.dbPath), { recursive: true });
  writeFileSync(join(dirname(world.dbPath), "config.yaml"), text);
}

test("a newcomer sees one screen: what is there, what is missing, what to type; nothing is created", async () => {
  const before = readdirSync(world.home).sort();
  const { code, stdout, stderr } = await world.run(["doctor", ...SIMULATED, "--port", String(world.port)]);
  expect([code, stderr]).toEqual([0, ""]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(30);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(stdout).toContain("A run could start");
  expect(readdirSync(world.home).sort()).toEqual(before);
});

test("every check has a stable id once, and every warning and error says what to do", async () => {
  const { report } = await doctor(...SIMULATED);
  const ids = report.checks.map((one) => one.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(
    expect.arrayContaining([
      "node",
      "settings",
      "provider",
      "macprovider",
      "mlx-lm",
      "port",
      "database",
      "disk",
      "memory",
    ]),
  );
  const silent = report.checks.filter((one) => one.repair.length === 0 && ["warning", "error"].includes(one.state));
  expect(silent).toEqual([]);
});

test("a provider is found with version and place; one that is not there stops a run that asks for it", async () => {
  const program = world.provider.program;
  const found = await doctor("--provider", "macprovider", "--provider-bin", program, "--offline");
  expect(found.of("provider")).toMatchObject({ state: "ok", text: expect.stringMatching(/^macprovider, \d+\.\d+/) });
  expect(found.of("macprovider")?.text).toContain("~/bin/provider-under-test");
  expect(found.report.simulated).toBe(false);
  const absent = await doctor("--provider", "macprovider", "--provider-bin", "/nowhere/macprovider-cli");
  expect([absent.code, absent.of("provider")?.state]).toEqual([1, "error"]);
  expect(absent.of("port")?.state).toBe("ok");
});

test("settings that a run would refuse are named with their place, and all else is looked at", async () => {
  writeConfig("port: 18080\ntarget-context: many\n  bad: [\n");
  const broken = await doctor();
  expect(broken.of("settings")?.state).toBe("error");
  expect(broken.of("settings")?.repair[0]).toMatch(/config\.yaml, line \d/);
  expect(broken.of("database")?.state).toBe("ok");
  writeConfig("target-context: many\n");
  expect((await doctor()).of("settings")?.repair[0]).toMatch(/target-context in .*config\.yaml, line 1: "many" is not/);
});

test.each<[string, (path: string) => void, RegExp]>([
  [
    "garbage",
    (path) => writeFileSync(path, "no database at all, but long enough to be one".repeat(40)),
    /not a SQLite/,
  ],
  [
    "a newer schema",
    (path) => new Database(path).exec("PRAGMA user_version = 999; CREATE TABLE t (a)").close(),
    /schema 999/,
  ],
  ["a folder", (path) => mkdirSync(path), /no file/],
])("a database that is %s stops a run and stays as it is", async (_, make, why) => {
  const folder = join(world.home, "data");
  mkdirSync(folder);
  make(join(folder, "runs.sqlite"));
  const before = state(folder);
  const { code, of } = await doctor(...SIMULATED, "--db-path", join(folder, "runs.sqlite"));
  expect([code, of("database")?.state]).toEqual([1, "error"]);
  expect(of("database")?.text).toMatch(why);
  expect(of("database")?.text).toContain("~/data/runs.sqlite");
  expect(state(folder)).toEqual(before);
});

test("a taken port is named with its holder", async () => {
  const listener = await startListener(world.port);
  try {
    const { code, of } = await doctor(...SIMULATED);
    expect([code, of("port")?.state]).toEqual([1, "error"]);
    expect(of("port")?.text).toContain(`PID ${listener.pid}`);
  } finally {
    await listener.close();
  }
});

test("a live provider is named; with --drain it is no obstacle", async () => {
  const bin = join(world.home, "live");
  mkdirSync(bin);
  symlinkSync(resolve("tests/support/fake-macprovider-cli.mjs"), join(bin, "macprovider-cli"));
  const port = await freePort();
  const args = ["serve", "--model", MODEL, "--port", String(port), "--no-join"];
  const live = spawn(process.execPath, [join(bin, "macprovider-cli"), ...args], { env: world.env, stdio: "ignore" });
  const ended = new Promise((done) => live.once("close", done));
  try {
    await eventually("the live provider answers", () => answersOn(port));
    const real = ["--provider", "macprovider", "--provider-bin", world.provider.program, "--offline"];
    const refused = await doctor(...real);
    expect(refused.code).toBe(1);
    expect(refused.of("live-provider")).toMatchObject({
      state: "error",
      text: expect.stringContaining(`foreground-PID-${live.pid}`),
      repair: [expect.stringContaining("--drain")],
    });
    expect((await doctor(...real, "--drain")).of("live-provider")?.state).toBe("ok");
  } finally {
    live.kill("SIGTERM");
    await ended;
  }
});

test("an active run is named, and its own candidate is not taken for a live provider", async () => {
  const list = plantModels(world, { [MODEL]: { hangLoad: true } });
  const run = world.start(world.tuneArgs([...shortTune({ "candidate-models": list }), "--offline"]));
  await atPhase(world, "loading");
  const { code, of } = await doctor(...SIMULATED);
  run.process.kill("SIGTERM");
  await run.finished;
  expect(code).toBe(1);
  expect(of("active-run")).toMatchObject({ state: "error", text: expect.stringContaining(`pid ${run.pid}`) });
  expect([of("live-provider")?.state, of("port")?.state]).toEqual(["ok", "ok"]);
  const after = await doctor(...SIMULATED);
  expect(after.of("last-run")).toMatchObject({ state: "warning", text: expect.stringContaining("interrupted") });
});

test("a recipe is fresh, then stale with what changed, in doctor and in status; the database stays as it is", async () => {
  const list = plantModels(world, { [MODEL]: {} }, { version: "1.4.0" });
  await world.tune(shortTune({ "candidate-models": list }));
  const before = state(dirname(world.dbPath));
  const fresh = await doctor(...SIMULATED);
  expect(fresh.of("recipe")).toMatchObject({ state: "ok", text: expect.stringMatching(/^Model-7B, fresh/) });
  expect(fresh.of("last-run")?.text).toMatch(/: ok$/);
  plantModels(world, { [MODEL]: {} }, { version: "1.5.0" });
  const stale = await doctor(...SIMULATED);
  expect(stale.of("recipe")).toMatchObject({
    state: "warning",
    text: expect.stringMatching(/stale: provider was 1\.4\.0, now 1\.5\.0/),
  });
  expect(state(dirname(world.dbPath))).toEqual(before);
  const status = await world.run(["status"]);
  expect(status.stdout).toMatch(/Newest recipe: Model-7B \(run \w{8}\), stale: provider was 1\.4\.0, now 1\.5\.0\./);
});

test("what is drained is told with what will happen to it, and left alone", async () => {
  const store = openStore(world.dbPath);
  const plistPath = "/Users/me/Library/LaunchAgents/live.malibu.provider.plist";
  const label = "live.malibu.provider";
  const id = store.drains.intend(
    "run-1",
    { kind: "launchd", domain: "gui/501", label, role: "provider", plistPath, processes: [], ports: [] },
    { pid: ME.pid, pidStartedAt: "long ago" },
  );
  const open = await doctor(...SIMULATED);
  store.drains.settle(id, "failed", "bootstrap answered 5");
  store.close();
  expect(open.of("drained")).toMatchObject({
    state: "warning",
    text: expect.stringMatching(/next command brings it back/),
  });
  const { code, of } = await doctor(...SIMULATED);
  expect(code).toBe(0);
  expect(of("drained")?.repair).toEqual([
    "mlx-autotune restore",
    "launchctl enable gui/501/live.malibu.provider",
    expect.stringMatching(/^launchctl bootstrap gui\/501 /),
  ]);
});
