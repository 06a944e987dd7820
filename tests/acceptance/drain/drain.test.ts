// Contract §16 case 6: a live provider is refused without --drain, and drained and brought back with it, through the built program.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "@jest/globals";
import { createDrainWorld, LABEL, onMac, type DrainWorld } from "../../support/worlds/drain-world.ts";
import { alive, answersOn, eventually, freePort, startOrphan, stillThere } from "../../support/worlds/live-world.ts";
import type { RunResult } from "../../../worker/core/result/recipe.ts";
import { PROGRAM, type Finished } from "../../support/worlds/program.ts";
import { shortTune } from "../../support/worlds/short-tune.ts";

const linesOf = <T = unknown>(path: string): T[] =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
const resultOf = ({ stdout }: Finished) => JSON.parse(stdout) as RunResult;

/** Run without --drain: refused, untouched, and the row says so. @returns its words */
async function refused(world: DrainWorld, changes: Record<string, string | true> = {}): Promise<string> {
  const { code, result } = await world.tune(shortTune(changes));
  expect([code, result.exit_reason, result.recommendation]).toEqual([4, "provider_conflict", null]);
  expect(world.rows("SELECT exit_reason, exit_detail FROM tune_runs")).toEqual([
    { exit_reason: "provider_conflict", exit_detail: result.detail },
  ]);
  expect(world.provider.noted("start")).toEqual([]);
  expect(world.journal()).toEqual([]);
  return result.detail ?? "";
}

test.concurrent("a launchd-managed provider and its watchdog are refused with label and remedy, and left alone", () =>
  onMac(async (world) => {
    await world.watch();
    const pid = world.mac.pidOf(LABEL);
    const detail = await refused(world);
    expect(detail).toContain(`launchd-managed ${LABEL} (malibu-cli, PID ${pid}, port ${world.livePort})`);
    expect(detail).toContain(`launchd-managed ${LABEL}-watchdog (watchdog, PID`);
    expect(detail).toContain("Add --drain to take them out of service");
    expect(detail).toContain(`launchctl bootout gui/${world.mac.uid}/${LABEL}`);
    expect(world.mac.pidOf(LABEL)).toBe(pid);
  }),
);

test.concurrent(
  "the older generation, an agent of any label, a foreground provider and a listener are named alike",
  () =>
    onMac(async (world) => {
      const { mac } = world;
      const [own, foreground] = [await freePort(), await freePort()];
      await mac.load({ label: "live.streamvc.macprovider", argv: ["/bin/sleep", "600"] });
      await mac.load({ label: "me.mlx", argv: [mac.program("mlx_lm.server"), "--port", String(own)], keepAlive: true });
      const pids = [
        startOrphan([mac.program("macprovider-cli"), "serve", "--port", String(foreground)], { env: mac.env }),
        startOrphan([mac.program("some-server"), "--port", String(world.port)], { env: mac.env }),
      ];
      await eventually("all answer", async () =>
        (await Promise.all([own, foreground, world.port].map(answersOn))).every(Boolean),
      );
      try {
        const detail = await refused(world);
        expect(detail).toContain("launchd-managed live.streamvc.macprovider (PID");
        expect(detail).toMatch(/launchd-managed me\.mlx \(mlx_lm\.server, PID \d+, port \d+\)/);
        expect(detail).toContain(`foreground-PID-${pids[0]} (macprovider-cli, port ${foreground})`);
        expect(detail).toContain(`port-${world.port} (PID ${pids[1]}`);
        expect(detail).toContain("Choose another --port");
      } finally {
        for (const pid of pids) process.kill(pid, "SIGKILL");
        expect(await stillThere(pids)).toEqual([]);
      }
    }, null),
);

/** A program that listens on a port and then runs what it is given, as a development server does. */
const LISTENING_PARENT = `
  const [port, ...words] = process.argv.slice(1);
  require("node:net").createServer().listen(Number(port), "127.0.0.1", () =>
    require("node:child_process").spawn(process.execPath, words, { stdio: "inherit" }).on("close", (code) => process.exit(code)));
`;

