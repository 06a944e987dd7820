// Contract §5 and §16 case 10: the worker dies without a word, alone or with its guard, or the guard alone; the live provider
// comes back. More phases: tests/acceptance/drain/drain-phases.slow.test.ts.
import { expect, test } from "@jest/globals";
import { atPhase, atReplicate, guardPids, killWithoutWarning } from "../../support/worlds/active-run.ts";
import { type DrainWorld, LABEL, onMac, untilDrained } from "../../support/worlds/drain-world.ts";
import { startListener } from "../../support/servers/foreign-listener.ts";
import {
  alive,
  answersOn,
  eventually,
  freePort,
  slowness,
  startOrphan,
  stillThere,
} from "../../support/worlds/live-world.ts";
import { until } from "../../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

const SILENT = { answer: "silence", answerFor: "replicates" } as const;

/** The gate of runs whose replicates wait for their test. */
const LONG_GATE = { "gate-ttft-ms": "600000" };

/** Load the live provider again, as somebody else would. */
const bootstrap = ({ mac, plist }: DrainWorld) =>
  eventually("launchd takes it", async () => (await mac.launchctl(["bootstrap", mac.domain, plist])).code === 0);

async function nextRunWorks(world: DrainWorld): Promise<void> {
  plantModels(world, { [MODEL]: {} });
  const { code } = await world.start(world.drainArgs()).finished;
  expect(code).toBe(0);
  await world.expectAsBefore();
}

test.concurrent("SIGKILL of the worker: the guard stops the candidate and brings the provider back within 15 s", () =>
  onMac(async (world) => {
    plantModels(world, { [MODEL]: SILENT });
    await world.watch();
    const run = world.start(world.drainArgs());
    await atReplicate(world);
    expect(await world.isLive()).toBe(false);
    process.kill(run.pid, "SIGKILL");
    await eventually("the provider answers", () => world.isLive(), 15_000 * slowness());
    await until("the journal is closed", () => world.journal().every((row) => row.state === "restored"));
    await until("the user is told", () => world.notifications().length === 1);
    expect(world.notifications()[0]).toMatch(/has died.*live provider is back: launchd-managed live\.malibu/);
    await until("the guard has gone", () => guardPids(world).length === 0);
    await world.expectAsBefore();
    expect(world.mac.pidOf(`${LABEL}-watchdog`)).not.toBeNull();
    expect(world.rows("SELECT exit_reason FROM tune_runs")).toEqual([{ exit_reason: "internal_error" }]);
    await nextRunWorks(world);
  }),
);

test.concurrent("SIGKILL of worker and guard: the next command brings it back, whichever it is", () =>
  onMac(async (world) => {
    plantModels(world, { [MODEL]: { hangLoad: true } });
    const run = world.start(world.drainArgs());
    await until("a start", () => world.provider.noted("start").length > 0);
    killWithoutWarning(world, run);
    await run.finished;
    expect(await world.isLive()).toBe(false);
    const { code, stdout, stderr } = await world.run(["status", "--json"]);
    expect([code, (JSON.parse(stdout) as { drains: unknown }).drains]).toEqual([0, []]);
    expect(stderr).toContain(`Bringing back launchd-managed ${LABEL}`);
    await world.expectAsBefore();
    await nextRunWorks(world);
  }),
);

test.concurrent("SIGKILL of the guard: another one watches, and saves the provider when the worker dies, too", () =>
  onMac(async (world) => {
    plantModels(world, { [MODEL]: SILENT });
    const run = world.start(world.drainArgs());
    await atReplicate(world);
    const [first = 0] = guardPids(world);
    process.kill(first, "SIGKILL");
    await until("another guard", () => guardPids(world).some((pid) => pid !== first));
    const notes = () => world.rows<{ text: string }>("SELECT text FROM tune_notes").map((note) => note.text);
    await until("a note", () => notes().includes("The guard was ended (SIGKILL); another one is started"));
    process.kill(run.pid, "SIGKILL");
    await eventually("the provider answers", () => world.isLive(), 15_000 * slowness());
    await until("the guard has gone", () => guardPids(world).length === 0);
    await world.expectAsBefore();
  }),
);

