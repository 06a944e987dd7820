// The stand-in itself: it must behave like a Mac's launchd, or what is proven with it proves nothing.
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type LaunchdHarness, startLaunchd } from "../support/worlds/launchd-harness.ts";
import { answersOn, eventually, freePort } from "../support/worlds/live-world.ts";

const LABEL = "live.malibu.provider";
let mac: LaunchdHarness;
let port: number;
let argv: string[];

beforeAll(async () => {
  mac = await startLaunchd();
});
beforeEach(async () => {
  port = await freePort();
  argv = [mac.program("malibu-cli"), "serve", "--port", String(port)];
});
afterEach(async () => {
  await mac.control("empty");
  mac.configure({ bootoutWaitMs: null, mostExitTimeoutS: null, unlistMs: 100, freeMs: 300 });
});
afterAll(async () => {
  expect(await mac.stop()).toEqual([]);
});

const target = () => `${mac.domain}/${LABEL}`;
const codes = async (...commands: string[][]) => {
  const found: number[] = [];
  for (const words of commands) found.push((await mac.launchctl(words)).code);
  return found;
};

test("a bootstrapped agent really runs, with its environment and nothing of ours", async () => {
  await mac.load({ label: LABEL, argv, env: { LIVE_PROVIDER_LOG: `${mac.home}/starts` } });
  await eventually("it answers", () => answersOn(port));
  const bare = readFileSync(`/proc/${mac.pidOf(LABEL)}/environ`, "utf8").split("\0");
  expect(bare.map((pair) => pair.split("=")[0]).sort()).toEqual([
    "",
    "HOME",
    "LIVE_PROVIDER_LOG",
    "MLX_AUTOTUNE_TEST_SCOPE",
    "PATH",
    "XPC_SERVICE_NAME",
  ]);
  const printed = await mac.launchctl(["print", target()]);
  expect(printed.code).toBe(0);
  expect(printed.stdout).toContain(`\tpid = ${mac.pidOf(LABEL)}\n`);
  expect((await mac.launchctl(["print", mac.domain])).stdout).toContain(LABEL);
});

test("a plist as a person writes it is read: a comment, CDATA, entities, a date", async () => {
  const plist = mac.writeAgent({ label: LABEL, argv });
  const [program = "", verb = ""] = argv;
  const written = readFileSync(plist, "utf8")
    .replace(`<string>${program}</string>`, `<!-- & mine -- --><string><![CDATA[${program}]]></string>`)
    .replace(`<string>${verb}</string>`, `<string>s&#101;rv&#x65;</string>`)
    .replace("</dict>", "<key>Since</key><date>2026-01-01T00:00:00Z</date></dict>");
  writeFileSync(plist, written);
  expect(written).toContain("CDATA");
  expect(await codes(["bootstrap", mac.domain, plist])).toEqual([0]);
  await eventually("it answers", () => answersOn(port));
});

test("KeepAlive {SuccessfulExit: false} revives a killed provider and leaves one that ended well", async () => {
  await mac.load({ label: LABEL, argv, keepAlive: { SuccessfulExit: false } });
  await eventually("it answers", () => answersOn(port));
  const first = mac.pidOf(LABEL);
  process.kill(first ?? 0, "SIGKILL");
  await eventually("it is back", () => mac.pidOf(LABEL) !== null && mac.pidOf(LABEL) !== first);
  await eventually("it answers again", () => answersOn(port));
  process.kill(mac.pidOf(LABEL) ?? 0, "SIGTERM");
  await eventually("it ended by itself with 0", () => mac.pidOf(LABEL) === null);
  expect((await mac.launchctl(["print", target()])).stdout).toContain("state = not running");
});

test("the label is free only some time after a bootout, and bootstrap answers 37 and 5 until then", async () => {
  mac.configure({ bootoutWaitMs: 50, unlistMs: 400, freeMs: 1200 });
  const plist = await mac.load({ label: LABEL, argv, keepAlive: true, env: { LIVE_PROVIDER_TERM_MS: "300" } });
  await eventually("it answers", () => answersOn(port));
  const pid = mac.pidOf(LABEL) ?? 0;
  expect(await codes(["bootout", target()], ["bootout", target()], ["bootstrap", mac.domain, plist])).toEqual([
    36, 36, 5,
  ]);
  expect((await mac.launchctl(["kickstart", "-k", target()])).code).toBe(37);
  await eventually("print says absent", async () => (await codes(["print", target()]))[0] === 113);
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  expect(await codes(["bootstrap", mac.domain, plist], ["bootout", target()])).toEqual([5, 3]);
  await eventually("it can be loaded", async () => (await codes(["bootstrap", mac.domain, plist]))[0] === 0);
  await eventually("it answers", () => answersOn(port));
});

test("a disabled label answers 119 until it is enabled, a missing plist 5, the system domain 1, a lost session 125", async () => {
  const plist = mac.writeAgent({ label: LABEL, argv });
  expect(await codes(["disable", target()], ["bootstrap", mac.domain, plist])).toEqual([0, 119]);
  expect((await mac.launchctl(["print-disabled", mac.domain])).stdout).toContain(`"${LABEL}" => disabled`);
  expect(await codes(["enable", target()], ["bootstrap", mac.domain, plist])).toEqual([0, 0]);
  expect(await codes(["bootstrap", mac.domain, `${mac.home}/none.plist`], ["bootstrap", "system", plist])).toEqual([
    5, 1,
  ]);
  await mac.control("logout");
  expect(await codes(["print", mac.domain], ["bootstrap", mac.domain, plist])).toEqual([125, 125]);
  await mac.control("login");
  await eventually("log-in loads the agent", () => answersOn(port));
});