test.concurrent("a listener that has started the run itself is refused before the start, like any other", () =>
  onMac(async (world) => {
    const words = ["-e", LISTENING_PARENT, String(world.port), PROGRAM, ...world.tuneArgs(["--json", ...shortTune()])];
    const parent = spawn(process.execPath, words, { env: world.env, stdio: ["ignore", "pipe", "ignore"] });
    let stdout = "";
    parent.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
    const [code] = (await once(parent, "close")) as [number];
    const { exit_reason: reason, detail } = JSON.parse(stdout) as RunResult;
    expect([code, reason]).toEqual([4, "provider_conflict"]);
    expect(detail).toContain(`In the way: port-${world.port} (PID ${parent.pid}`);
    expect(detail).toContain("Choose another --port");
    expect(world.provider.noted("start")).toEqual([]);
  }, null),
);

test.concurrent("a provider of root, a session without a screen and a pending update cannot be drained", () =>
  onMac(async (world) => {
    const { mac } = world;
    await mac.load({ label: "live.streamvc.macprovider", argv: ["/bin/sleep", "600"], place: "daemon" });
    const root = await world.tune(shortTune({ drain: true }));
    expect([root.code, root.result.detail]).toEqual([4, expect.stringContaining("runs in the system domain, as root")]);
    await mac.control("empty");
    const port = await freePort();
    const pid = startOrphan([mac.program("mlx_lm.server"), "--port", String(port)], { env: mac.env });
    await eventually("it answers", () => answersOn(port));
    await mac.control("logout");
    const headless = await world.tune(shortTune({ drain: true }));
    expect([headless.code, headless.result.detail]).toEqual([4, expect.stringMatching(/no GUI session.*answers 125/)]);
    await mac.control("login");
    const pending = join(mac.home, ".local/share/macprovider/autoupdate/pending.json");
    mkdirSync(dirname(pending), { recursive: true });
    writeFileSync(pending, "{}");
    const updating = await world.tune(shortTune({ drain: true }));
    expect([updating.code, updating.result.detail]).toEqual([4, expect.stringContaining("is being updated")]);
    expect([alive(pid), world.journal(), world.provider.noted("start")]).toEqual([true, [], []]);
    process.kill(pid, "SIGKILL");
  }, null),
);

test.concurrent(
  "--drain: written down first, watchdog first, gone before the first start, back and answering at the end",
  () =>
    onMac(async (world) => {
      const { mac } = world;
      mac.configure({ unlistMs: 400, freeMs: 1500 });
      await world.watch();
      const before = mac.pidOf(LABEL);
      // launchctl notes what stands in the journal when it is told to act.
      const seen = join(mac.home, "seen.log");
      const [reader, real] = ["read-journal.mjs", "fake-launchctl.sh"].map((name) => resolve("tests/support", name));
      const note = `'${process.execPath}' '${reader}' '${world.dbPath}' >>'${seen}'`;
      world.tool("launchctl", `[ "$1" = bootout ] && ${note}\nexec '${real}' "$@"`);
      const finished = await world.start(world.drainArgs()).finished;
      expect([finished.code, resultOf(finished).exit_reason]).toEqual([0, "ok"]);
      await world.expectAsBefore();
      expect(mac.pidOf(LABEL)).not.toBe(before);
      expect(mac.pidOf(`${LABEL}-watchdog`)).not.toBeNull();
      const names = [`launchd-managed ${LABEL}-watchdog`, `launchd-managed ${LABEL}`];
      expect(linesOf(seen)).toEqual([
        [{ name: names[0], state: "intended" }],
        [
          { name: names[0], state: "out" },
          { name: names[1], state: "intended" },
        ],
      ]);
      expect(world.journal().map((row) => [row.name, row.state])).toEqual(names.map((name) => [name, "restored"]));
      const acts = mac.calls().filter(({ words, code }) => /^boot/.test(words[0] ?? "") && code === 0);
      expect(acts.slice(-4).map((call) => call.words[0])).toEqual(["bootout", "bootout", "bootstrap", "bootstrap"]);
      expect(world.provider.noted("start")[0]?.at).toBeGreaterThan(acts.at(-3)?.at ?? Infinity);
      expect(world.notifications()).toEqual([expect.stringMatching(/Recipe ready.*live provider back/)]);
    }),
);

test.concurrent("a foreground provider ends on SIGTERM; the text says how to start it again", () =>
  onMac(async (world) => {
    const port = await freePort();
    const pid = startOrphan([world.mac.program("mlx_lm.server"), "--port", String(port)], { env: world.mac.env });
    await eventually("it answers", () => answersOn(port));
    const { code, stderr } = await world.start(world.drainArgs()).finished;
    expect([code, alive(pid), await answersOn(port)]).toEqual([0, false, false]);
    expect(stderr).toMatch(new RegExp(`foreground-PID-${pid} was stopped and is not started again.*--port ${port}`));
    expect(world.journal().map((row) => [row.state, row.service_json.includes("FAKE_LAUNCHD_DIR")])).toEqual([
      ["left_out", false],
    ]);
  }, null),
);

