// Restarting a service for a new config: launchd must not kill it, and nobody's death may leave it down. Contract §12, §5.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { systemClock } from "../../worker/platform/machine/clock.ts";
import { openLaunchd } from "../../worker/platform/launchd/launchd.ts";
import { restartService } from "../../worker/change/service-restart.ts";
import { type AgentOptions, type LaunchdHarness, startLaunchd } from "../support/worlds/launchd-harness.ts";
import { alive, answersOn, eventually, freePort } from "../support/worlds/live-world.ts";

const LABEL = "live.malibu.provider";
const MODEL = "mlx-community/Live-Model-4bit";
let mac: LaunchdHarness;
let port: number;
let said: string[];

beforeAll(async () => (mac = await startLaunchd()));
beforeEach(async () => {
  port = await freePort();
  said = [];
});
afterEach(async () => mac.control("empty"));
afterAll(async () => expect(await mac.stop()).toEqual([]));

async function live(agent: Partial<AgentOptions>): Promise<number> {
  const argv = [mac.program("malibu-cli"), "serve", "--port", String(port)];
  await mac.load({ label: LABEL, argv, keepAlive: { SuccessfulExit: false }, ...agent });
  await eventually("it answers", () => answersOn(port));
  return mac.pidOf(LABEL) ?? 0;
}

async function restart(readyTimeoutS = 30, signal = new AbortController().signal) {
  const launchd = await openLaunchd({ env: mac.env, uid: mac.uid });
  if (launchd === null) throw new Error("no launchctl");
  const log = { info: (text: string) => said.push(text), warn: () => undefined, debug: () => undefined };
  const service = { domain: mac.domain, label: LABEL, pids: [mac.pidOf(LABEL) ?? 0] };
  const options = { launchd, clock: systemClock, log, signal, readyTimeoutS };
  return restartService(service, { provider: "macprovider", model: MODEL }, options);
}

const endOf = (pid: number) =>
  mac.events().flatMap((event) => (event.pid === pid && event.event !== "start" ? [event.signal ?? event.event] : []));
const kickstarts = () => mac.calls().flatMap(({ words }) => (words[0] === "kickstart" ? [words.slice(1, -1)] : []));

test("one that launchd would kill is told to end first, and started again though KeepAlive leaves it alone", async () => {
  const pid = await live({ env: { LIVE_PROVIDER_TERM_MS: "2500" }, extra: { ExitTimeOut: 1 } });
  const before = kickstarts().length;
  expect(await restart()).toMatchObject({ ok: true, port });
  expect([endOf(pid), alive(pid)]).toEqual([["exit"], false]);
  // The second is the watcher's, there for our own death.
  await eventually("both have asked", () => kickstarts().length === before + 2);
  expect(kickstarts().slice(before)).toEqual([[], []]);
  expect(said[1]).toMatch(/would kill live\.malibu\.provider 1 s after telling it to end \(--ready-timeout 30\)/);
});

test("one that has time enough is launchd's to restart", async () => {
  const pid = await live({ extra: { ExitTimeOut: 60 } });
  const before = kickstarts().length;
  expect(await restart()).toMatchObject({ ok: true, port });
  expect([endOf(pid), kickstarts().slice(before)]).toEqual([["SIGTERM", "exit"], [["-k"]]]);
});

test("one that does not end in time is not killed: the reason says so, and it is started when it has ended", async () => {
  const pid = await live({ env: { LIVE_PROVIDER_TERM_MS: "4000" }, extra: { ExitTimeOut: 1 } });
  expect(await restart(2)).toEqual({
    ok: false,
    problem: "it has not ended within 2 s of being told to (it is never killed)",
  });
  expect(alive(pid)).toBe(true);
});

test("interrupted while it ends: it is started again all the same", async () => {
  const pid = await live({ env: { LIVE_PROVIDER_TERM_MS: "2500" }, extra: { ExitTimeOut: 1 } });
  const stop = new AbortController();
  const restarting = restart(30, stop.signal);
  await eventually("it is told", () => said.length > 1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  stop.abort(new Error("stopped"));
  await expect(restarting).rejects.toThrow("stopped");
  await eventually("another process", () => ![null, pid].includes(mac.pidOf(LABEL)));
  expect(endOf(pid)).toEqual(["exit"]);
  await eventually("it answers", () => answersOn(port));
});

test("whoever asks may die while it ends", async () => {
  const pid = await live({ env: { LIVE_PROVIDER_TERM_MS: "2500" }, extra: { ExitTimeOut: 1 } });
  const script = `
    const { openLaunchd } = await import(${JSON.stringify(join(process.cwd(), "worker/platform/launchd/launchd.ts"))});
    const launchd = await openLaunchd({ env: process.env, uid: ${mac.uid} });
    launchd.startAfterEnd("${mac.domain}", "${LABEL}", ${pid}, 30);
    process.kill(${pid}, "SIGTERM");
    process.kill(process.pid, "SIGKILL");`;
  spawn(process.execPath, ["--input-type=module", "-e", script], { env: mac.env, stdio: "ignore" });
  await eventually("another process", () => ![null, pid].includes(mac.pidOf(LABEL)));
  await eventually("it answers", () => answersOn(port));
});
