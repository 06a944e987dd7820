// Contract §4 and §16 case 7: how candidates are started, watched and stopped.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { alive, slowness } from "../../support/worlds/live-world.ts";
import { until, type World } from "../../support/worlds/program.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

const argvOf = (world: World) => world.provider.noted("start").map((start) => start["argv"] as string[]);
/** What was noted of stopping candidates. */
const stops = (world: World) =>
  world.rows<{ text: string }>("SELECT text FROM tune_notes WHERE kind = 'stop'").map((note) => note.text);

/** A coordinator that counts who registers. */
async function startCoordinator() {
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, connections: () => connections, close: () => server.close() };
}

test.concurrent("7: no candidate joins the pool; config and environment are isolated; one lives at a time", () =>
  inWorld(async (world) => {
    const coordinator = await startCoordinator();
    mkdirSync(join(world.home, ".config/macprovider"), { recursive: true });
    writeFileSync(
      join(world.home, ".config/macprovider/config.yaml"),
      "model: t/Pinned-70B\nmodel_artifact_path: /nowhere\n",
    );
    plantModels(world, { [MODEL]: {} });
    const { code, result } = await world.tune(shortTune({ "kv-bits-axis": "unset,8" }), {
      FAKE_COORDINATOR: coordinator.address,
      MACPROVIDER_MODEL: "t/Other-70B",
      MACPROVIDER_POOL_TOKEN: "secret",
    });
    expect(code).toBe(0);
    expectIsolated(world);
    expectOneAtATime(world);
    expectLogs(world, result.run_id);
    expect(coordinator.connections()).toBe(0);
    await joinByHand(world, coordinator.address);
    expect(coordinator.connections()).toBe(1);
    coordinator.close();
  }),
);

function expectIsolated(world: World): void {
  const starts = world.provider.noted("start");
  expect(starts).toHaveLength(3);
  for (const start of starts) {
    expect(start["argv"]).toContain("--no-join");
    expect(start).toMatchObject({
      noJoin: true,
      macproviderEnv: [],
      configMode: "600",
      model: MODEL,
      port: world.port,
    });
    expect(start["configText"]).not.toMatch(/Pinned|artifact/);
    expect(existsSync(start["configPath"] as string)).toBe(false);
    expect(statSync(dirname(start["configPath"] as string)).mode & 0o777).toBe(0o700);
  }
}

function expectOneAtATime(world: World): void {
  const events = world.provider.noted().filter(({ event }) => ["start", "signal", "end"].includes(event));
  const once = ["start", "signal", "end"];
  expect(events.map(({ event }) => event)).toEqual([...once, ...once, ...once]);
  expect(events.filter(({ event }) => event === "signal").map((one) => one["signal"])).toEqual(
    Array(3).fill("SIGTERM"),
  );
}

/** One log per start, for nobody else's eyes. */
function expectLogs(world: World, runId: string): void {
  const folder = join(dirname(world.dbPath), "logs", runId);
  const starts = ["001", "002", "003"];
  expect(readdirSync(folder)).toEqual(starts.flatMap((start) => [`${start}.json`, `${start}.log`]));
  for (const start of starts) {
    const [log, label] = [join(folder, `${start}.log`), join(folder, `${start}.json`)];
    expect([log, label].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    expect(readFileSync(log, "utf8")).toContain("loading model");
    expect(JSON.parse(readFileSync(label, "utf8"))).toMatchObject({ model: MODEL });
  }
}

/** The stand-ins of provider and coordinator would notice: without --no-join one connection comes. */
async function joinByHand(world: World, coordinator: string): Promise<void> {
  const args = ["serve", "--model", MODEL, "--port", String(world.port)];
  const child = spawn(world.provider.program, args, {
    env: { ...world.env, FAKE_COORDINATOR: coordinator },
    stdio: "ignore",
  });
  await until("the connection", () => world.provider.noted("coordinator").length > 0);
  child.kill();
  await once(child, "exit");
}

test.concurrent("an older version gets only flags that it knows, and only its axes are measured", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: {} }, { version: "0.9.2", flags: ["--model", "--port", "--max-batch"] });
    const { code, result } = await world.tune(shortTune({ "kv-bits-axis": null, "max-batch-axis": "1,2" }));
    expect(code).toBe(0);
    expect(result.machine.binary_version).toBe("0.9.2");
    const common = ["serve", "--model", MODEL, "--port", String(world.port), "--no-join"];
    expect(argvOf(world)).toEqual([common, [...common, "--max-batch", "1"], [...common, "--max-batch", "2"]]);
    expect(result.recommendation?.knobs).toMatchObject({ kv_bits: null, max_context_override: null });
  }),
);