test.concurrent("--restart-foreground brings back command line, working directory and environment", () =>
  onMac(async (world) => {
    const { mac } = world;
    const port = await freePort();
    const log = join(mac.home, "starts.log");
    const cwd = join(mac.home, "a folder");
    mkdirSync(cwd);
    const env = { ...mac.env, LIVE_PROVIDER_LOG: log, SECRET_OF_THE_USER: 'it\'s "quoted"\nand long' };
    const argv = [mac.program("mlx_lm.server"), "--port", String(port), "--model", "a model"];
    const first = startOrphan(argv, { env, cwd });
    await eventually("it answers", () => answersOn(port));
    const { code } = await world.start(world.drainArgs({ "restart-foreground": true })).finished;
    expect([code, alive(first), await answersOn(port)]).toEqual([0, false, true]);
    const starts = linesOf<Record<string, unknown>>(log);
    expect(starts).toHaveLength(2);
    expect(starts[1]).toEqual({ ...starts[0], pid: expect.any(Number) });
    const second = Number(starts[1]?.["pid"]);
    const environ = (pid: number) => readFileSync(`/proc/${pid}/environ`, "utf8");
    if (existsSync("/proc/self/environ")) expect(environ(second)).toContain('it\'s "quoted"\nand long');
    const [row] = world.journal();
    expect([row?.state, row?.service_json.includes("SECRET_OF_THE_USER")]).toEqual(["restored", false]);
    process.kill(second, "SIGKILL");
  }, null),
);

/** Settings of a run that would drain. */
const real = ({ provider, port }: DrainWorld) => [
  "--drain",
  "--offline",
  "--provider",
  "macprovider",
  "--provider-bin",
  provider.program,
  "--port",
  String(port),
];

test.concurrent(
  "a provider that needs 8 s to end where launchd leaves it 5 is never killed; doctor and run say what to put into its plist",
  () =>
    onMac(
      async (world) => {
        const { mac } = world;
        const pid = mac.pidOf(LABEL);
        const advice = `Put <key>ExitTimeOut</key><integer>30</integer> into ${world.plist}`;
        const looked = JSON.parse((await world.run(["doctor", "--json", ...real(world)])).stdout) as {
          checks: { id: string; state: string; text: string; repair: string[] }[];
        };
        expect(looked.checks.find((one) => one.id === "launchd")).toMatchObject({
          state: "warning",
          text: expect.stringContaining(`launchd would kill ${LABEL} 5 s after telling it to end (--drain-grace 30)`),
          repair: [expect.stringContaining(advice)],
        });
        const { code, stderr } = await world.start(world.drainArgs()).finished;
        expect([code, stderr]).toEqual([0, expect.stringContaining(advice)]);
        const ends = mac.events().filter((event) => event.pid === pid && event.event !== "start");
        expect(ends).toMatchObject([{ event: "exit", code: 0, signal: null }]);
        await world.expectAsBefore();
      },
      { env: { LIVE_PROVIDER_TERM_MS: "8000" }, extra: {} },
    ),
);

test.concurrent("a provider whose plist others may write to is left alone, as launchd would not take it back", () =>
  onMac(async (world) => {
    const pid = world.mac.pidOf(LABEL);
    chmodSync(world.plist, 0o664);
    const { code, stdout } = await world.start(world.drainArgs()).finished;
    const { exit_reason: reason, detail } = JSON.parse(stdout) as RunResult;
    expect([code, reason]).toEqual([4, "provider_conflict"]);
    expect(detail).toMatch(/would not load it again: others may write to .*chmod go-w/s);
    expect([world.mac.pidOf(LABEL), world.journal()]).toEqual([pid, []]);
    const doctor = await world.run(["doctor", ...real(world)]);
    expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringContaining("chmod go-w")]);
  }),
);

test("a Mac without a live provider drains nothing", async () => {
  const world = await createDrainWorld(null);
  const { code } = await world.start(world.drainArgs()).finished;
  expect([code, world.journal()]).toEqual([0, []]);
  expect(world.notifications()).toHaveLength(1);
  await world.close();
});
