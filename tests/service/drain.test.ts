// Taking a launchd service out: never killed, not even by launchd; told first where launchd would wait too shortly; not touched where it
// could not be brought back. Contract §5.
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { drain } from "../../worker/service/drain.ts";
import { drainedService } from "../../worker/core/launchd/drained.ts";
import type { LiveProvider } from "../../worker/core/live/live-provider.ts";
import { systemClock } from "../../worker/platform/machine/clock.ts";
import { openLaunchd } from "../../worker/platform/launchd/launchd.ts";
import { findLiveProviders } from "../../worker/platform/live/live-providers.ts";
import { isSameProcess } from "../../worker/platform/processes/process-identity.ts";
import { selfOwner } from "../../worker/recovery/recover.ts";
import { RESTORE_LIMITS } from "../../worker/service/bring-back.ts";
import { restore } from "../../worker/service/restore.ts";
import { openStore, type Store } from "../../worker/store/store.ts";
import { type AgentOptions, type LaunchdHarness, startLaunchd } from "../support/worlds/launchd-harness.ts";
import { alive, answersOn, eventually, freePort, startOrphan } from "../support/worlds/live-world.ts";
import { leapingClock, quickClock } from "../support/worlds/quick-clock.ts";

const LABEL = "live.malibu.provider";
let mac: LaunchdHarness;
let store: Store;
let port: number;
let plist: string;
let said: string[];

beforeAll(async () => (mac = await startLaunchd()));
beforeEach(async () => {
  store = openStore(join(mac.home, `${Math.random()}.sqlite`));
  port = await freePort();
  said = [];
});
afterEach(async () => {
  store.close();
  mac.clearFaults();
  await mac.control("empty");
});
afterAll(async () => expect(await mac.stop()).toEqual([]));

/** A live provider that answers. */
async function live(agent: Partial<AgentOptions> = {}): Promise<number> {
  const argv = [mac.program("malibu-cli"), "serve", "--port", String(port)];
  plist = await mac.load({ label: LABEL, argv, keepAlive: true, ...agent });
  await eventually("it answers", () => answersOn(port));
  return mac.pidOf(LABEL) ?? 0;
}

const log = {
  info: (text: string) => said.push(text),
  warn: (text: string) => said.push(text),
  debug: () => undefined,
};
const needsToEnd = (ms: number) => ({ LIVE_PROVIDER_TERM_MS: String(ms) });
async function liveHere(): Promise<LiveProvider[]> {
  const look = { port: 1, env: mac.env, homeDir: mac.home, uid: mac.uid, sharedFolders: mac.sharedFolders };
  return (await findLiveProviders(look)).live;
}

const open = () => openLaunchd({ env: mac.env, uid: mac.uid });

async function drainIt(
  graceS: number,
  signal = new AbortController().signal,
  restartForeground = false,
): Promise<void> {
  const found = await liveHere();
  const options = {
    runId: "run",
    owner: selfOwner(),
    launchd: await open(),
    journal: store.drains,
    clock: systemClock,
  };
  await drain(found, { ...options, log, graceS, restartForeground }, signal);
}

const bringBack = async (times = 1, clock = times === 1 ? systemClock : quickClock(times)) =>
  restore({
    journal: store.drains,
    launchd: await open(),
    clock,
    log,
    self: selfOwner(),
    isAlive: isSameProcess,
    retryFailed: false,
    waitForOthers: true,
    limits: { ...RESTORE_LIMITS, answerWithinMs: 20_000 },
  });

/** What launchd and we did to a process. */
const endOf = (pid: number) =>
  mac.events().flatMap((event) => (event.pid === pid && event.event !== "start" ? [event.signal ?? event.event] : []));
const bootouts = () => mac.calls().filter(({ words }) => words[0] === "bootout" && words[1]?.endsWith(LABEL));

