// Finding live providers with real processes, real sockets and the launchd stand-in.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { describeLive, nameOf } from "../../worker/core/live/conflict.ts";
import { findLiveProviders, type SearchOptions } from "../../worker/platform/live/live-providers.ts";
import { type LaunchdHarness, startLaunchd } from "../support/worlds/launchd-harness.ts";
import { answersOn, eventually, freePort, startOrphan, stillThere } from "../support/worlds/live-world.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let mac: LaunchdHarness;
let port: number;
const orphans: number[] = [];

beforeAll(async () => {
  mac = await startLaunchd();
  port = await freePort();
});
afterEach(async () => {
  for (const pid of orphans) process.kill(pid, "SIGKILL");
  expect(await stillThere(orphans.splice(0))).toEqual([]);
  await mac.control("empty");
  for (const path of [join(mac.home, "Library/LaunchAgents"), ...Object.values(mac.sharedFolders)])
    for (const name of readdirSync(path)) rmSync(join(path, name));
});
afterAll(async () => {
  expect(await mac.stop()).toEqual([]);
});

const search = (more: Partial<SearchOptions> = {}) =>
  findLiveProviders({ port, env: mac.env, homeDir: mac.home, uid: mac.uid, sharedFolders: mac.sharedFolders, ...more });

function orphan(...argv: string[]): number {
  const pid = startOrphan(argv, { env: mac.env });
  orphans.push(pid);
  return pid;
}

test("an idle Mac has no live provider and nothing to say", async () => {
  expect(await search()).toEqual({ live: [], blockers: [], others: [], notes: [] });
});

test("known labels, their watchdogs and an agent of any label are found with plist, pid and listening port", async () => {
  const own = await freePort();
  const plist = await mac.load({
    label: "live.streamvc.macprovider",
    argv: [mac.program("macprovider-cli"), "serve", "--port", String(own)],
    keepAlive: true,
  });
  await mac.load({ label: "live.streamvc.macprovider-watchdog", argv: ["/bin/sh", "-c", "exec sleep 600"] });
  await mac.load({
    label: "me.mlx",
    argv: ["/bin/sh", "-c", `cd /; '${mac.program("mlx_lm.server")}' --port 0 & wait`],
    runAtLoad: false,
  });
  await eventually("the provider answers", () => answersOn(own));
  const { live, blockers } = await search();
  expect(blockers).toEqual([]);
  expect(live.map(nameOf)).toEqual([
    "launchd-managed live.streamvc.macprovider-watchdog",
    "launchd-managed live.streamvc.macprovider",
    "launchd-managed me.mlx",
  ]);
  expect(live[1]).toMatchObject({
    plistPath: plist,
    domain: mac.domain,
    ports: [own],
    listening: [own],
    role: "provider",
  });
  expect(live[1]).toMatchObject({ processes: [{ pid: mac.pidOf("live.streamvc.macprovider") }] });
  expect(live[2]).toMatchObject({ program: "mlx_lm.server", processes: [] });
});

test("a provider behind a wrapper script belongs to the job that runs the script", async () => {
  const own = await freePort();
  const script = join(mac.home, "start.sh");
  writeFileSync(script, `'${mac.program("mlx_lm.server")}' --port ${own}\n`);
  await mac.load({ label: "me.script", argv: ["/bin/sh", script], keepAlive: true });
  await eventually("the provider answers", () => answersOn(own));
  const { live } = await search();
  expect(live.map(describeLive)).toEqual([
    `launchd-managed me.script (mlx_lm.server, PID ${mac.pidOf("me.script")}, port ${own})`,
  ]);
  expect(live[0]).toMatchObject({ listening: [own] });
});

test("foreground providers are found on any port; editors, greps, tails, ourselves and what we started are not", async () => {
  const own = await freePort();
  const pid = orphan(mac.program("malibu-cli"), "serve", "--port", String(own));
  // Real programs under the names of an editor, a pager and a grep, with a provider's command line as their arguments.
  for (const name of ["vim", "tail", "grep"])
    orphan(mac.program(name), "macprovider-cli", "serve", "mlx_lm.server", "--port", String(await freePort()));
  const autotune = orphan(mac.program("macprovider-cli"), "autotune", "--port", String(await freePort()));
  await eventually("it answers", () => answersOn(own));
  const { live } = await search();
  expect(live.map(describeLive)).toEqual([`foreground-PID-${pid} (malibu-cli, port ${own})`]);
  expect((await search({ ignorePids: [pid] })).live).toEqual([]);
  expect((await search({ ownPid: pid })).live).toEqual([]);
  expect(autotune).toBeGreaterThan(0);
});

