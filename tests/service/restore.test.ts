// Bringing back against the launchd stand-in with injected faults, with shorter limits than the product's. Contract §5.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Drained } from "../../worker/core/launchd/drained.ts";
import { systemClock } from "../../worker/platform/machine/clock.ts";
import { openLaunchd } from "../../worker/platform/launchd/launchd.ts";
import { listenerPids } from "../../worker/platform/processes/port-listener.ts";
import { isSameProcess } from "../../worker/platform/processes/process-identity.ts";
import { selfOwner } from "../../worker/recovery/recover.ts";
import type { RestoreLimits } from "../../worker/service/bring-back.ts";
import { restore } from "../../worker/service/restore.ts";
import { openStore, type Store } from "../../worker/store/store.ts";
import { type LaunchdHarness, startLaunchd } from "../support/worlds/launchd-harness.ts";
import { answersOn, eventually, freePort } from "../support/worlds/live-world.ts";

const LABEL = "live.streamvc.macprovider";
let mac: LaunchdHarness;
let store: Store;
let port: number;
let plist: string;

beforeAll(async () => (mac = await startLaunchd()));
beforeEach(async () => {
  store = openStore(join(mac.home, `${Math.random()}.sqlite`));
  port = await freePort();
});
afterEach(async () => {
  store.close();
  mac.clearFaults();
  mac.configure({ freeMs: 300 });
  await mac.control("empty");
});
afterAll(async () => expect(await mac.stop()).toEqual([]));

/** A journal entry of a service that is out; its plist is there. */
function drained(more: Partial<Drained & { kind: "launchd" }> = {}, agent: Record<string, unknown> = {}): void {
  const argv = [mac.program("macprovider-cli"), "serve", "--port", String(port)];
  plist = mac.writeAgent({ label: LABEL, argv, keepAlive: true, ...agent });
  const processes = [{ pid: 2 ** 22, startedAt: "long ago" }];
  const service = {
    kind: "launchd" as const,
    domain: mac.domain,
    label: LABEL,
    plistPath: plist,
    role: "provider" as const,
  };
  store.drains.markOut(store.drains.intend("run", { ...service, processes, ports: [port], ...more }, selfOwner()));
}

const bringBack = async (changes: Partial<RestoreLimits> = {}, retryFailed = false) => {
  const quick = { tryForMs: 8000, answerWithinMs: 8000, loadWithinMs: 16_000, stalledMs: 1000, settleMs: 500 };
  const limits: RestoreLimits = { ...quick, ...changes };
  const warned: string[] = [];
  const result = await restore({
    journal: store.drains,
    launchd: await openLaunchd({ env: mac.env, uid: mac.uid }),
    clock: systemClock,
    log: { info: () => undefined, warn: (text) => warned.push(text), debug: () => undefined },
    self: selfOwner(),
    isAlive: isSameProcess,
    retryFailed,
    waitForOthers: true,
    limits,
  });
  return { ...result, warned };
};
const verbs = () => mac.calls().map((call) => call.words[0]);

test.each([
  ["5 and 37 shortly after the bootout", [5, 37, 5]],
  ["36, 17 and no meaning at all", [36, 17, 9216]],
])("bootstrap answers %s: tried again until it is back", async (_what, codes) => {
  drained();
  for (const code of codes) mac.addFault({ verb: "bootstrap", code });
  expect(await bringBack()).toMatchObject({ restored: [`launchd-managed ${LABEL}`], failed: [] });
  expect(await answersOn(port)).toBe(true);
  expect([store.drains.open(), store.drains.failed()]).toEqual([[], []]);
});

test("done in spite of an answer of 5: one try is enough", async () => {
  drained();
  mac.addFault({ verb: "bootstrap", code: 5, perform: true });
  const before = verbs().filter((verb) => verb === "bootstrap").length;
  expect((await bringBack()).failed).toEqual([]);
  expect(verbs().filter((verb) => verb === "bootstrap").length).toBe(before + 1);
});

test("a disabled service is enabled first", async () => {
  drained();
  await mac.launchctl(["disable", `${mac.domain}/${LABEL}`]);
  expect((await mac.launchctl(["bootstrap", mac.domain, plist])).code).toBe(119);
  expect((await bringBack()).failed).toEqual([]);
  expect(await answersOn(port)).toBe(true);
});

test("slow answers and a label that is freed late are waited for", async () => {
  drained();
  await mac.launchctl(["bootstrap", mac.domain, plist]);
  mac.configure({ freeMs: 2500 });
  await mac.launchctl(["bootout", `${mac.domain}/${LABEL}`]);
  mac.addFault({ verb: "bootstrap", delayMs: 700, times: 2 });
  mac.addFault({ verb: "print", delayMs: 300, times: 5 });
  expect((await bringBack()).failed).toEqual([]);
  expect(await answersOn(port)).toBe(true);
});

test("a label that print still knows while it is being taken out is not taken for a service that is back", async () => {
  drained();
  await mac.launchctl(["bootstrap", mac.domain, plist]);
  await eventually("it answers", () => answersOn(port));
  mac.configure({ unlistMs: 1500, freeMs: 2000 });
  const out = mac.launchctl(["bootout", `${mac.domain}/${LABEL}`]);
  await eventually("its process has ended", () => mac.pidOf(LABEL) === null);
  expect((await bringBack()).failed).toEqual([]);
  await out;
  expect(await answersOn(port)).toBe(true);
  mac.configure({ unlistMs: 100 });
});

