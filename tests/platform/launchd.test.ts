// Our launchctl calls against the stand-in: the meaning of each answer, and none that hangs or is lost.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Launchd, openLaunchd } from "../../worker/platform/launchd/launchd.ts";
import { readPlist } from "../../worker/platform/launchd/plist.ts";
import { type LaunchdHarness, startLaunchd } from "../support/worlds/launchd-harness.ts";
import { answersOn, eventually, freePort } from "../support/worlds/live-world.ts";

const LABEL = "live.malibu.provider";
let mac: LaunchdHarness;
let launchd: Launchd;
let plist: string;
let port: number;

beforeAll(async () => {
  mac = await startLaunchd();
  port = await freePort();
  const argv = [mac.program("malibu-cli"), "serve", "--port", String(port)];
  plist = await mac.load({ label: LABEL, argv, keepAlive: true, env: { LIVE_PROVIDER_TERM_MS: "200" } });
  const opened = await openLaunchd(mac);
  if (opened === null) throw new Error("no launchctl");
  launchd = opened;
});
afterAll(async () => {
  expect(await mac.stop()).toEqual([]);
});

const meaning = async (call: Promise<{ meaning: string }>) => (await call).meaning;

test("a provider is taken out and brought back, each answer with its meaning", async () => {
  const { domain } = launchd;
  await eventually("it answers", () => answersOn(port));
  expect(await launchd.printService(domain, LABEL)).toMatchObject({
    state: "loaded",
    service: { pid: mac.pidOf(LABEL), plistPath: plist, state: "running", argv: expect.arrayContaining(["serve"]) },
  });
  mac.configure({ bootoutWaitMs: 10, freeMs: 800 });
  expect(await meaning(launchd.bootout(domain, LABEL))).toBe("going-on");
  await eventually("absent", async () => (await launchd.printService(domain, LABEL)).state === "absent");
  expect(await meaning(launchd.bootout(domain, LABEL))).toBe("absent");
  expect(await meaning(launchd.bootstrap(domain, plist))).toBe("retry");
  await eventually("loaded", async () => (await meaning(launchd.bootstrap(domain, plist))) === "done");
  await eventually("it answers", () => answersOn(port));
  expect(await meaning(launchd.kickstart(domain, LABEL, false))).toBe("going-on");
  expect(await meaning(launchd.kickstart(domain, LABEL, true))).toBe("done");
});

test("a disabled service asks for enable; the system domain refuses; a lost session is told apart", async () => {
  const other = mac.writeAgent({ label: "me.mlx", argv: ["/bin/sleep", "60"] });
  await mac.launchctl(["disable", `${launchd.domain}/me.mlx`]);
  expect(await meaning(launchd.bootstrap(launchd.domain, other))).toBe("disabled");
  expect(await meaning(launchd.enable(launchd.domain, "me.mlx"))).toBe("done");
  expect(await meaning(launchd.bootstrap(launchd.domain, other))).toBe("done");
  expect(await meaning(launchd.bootstrap("system", other))).toBe("failed");
  expect(await launchd.printDomain(launchd.domain)).toMatchObject({
    services: expect.arrayContaining([{ label: "me.mlx", pid: mac.pidOf("me.mlx") }]),
  });
  mac.configure({ guiSession: false });
  expect((await launchd.printDomain(launchd.domain)).state).toBe("no-session");
  expect(await meaning(launchd.bootstrap(launchd.domain, other))).toBe("no-session");
  mac.configure({ guiSession: true });
});

test("a launchctl that does not answer in time is no answer, not a hang", async () => {
  mac.addFault({ verb: "print", target: "me.slow", delayMs: 60_000 });
  const impatient = await openLaunchd({ ...mac, printTimeoutMs: 300 });
  const answer = await impatient?.printService(launchd.domain, "me.slow");
  expect(answer).toMatchObject({ state: "unclear", answer: { code: null, stderr: "no answer within 0.3 s" } });
});

test("a plist tells its label, words, environment and folder", async () => {
  const path = mac.writeAgent({
    label: "me.full",
    argv: ["/bin/x", "a & b"],
    env: { MACPROVIDER_CONFIG: "/c.yaml" },
    extra: { WorkingDirectory: "/w" },
  });
  expect(await readPlist(path, mac.env)).toEqual({
    path,
    label: "me.full",
    argv: ["/bin/x", "a & b"],
    environment: { MACPROVIDER_CONFIG: "/c.yaml" },
    workingDirectory: "/w",
    sessionTypes: null,
  });
});