test("the listener on our port is named with its pid, without calling a provider twice", async () => {
  const pid = orphan(mac.program("some-server"), "--port", String(port));
  await eventually("it answers", () => answersOn(port));
  const { live } = await search();
  expect(live.map(nameOf)).toEqual([`port-${port}`]);
  expect(live[0]).toMatchObject({ pid });
  const provider = await freePort();
  const second = orphan(mac.program("mlx_lm.server"), "--port", String(provider));
  await eventually("it answers", () => answersOn(provider));
  expect((await search({ port: provider })).live.map(nameOf)).toEqual([`foreground-PID-${second}`]);
});

test("a service of the system domain is refused, found by its label, its plist or its process", async () => {
  const own = await freePort();
  const argv = [mac.program("mlx_lm.server"), "--port", String(own)];
  const script = join(mac.home, "daemon.sh");
  writeFileSync(script, `'${argv[0]}' --port ${own}\n`);
  await mac.load({ label: "live.malibu.provider", argv: ["/bin/sleep", "600"], place: "daemon" });
  await mac.load({ label: "org.mlx", argv, runAtLoad: false, place: "daemon" });
  await mac.load({ label: "org.script", argv: ["/bin/sh", script], place: "daemon" });
  await eventually("the provider answers", () => answersOn(own));
  const { live, blockers } = await search();
  expect(live).toEqual([]);
  expect(blockers.map((b) => [b.kind, b.blocks])).toEqual(Array(3).fill(["other-domain", "run"]));
  for (const label of ["live.malibu.provider", "org.mlx", "org.script"])
    expect(blockers.some((b) => b.text.includes(`launchd-managed ${label} `))).toBe(true);
});

test("no GUI session blocks a drain, an update in progress and a silent launchd block a run", async () => {
  const pending = join(mac.home, ".local/share/macprovider/autoupdate/pending.json");
  mkdirSync(dirname(pending), { recursive: true });
  writeFileSync(pending, "{}");
  mac.addFault({ verb: "print", target: `${mac.domain}/live.malibu.provider`, code: 9, times: 99 });
  expect((await search()).blockers.map((b) => [b.kind, b.blocks])).toEqual([
    ["update-in-progress", "run"],
    ["launchd-unclear", "run"],
    ["launchd-unclear", "run"],
  ]);
  rmSync(pending);
  mac.configure({ guiSession: false });
  expect((await search()).blockers.map((b) => [b.kind, b.blocks])).toEqual([["no-gui-session", "drain"]]);
  mac.configure({ guiSession: true });
});

test("a plist that cannot be read is a note; a binary one is read with plutil", async () => {
  const plist = mac.writeAgent({ label: "me.binary", argv: ["mlx_lm.server"], runAtLoad: false });
  expect((await mac.launchctl(["bootstrap", mac.domain, plist])).code).toBe(0);
  copyFileSync(plist, join(mac.home, "as-xml"));
  writeFileSync(plist, "bplist00\u0000");
  const broken = join(dirname(plist), "broken.plist");
  writeFileSync(broken, "<plist><dict><key>");
  const without = await search();
  expect(without.live).toEqual([]);
  expect(without.notes).toEqual([
    expect.stringMatching(/^broken\.plist in .* could not be read, so it was not looked at: not a property list/),
    expect.stringMatching(/^me\.binary\.plist in .*: it is binary and there is no plutil$/),
  ]);
  rmSync(broken);
  const plutil = join(mac.home, "bin", "plutil");
  writeFileSync(
    plutil,
    `#!/bin/sh\ncase "$*" in "-convert xml1 -o - ${plist}") cat '${mac.home}/as-xml';; *) exit 1;; esac\n`,
    { mode: 0o755 },
  );
  const found = await search();
  rmSync(plutil);
  expect([found.live.map(nameOf), found.notes]).toEqual([["launchd-managed me.binary"], []]);
});

test("without a launchctl only foreground processes and the port are looked at, and a note says so", async () => {
  const empty = mkdtempSync(join(tmpdir(), "no-launchctl-"));
  const pid = orphan(mac.program("mlx_lm.server"), "--port", String(await freePort()));
  const { live, blockers, notes } = await search({ env: { ...mac.env, PATH: empty } });
  removeFolder(empty);
  expect(live.map(nameOf)).toEqual([`foreground-PID-${pid}`]);
  expect(blockers).toEqual([]);
  expect(notes).toEqual([expect.stringContaining("There is no launchctl here")]);
});