test("one that launchd would kill is told to end and waited for before the bootout, and is never killed", async () => {
  const pid = await live({ env: needsToEnd(3000), extra: { ExitTimeOut: 1 } });
  await drainIt(30);
  expect([endOf(pid), alive(pid), await answersOn(port)]).toEqual([["exit"], false, false]);
  expect(said[1]).toBe(
    `launchd would kill launchd-managed ${LABEL} 1 s after telling it to end (--drain-grace 30), so it is told and waited for first. ` +
      `Put <key>ExitTimeOut</key><integer>30</integer> into ${plist}; it counts from the next log-in on.`,
  );
  expect(store.drains.open()).toMatchObject([{ state: "out", service: { told: true, graceS: 30 } }]);
  expect((await bringBack()).failed).toEqual([]);
  expect(await answersOn(port)).toBe(true);
});

test("one whose ExitTimeOut is long enough is launchd's to end", async () => {
  const pid = await live({ extra: { ExitTimeOut: 45 } });
  await drainIt(30);
  expect([endOf(pid), said.length]).toEqual([["SIGTERM", "exit"], 1]);
  expect(store.drains.open()[0]?.service).not.toHaveProperty("told");
});

test("a server under a wrapper is told before the wrapper, whose end would have launchd kill it", async () => {
  const notes = join(mac.home, "ended");
  const server = mac.program("mlx_lm.server");
  const script = join(mac.home, "start.sh");
  writeFileSync(script, `'${server}' --port ${port}\necho "server $?" >>'${notes}'\n`);
  plist = await mac.load({ label: "me.mlx", argv: ["/bin/sh", script], keepAlive: true, env: needsToEnd(1500) });
  await eventually("it answers", () => answersOn(port));
  const wrapper = mac.pidOf("me.mlx") ?? 0;
  await drainIt(30);
  expect(endOf(wrapper)).toEqual(["exit"]);
  await eventually("the wrapper saw its server end by itself", () => mac.pidOf("me.mlx") === null);
  expect(readFileSync(notes, "utf8")).toBe("server 0\n");
});

test("one that does not end in its grace is no bootout's victim: it is left to end, and comes back whatever KeepAlive says", async () => {
  const pid = await live({ env: needsToEnd(3500), keepAlive: { SuccessfulExit: false }, extra: { ExitTimeOut: 1 } });
  const before = bootouts().length;
  await expect(drainIt(2)).rejects.toThrow(`has not ended within 2 s of being told to (--drain-grace 2)`);
  expect([bootouts().length, alive(pid)]).toEqual([before, true]);
  expect(store.drains.open()).toMatchObject([{ state: "intended", service: { told: true } }]);
  expect((await bringBack()).restored).toEqual([`launchd-managed ${LABEL}`]);
  expect([endOf(pid), alive(pid), await answersOn(port)]).toEqual([["exit"], false, true]);
});

test("one that still runs long after it was told is started again whenever it ends", async () => {
  const env = { LIVE_PROVIDER_IGNORE_TERM: "1" };
  const pid = await live({ env, keepAlive: { SuccessfulExit: false }, extra: { ExitTimeOut: 1 } });
  await expect(drainIt(2)).rejects.toThrow("has not ended");
  expect((await bringBack(40)).restored).toHaveLength(1);
  expect(said.at(-1)).toMatch(
    /may have been told to end and still runs. If it ends within 15 minutes, it is started again/,
  );
  process.kill(pid, "SIGKILL");
  await eventually("another process", () => ![null, pid].includes(mac.pidOf(LABEL)));
});

test("whether one was told is not waited for as long as its plist grants: a day", async () => {
  const pid = await live({ extra: { ExitTimeOut: 88_200 } });
  const [found] = await liveHere();
  if (found?.kind !== "launchd-managed") throw new Error("it is not found");
  store.drains.intend("run", drainedService(found, 30), selfOwner());
  expect((await bringBack(1, leapingClock(5_000))).restored).toHaveLength(1);
  expect(mac.pidOf(LABEL)).toBe(pid);
});