test("KeepAlive revives a provider that got SIGTERM; a bootout does not let it", async () => {
  await mac.load({ label: LABEL, argv, keepAlive: true });
  await eventually("it answers", () => answersOn(port));
  const first = mac.pidOf(LABEL);
  process.kill(first ?? 0, "SIGTERM");
  await eventually("it is back", () => mac.pidOf(LABEL) !== null && mac.pidOf(LABEL) !== first);
  expect(await codes(["bootout", target()])).toEqual([0]);
  await eventually("its port is silent", async () => !(await answersOn(port)));
});

test("kickstart -k restarts; a job that ignores SIGTERM is killed after its ExitTimeOut", async () => {
  await mac.load({ label: LABEL, argv, env: { LIVE_PROVIDER_IGNORE_TERM: "1" }, extra: { ExitTimeOut: 1 } });
  await eventually("it answers", () => answersOn(port));
  const first = mac.pidOf(LABEL);
  expect(await codes(["kickstart", target()], ["kickstart", "-k", target()])).toEqual([37, 0]);
  await eventually("another process", () => mac.pidOf(LABEL) !== null && mac.pidOf(LABEL) !== first);
  expect(await codes(["kickstart", `${mac.domain}/none`])).toEqual([113]);
});

test("an agent that needs 8 s to end and has no ExitTimeOut is SIGTERMed for 5 s, though bootout answers at once, then killed", async () => {
  await mac.load({ label: LABEL, argv, env: { LIVE_PROVIDER_TERM_MS: "8000" } });
  await eventually("it answers", () => answersOn(port));
  const pid = mac.pidOf(LABEL);
  expect(await codes(["bootout", target()])).toEqual([0]);
  const { stdout } = await mac.launchctl(["print", target()]);
  expect(stdout).toContain(`\tstate = SIGTERMed\n`);
  expect(stdout).toContain(`\texit timeout = 5\n`);
  expect(stdout).toContain(`\tpid = ${pid}\n`);
  await eventually("it is gone", async () => (await codes(["print", target()]))[0] === 113);
  const ends = mac.events().filter((event) => event.pid === pid && event.event !== "start");
  expect(ends.map(({ event, signal }) => signal ?? event)).toEqual(["SIGTERM", "SIGKILL", "SIGKILL"]);
});

test("an ExitTimeOut beyond what macOS grants is cut, and print says so", async () => {
  mac.configure({ mostExitTimeoutS: 60 });
  await mac.load({ label: LABEL, argv, extra: { ExitTimeOut: 2700 } });
  expect((await mac.launchctl(["print", target()])).stdout).toContain("\texit timeout = 60\n");
});

test("a plist that others may write to, or for another kind of session, is refused, also if it is loaded now", async () => {
  const plist = await mac.load({ label: LABEL, argv });
  chmodSync(plist, 0o664);
  expect(await codes(["bootout", target()])).toEqual([0]);
  await eventually("it is gone", async () => (await codes(["print", target()]))[0] === 113);
  expect(await codes(["bootstrap", mac.domain, plist])).toEqual([122]);
  const other = mac.writeAgent({ label: "me.back", argv, extra: { LimitLoadToSessionType: "Background" } });
  expect(await codes(["bootstrap", mac.domain, other])).toEqual([134]);
});

test("faults answer as told, with or without doing what was asked, and then stop", async () => {
  const plist = mac.writeAgent({ label: LABEL, argv });
  mac.addFault({ verb: "bootstrap", target: LABEL, code: 5, times: 2 });
  mac.addFault({ verb: "bootout", code: 5, perform: true });
  const three = await codes(...[1, 2, 3].map(() => ["bootstrap", mac.domain, plist]));
  expect(three).toEqual([5, 5, 0]);
  expect(await codes(["bootout", target()])).toEqual([5]);
  await eventually("it is gone all the same", async () => (await codes(["print", target()]))[0] === 113);
  const verbs = mac
    .calls()
    .map((call) => call.words[0])
    .filter((verb) => verb !== "print");
  expect(verbs.slice(-4)).toEqual(["bootstrap", "bootstrap", "bootstrap", "bootout"]);
});

test("a power cut ends everything at once, and the next log-in loads the agents by itself", async () => {
  await mac.load({ label: LABEL, argv });
  await eventually("it answers", () => answersOn(port));
  const first = mac.pidOf(LABEL);
  await mac.control("reboot");
  await eventually("it answers again", () => answersOn(port));
  expect(mac.pidOf(LABEL)).not.toBe(first);
});

test("a watchdog bootstraps a provider that was taken out, until it is taken out itself", async () => {
  const plist = await mac.load({ label: LABEL, argv });
  await mac.loadWatchdog(LABEL, plist);
  await eventually("it answers", () => answersOn(port));
  const first = mac.pidOf(LABEL);
  expect(await codes(["bootout", target()])).toEqual([0]);
  await eventually("another process", () => mac.pidOf(LABEL) !== null && mac.pidOf(LABEL) !== first);
  expect(await codes(["bootout", `${target()}-watchdog`], ["bootout", target()])).toEqual([0, 0]);
});