test.concurrent("SIGKILL of the guard alone does not harm the run", () =>
  onMac(async (world) => {
    const port = await freePort();
    plantModels(world, { [MODEL]: { holdUntilPort: port } });
    const run = world.start(world.drainArgs(LONG_GATE));
    await untilDrained(world, run);
    for (const pid of guardPids(world)) process.kill(pid, "SIGKILL");
    const listener = await startListener(port);
    expect((await run.finished).code).toBe(0);
    await world.expectAsBefore();
    await until("no guard is left", () => guardPids(world).length === 0);
    await listener.close();
  }),
);

test.concurrent(
  "a machine that went down: the agent is loaded by itself, the candidate is marked and not tried again",
  () =>
    onMac(async (world) => {
      const { mac } = world;
      plantModels(world, { [MODEL]: SILENT, "t/Next-3B": {} });
      const run = world.start(world.drainArgs());
      await atReplicate(world);
      killWithoutWarning(world, run);
      await run.finished;
      for (const pid of world.orphans()) process.kill(pid, "SIGKILL");
      await stillThere(world.orphans());
      world.write("UPDATE tune_active SET boot_id = 'an earlier boot', pid_started_at = 'an earlier boot:1'");
      world.write("UPDATE drain_journal SET owner_started_at = 'an earlier boot:1'");
      await mac.control("reboot");
      await eventually("launchd has brought it back", () => world.isLive());
      const pid = mac.pidOf(LABEL);
      const { stdout } = await world.run(["status"]);
      expect(stdout).toMatch(/the machine went down in phase (prefilling|warm-up), candidate t\/Model-7B/);
      await world.expectAsBefore();
      expect(mac.pidOf(LABEL)).toBe(pid);
      expect(world.rows("SELECT model FROM crash_suspects")).toEqual([{ model: MODEL }]);

      plantModels(world, { [MODEL]: {}, "t/Next-3B": {} });
      const named = await world.start(world.drainArgs()).finished;
      expect([named.code, named.stderr]).toEqual([
        0,
        expect.stringMatching(/the machine went down.*because you named it/),
      ]);
      expect(world.rows("SELECT model FROM crash_suspects")).toEqual([]);
    }),
);

test.concurrent(
  "a candidate that took the machine down is skipped in the default list, with the reason in its row",
  () =>
    onMac(async (world) => {
      const [big, next] = [
        "mlx-community/Llama-3.2-3B-Instruct-4bit",
        "mlx-community/Llama-3.2-1B-Instruct-4bit",
      ] as const;
      plantModels(world, { [big]: {}, [next]: {} });
      await world.run(["status"]);
      world.write(`INSERT INTO crash_suspects VALUES ('${big}', '12345678-run', '2025-01-01T00:00:00Z')`);
      const args = shortTune({ "max-model-size": "4B" });
      args.splice(args.indexOf("--candidate-models"), 2);
      const { code, result } = await world.tune(args);
      expect([code, result.recommendation?.model]).toEqual([0, next]);
      const reason = expect.stringMatching(/^the machine went down while it was started.*12345678.*--candidate-models/);
      expect(result.infeasible).toEqual([{ model: big, rank: 1, class: "crash_suspect", reason }]);
      expect(world.rows("SELECT fits, reason FROM tune_trials WHERE model = ?", big)).toEqual([{ fits: 0, reason }]);
      expect(world.provider.noted("start").some((start) => start["model"] === big)).toBe(false);
    }, null),
);