test("a bootout that answers 5 for a busy service is no conflict before the grace is over", async () => {
  const pid = await live({ env: needsToEnd(4000), extra: { ExitTimeOut: 60 } });
  mac.addFault({ verb: "bootout", code: 5, perform: true });
  mac.addFault({ verb: "bootout", code: 5, times: 100 });
  await drainIt(30);
  expect([endOf(pid), alive(pid)]).toEqual([["SIGTERM", "exit"], false]);
});

test("a bootout that goes on answering 5 is a conflict with that answer; one that is refused ends at once", async () => {
  const pid = await live({ extra: { ExitTimeOut: 4 } });
  mac.addFault({ verb: "bootout", code: 5, times: 100 });
  await expect(drainIt(2)).rejects.toThrow(/cannot be drained: launchctl bootout answered 5/);
  expect((await bringBack(40)).restored).toHaveLength(1);
  mac.clearFaults();
  mac.addFault({ verb: "bootout", code: 150, times: 100 });
  const before = bootouts().length;
  await expect(drainIt(4)).rejects.toThrow(/answered 150 \(System Integrity Protection/);
  expect([bootouts().length, mac.pidOf(LABEL)]).toEqual([before + 1, pid]);
});

test("interrupted while it ends: told is told, so it is waited for and brought back", async () => {
  const pid = await live({ env: needsToEnd(2500), keepAlive: { SuccessfulExit: false } });
  const stop = new AbortController();
  const draining = drainIt(30, stop.signal);
  await eventually("it is told", () => store.drains.open().some(({ service }) => service.told === true));
  stop.abort(new Error("stopped"));
  await expect(draining).rejects.toThrow("stopped");
  expect((await bringBack()).restored).toHaveLength(1);
  expect([endOf(pid), await answersOn(port)]).toEqual([["exit"], true]);
});

test.each<[string, () => void, RegExp]>([
  ["others may write to its plist", () => chmodSync(plist, 0o664), /others may write to .*chmod go-w/s],
  ["its plist is no plist any more", () => writeFileSync(plist, "<plist>"), /cannot be read: .*plutil -lint/s],
  [
    "its plist describes another job",
    () => writeFileSync(plist, readFileSync(plist, "utf8").replace(LABEL, "me.other")),
    /now describes me\.other/,
  ],
])("not touched where it could not be loaded again: %s", async (_what, spoil, words) => {
  const pid = await live();
  spoil();
  const before = bootouts().length;
  const failure = await drainIt(30).catch((error: unknown) => error as Error & { remedy?: string });
  expect(`${failure?.message} ${failure?.remedy}`).toMatch(words);
  expect([mac.pidOf(LABEL), bootouts().length, store.drains.open()]).toEqual([pid, before, []]);
});

test("a foreground provider that could not be started again as it was is not told to end", async () => {
  // A title stands in place of its arguments.
  const env = { ...mac.env, LIVE_PROVIDER_TITLE: "malibu-cli serve" };
  const pid = startOrphan([mac.program("malibu-cli"), "serve", "--port", String(port)], { env });
  try {
    await eventually("it answers", () => answersOn(port));
    await expect(drainIt(30, undefined, true)).rejects.toThrow(/could not be started again: it has put a title/);
    expect([alive(pid), store.drains.open()]).toEqual([true, []]);
  } finally {
    process.kill(pid, "SIGKILL");
  }
});

test("no second service is touched before every one is known to come back", async () => {
  const pid = await live();
  await mac.loadWatchdog(LABEL, plist);
  const watchdog = mac.pidOf(`${LABEL}-watchdog`);
  chmodSync(plist, 0o622);
  await expect(drainIt(30)).rejects.toThrow("others may write");
  expect([mac.pidOf(LABEL), mac.pidOf(`${LABEL}-watchdog`)]).toEqual([pid, watchdog]);
});