test("one that launchd has told to end is not taken for back although it still answers", async () => {
  drained({}, { env: { LIVE_PROVIDER_TERM_MS: "3000" }, extra: { ExitTimeOut: 60 } });
  await mac.launchctl(["bootstrap", mac.domain, plist]);
  await eventually("it answers", () => answersOn(port));
  const before = mac.pidOf(LABEL);
  await mac.launchctl(["bootout", `${mac.domain}/${LABEL}`]);
  expect((await bringBack()).restored).toHaveLength(1);
  expect([mac.pidOf(LABEL) === before, await answersOn(port)]).toEqual([false, true]);
});

test("a job that ran without RunAtLoad is started, one that did not run is only loaded", async () => {
  const quiet = { keepAlive: { SuccessfulExit: false }, runAtLoad: false };
  drained({}, quiet);
  expect((await bringBack()).failed).toEqual([]);
  expect(await answersOn(port)).toBe(true);
  await mac.control("empty");
  drained({ processes: [] }, quiet);
  expect((await bringBack()).failed).toEqual([]);
  expect(mac.pidOf(LABEL)).toBeNull();
});

test("one that listened nowhere when it was taken out is back when it runs", async () => {
  drained({ ports: [await freePort()], wasSilent: true });
  expect((await bringBack()).failed).toEqual([]);
  expect(mac.pidOf(LABEL)).not.toBeNull();
});

test("a stranger on its port is no sign of life", async () => {
  drained();
  await mac.load({ label: "me.stranger", argv: [mac.program("stranger"), "--port", String(port)], keepAlive: true });
  await eventually("the stranger answers", () => answersOn(port));
  const { failed } = await bringBack({ tryForMs: 1000, answerWithinMs: 1500 });
  expect(failed).toMatchObject([
    { lastError: expect.stringMatching(`^it was started, but does not answer on port ${port} after \\d`) },
  ]);
});

test("given up for good: kept with reason and commands, tried again on demand only", async () => {
  drained();
  mac.addFault({ verb: "bootstrap", code: 5, times: 1000 });
  const { failed } = await bringBack({ tryForMs: 1000, answerWithinMs: 1000 });
  expect(failed).toEqual([
    {
      name: `launchd-managed ${LABEL}`,
      state: "failed",
      hints: expect.arrayContaining([expect.stringContaining("log out and in again")]),
      lastError: expect.stringContaining("bootstrap answered 5"),
      commands: [`launchctl enable ${mac.domain}/${LABEL}`, `launchctl bootstrap ${mac.domain} ${plist}`],
    },
  ]);
  expect(store.drains.failed()[0]?.attempts).toBeGreaterThan(1);
  expect(await bringBack()).toMatchObject({ restored: [], failed: [] });
  mac.clearFaults();
  expect((await bringBack(undefined, true)).restored).toEqual([`launchd-managed ${LABEL}`]);
  expect(store.drains.failed()).toEqual([]);
});

test("what another living process is bringing back is waited for, what a dead one left is taken over", async () => {
  drained();
  const [entry] = store.drains.open();
  const parent = { pid: process.ppid, pidStartedAt: "unknown" };
  expect(store.drains.claim(entry?.id ?? 0, "out", parent, isSameProcess)).toBe(true);
  setTimeout(() => store.drains.settle(entry?.id ?? 0, "restored", null), 600);
  expect((await bringBack()).restored).toEqual([]);
  drained();
  const [second] = store.drains.open();
  store.drains.claim(second?.id ?? 0, "out", { pid: 2 ** 22, pidStartedAt: "long ago" }, isSameProcess);
  expect((await bringBack()).restored).toHaveLength(1);
});

test("a cold start that takes longer than usual is waited for while its process lives, of a service and of a foreground one", async () => {
  const patient = { answerWithinMs: 500, loadWithinMs: 50_000, stalledMs: 40_000 };
  const env = { LIVE_PROVIDER_LOAD_MS: "3000" };
  drained({}, { env });
  expect(await bringBack(patient)).toMatchObject({ restored: [`launchd-managed ${LABEL}`], failed: [] });
  port = await freePort();
  const argv = [mac.program("macprovider-cli"), "serve", "--port", String(port)];
  const processes = [{ pid: 2 ** 22, startedAt: "long ago" }];
  const foreground = { kind: "foreground" as const, processes, argv, cwd: "/", restart: true, ports: [port] };
  const service = { ...foreground, env: { ...(mac.env as Record<string, string>), ...env } };
  store.drains.markOut(store.drains.intend("run", service, selfOwner()));
  expect(await bringBack(patient)).toMatchObject({ restored: [`foreground-PID-${2 ** 22}`], failed: [] });
  const pids = (await listenerPids(port)) ?? [];
  expect(pids).toHaveLength(1);
  for (const pid of pids) process.kill(pid, "SIGKILL");
});

test("one that launchd would wait a day for is not waited for as long", async () => {
  drained({}, { env: { LIVE_PROVIDER_IGNORE_TERM: "1" }, extra: { ExitTimeOut: 88_200 } });
  await mac.launchctl(["bootstrap", mac.domain, plist]);
  await eventually("it answers", () => answersOn(port));
  await mac.launchctl(["bootout", `${mac.domain}/${LABEL}`]);
  const { failed } = await bringBack({ loadWithinMs: 1000, tryForMs: 500, answerWithinMs: 500 });
  expect(failed[0]?.lastError).toMatch(/bootstrap answered 5/);
});

test("its plist is gone: the reason says what launchd says", async () => {
  drained();
  rmSync(plist);
  const { failed } = await bringBack({ tryForMs: 500, answerWithinMs: 500 });
  expect(failed[0]?.lastError).toMatch(/bootstrap answered 5/);
});