test.concurrent(
  "a foreground provider that a dead run had stopped is started again once, also after worker and guard",
  () =>
    onMac(async (world) => {
      const port = await freePort();
      const argv = [world.mac.program("mlx_lm.server"), "--port", String(port)];
      const pid = startOrphan(argv, { env: world.mac.env });
      await eventually("it answers", () => answersOn(port));
      plantModels(world, { [MODEL]: { hangLoad: true } });
      const run = world.start(world.drainArgs({ "restart-foreground": true }));
      await until("a start", () => world.provider.noted("start").length > 0);
      expect(alive(pid)).toBe(false);
      killWithoutWarning(world, run);
      await run.finished;
      await Promise.all([world.run(["status"]), world.run(["restore"]), world.run(["runs"])]);
      expect(await answersOn(port)).toBe(true);
      expect(world.journal().map((row) => row.state)).toEqual(["restored"]);
      const found = world.processes(argv.slice(1).join(" "));
      expect(found).toHaveLength(1);
      for (const one of found) process.kill(one, "SIGKILL");
    }, null),
);

test.concurrent("a provider that comes back in the middle of a run is drained again, and the run says so", () =>
  onMac(async (world) => {
    plantModels(world, { [MODEL]: { holdUntilPort: world.livePort } });
    const run = world.start(world.drainArgs(LONG_GATE));
    await atReplicate(world);
    plantModels(world, { [MODEL]: {} }); // for the starts to come
    await bootstrap(world);
    const { code, stderr } = await run.finished;
    expect([code, stderr]).toEqual([0, expect.stringMatching(/came back during the run and is drained again/)]);
    expect(world.journal().map((row) => [row.name, row.state])).toEqual(
      Array(2).fill([`launchd-managed ${LABEL}`, "restored"]),
    );
    expect(world.rows("SELECT kind FROM tune_notes WHERE kind = 'conflict'")).toHaveLength(1);
    await world.expectAsBefore();
  }),
);

test.concurrent("a watchdog that nobody knows ends the run with a clear reason", () =>
  onMac(async (world) => {
    plantModels(world, { [MODEL]: { holdUntilPort: world.livePort } });
    // More starts than a provider may come back.
    const run = world.start(
      world.drainArgs({ ...LONG_GATE, "kv-bits-axis": "unset,4,8", "max-batch-axis": "1,2,3,4" }),
    );
    for (const start of [1, 2, 3, 4]) {
      await atReplicate(world, start);
      await bootstrap(world);
    }
    const { code, stdout } = await run.finished;
    const { exit_reason, detail } = JSON.parse(stdout) as { exit_reason: string; detail: string };
    expect([code, exit_reason]).toEqual([4, "provider_conflict"]);
    expect(detail).toMatch(/launchd-managed live\.malibu\.provider .*came back 4 times.*what brings it back/s);
    await world.expectAsBefore();
  }),
);

test.concurrent("a foreground provider that somebody starts in the middle of a run ends it and is left alone", () =>
  onMac(async (world) => {
    const port = await freePort();
    plantModels(world, { [MODEL]: { holdUntilPort: port } });
    const run = world.start(world.drainArgs(LONG_GATE));
    await atReplicate(world);
    const pid = startOrphan([world.mac.program("mlx_lm.server"), "--port", String(port)], { env: world.mac.env });
    const { code, stdout } = await run.finished;
    expect([code, alive(pid)]).toEqual([4, true]);
    expect(stdout).toMatch(new RegExp(`During the run somebody started foreground-PID-${pid}`));
    await world.expectAsBefore();
    process.kill(pid, "SIGKILL");
  }),
);

test.concurrent("closing its terminal does not end the guard", () =>
  onMac(async (world) => {
    plantModels(world, { [MODEL]: SILENT });
    const run = world.start(world.drainArgs(), {}, { detached: true });
    await atPhase(world, "prefilling");
    const [guard = 0] = guardPids(world);
    for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.kill(guard, signal);
    process.kill(-run.pid, "SIGKILL"); // the whole group of the terminal
    await eventually("the provider answers", () => world.isLive(), 15_000 * slowness());
    await until("the guard has gone", () => guardPids(world).length === 0);
    await world.expectAsBefore();
  }),
);