test.concurrent("a candidate that needs a while to stop gets it", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: { ignoreSigtermMs: 700 } });
    const { code } = await world.tune(shortTune());
    expect(code).toBe(0);
    const ends = world.provider.noted("end");
    expect(ends.map((end) => end["code"])).toEqual([0, 0]);
    const signals = world.provider.noted("signal");
    ends.forEach((end, i) => expect(end.at - (signals[i]?.at ?? 0)).toBeGreaterThanOrEqual(650));
    expect(stops(world)).toEqual([]);
  }),
);

test.concurrent("SIGKILL only as the last resort: after a second signal, and it is recorded", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: { hangLoad: true, ignoreSigtermMs: -1 } });
    const running = world.start(world.tuneArgs(["--json", "--offline", ...shortTune()]));
    const start = await until("the start", () => world.provider.noted("start")[0]);
    process.kill(running.pid, "SIGINT");
    await until("the SIGTERM", () => world.provider.noted("signal").length > 0);
    process.kill(running.pid, "SIGINT");
    // So soon it is the same wish again; the grace goes on.
    await delay(1500);
    expect(alive(start.pid)).toBe(true);
    process.kill(running.pid, "SIGINT");
    expect((await running.finished).code).toBe(130);
    expect(alive(start.pid)).toBe(false);
    expect(world.provider.noted("end")).toEqual([]);
    expect(stops(world)).toEqual([
      expect.stringMatching(/^t\/Model-7B.*: SIGKILL after a second signal; wired memory may stay lost until reboot$/),
    ]);
  }),
);

test.concurrent("a grandchild that holds the port is the candidate, and is stopped with it", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: { portInGrandchild: true } });
    const { code } = await world.tune(shortTune());
    expect(code).toBe(0);
    expect(world.provider.noted("grandchild")).toHaveLength(2);
    expect(world.orphans()).toEqual([]);
  }),
);

test.concurrent("a port that is taken when a candidate is to start is a conflict that names the holder", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: {} });
    const server = createServer();
    server.listen(world.port, "127.0.0.1");
    await once(server, "listening");
    const { code, result } = await world.tune(shortTune());
    await new Promise((done) => server.close(done));
    expect(code).toBe(4);
    expect(result.detail).toContain(`In the way: port-${world.port} (PID ${process.pid}, `);
    expect(result.detail).toMatch(/\nChoose another --port, or stop the program that listens there\.$/);
    expect(world.provider.noted("start")).toEqual([]);
  }),
);

test.concurrent("what answers on the port must be the candidate", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: { hangLoad: true } });
    const running = world.start(world.tuneArgs(["--json", "--offline", ...shortTune()]));
    await until("the start", () => world.provider.noted("start").length > 0);
    const impostor = createServer((_, response) => response.end("{}"));
    impostor.listen(world.port, "127.0.0.1");
    await until("the stop", () => world.provider.noted("signal").length > 0);
    impostor.closeAllConnections();
    await new Promise((done) => impostor.close(done));
    const { code, stderr } = await running.finished;
    expect(code).toBe(3);
    expect(stderr).toContain(`port ${world.port} is answered by process ${process.pid}, not by the candidate`);
  }),
);

test.concurrent(
  "a load that takes too long, and one that ends with much to say: bounded logs, their end in the notes",
  () =>
    inWorld(async (world) => {
      const list = plantModels(world, {
        "t/Slow-7B": { hangLoad: true },
        "t/Loud-3B": { logBytes: 3_000_000, loadExit: { code: 1, stderr: "KeyError: 'rope_scaling'" } },
      });
      const readyS = Math.ceil(slowness());
      const late = `not ready after ${readyS} s (--ready-timeout ${readyS})`;
      const limits = { "ready-timeout": String(readyS) };
      const { code, result } = await world.tune(shortTune({ "candidate-models": list, ...limits }));
      expect(code).toBe(3);
      expect(result.infeasible).toEqual([
        { model: "t/Slow-7B", rank: 1, class: "load_timeout", reason: late },
        { model: "t/Loud-3B", rank: 2, class: "load_failed", reason: "load failed: exit 1: KeyError: 'rope_scaling'" },
      ]);
      const [slow, loud] = world.rows<{ notes: string }>("SELECT notes FROM tune_trials ORDER BY id");
      expect(slow?.notes).toBe(`${late}\nend of its log:\nloading model`);
      expect(loud?.notes).toMatch(/^load failed: [^]*\nend of its log:\n(x+\n)+KeyError: 'rope_scaling'$/);
      expect(loud?.notes.length).toBeLessThan(20_000);
      const log = join(dirname(world.dbPath), "logs", result.run_id, "002.log");
      expect(statSync(log).size).toBeLessThan(700_000);
      expect(readFileSync(log, "utf8")).toMatch(
        /^loading model\n[^]*bytes left out; the end follows[^]*KeyError: 'rope_scaling'\n$/,
      );
    }),
);
