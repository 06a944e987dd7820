import { expect, test } from "@jest/globals";
import {
  describeLive,
  nameOf,
  refusal,
  restoreCommands,
  untouchableBlocker,
} from "../../../worker/core/live/conflict.ts";
import { noSessionBlocker, updateBlocker } from "../../../worker/core/live/conflict.ts";
import { type Facts, judgeFacts, type LoadedService } from "../../../worker/core/live/live-provider.ts";
import type { ProcessInfo } from "../../../worker/core/live/provider-family.ts";
import { labelsToAsk, pidsToTrace } from "../../../worker/core/live/provider-labels.ts";
import { shellCommand } from "../../../worker/core/text/shell-words.ts";

const HOME = "/Users/me/Library/LaunchAgents";

/** "pid ppid pgid argv…", all of user 501. */
function processes(...lines: string[]): ProcessInfo[] {
  return lines.map((line) => {
    const [pid, ppid, pgid, ...argv] = line.split(" ");
    return { pid: Number(pid), ppid: Number(ppid), pgid: Number(pgid), uid: 501, start: `s${pid}`, argv };
  });
}

function facts(more: Partial<Facts>): Facts {
  const nothing = { services: [], agents: [], processes: [], listeners: [], ignorePids: [] };
  return { uid: 501, domain: "gui/501", port: 18080, ownPid: 100, ...nothing, ...more };
}

function loaded(label: string, pid: number | null, plistPath: string | null = `${HOME}/${label}.plist`): LoadedService {
  return { domain: "gui/501", label, pid, plistPath, argv: [] };
}

const agent = (label: string, ...argv: string[]) => ({ path: `${HOME}/${label}.plist`, label, argv, daemon: false });
const names = (f: Facts) => judgeFacts(f).live.map(describeLive);

test("both generations and their watchdogs are found, watchdogs first, and their processes are no foreground ones", () => {
  const f = facts({
    services: [
      loaded("live.malibu.provider", 20),
      loaded("live.malibu.provider-watchdog", 21),
      loaded("live.streamvc.macprovider", null),
    ],
    processes: processes("20 1 20 malibu-cli serve --port 8080", "21 1 21 /bin/sh watch.sh"),
  });
  expect(names(f)).toEqual([
    "launchd-managed live.malibu.provider-watchdog (watchdog, PID 21)",
    "launchd-managed live.malibu.provider (malibu-cli, PID 20, port 8080)",
    "launchd-managed live.streamvc.macprovider (loaded, not running)",
  ]);
});

test("an agent of any label is found by its plist, running or not, and by the group of its process where a script hides it", () => {
  const f = facts({
    services: [loaded("me.mlx", null), loaded("me.script", 30), loaded("me.other", 40)],
    agents: [
      agent("me.mlx", "/bin/sh", "-c", "exec mlx_lm.server --port=9000"),
      agent("me.script", "/Users/me/start.sh"),
      agent("me.other", "/usr/bin/true"),
    ],
    processes: processes(
      "30 1 30 /bin/sh start.sh",
      "31 30 30 python3 /v/bin/mlx_lm.server --port 9001",
      "40 1 40 true",
    ),
  });
  expect(names(f)).toEqual([
    "launchd-managed me.mlx (mlx_lm.server, loaded, not running)",
    "launchd-managed me.script (mlx_lm.server, PID 30, port 9001)",
  ]);
});

test("what a user started inside a terminal multiplexer under launchd is his foreground process, not that job", () => {
  const f = facts({
    services: [loaded("me.tmux", 30)],
    agents: [agent("me.tmux", "/opt/tmux", "start")],
    processes: processes("30 1 30 tmux", "31 30 31 -zsh", "32 31 32 mlx_lm.server"),
  });
  expect(names(f)).toEqual(["foreground-PID-32 (mlx_lm.server)"]);
  expect(labelsToAsk(f, [{ label: "me.tmux", pid: 30 }])).not.toContain("me.tmux");
});

test("ourselves, our ancestors, our candidate and an ignored orphan with its children are never live providers", () => {
  const f = facts({
    processes: processes(
      "90 1 90 macprovider-cli serve",
      "100 90 100 node cli.cjs run",
      "101 100 101 macprovider-cli serve --port 18080 --no-join",
      "200 1 200 mlx_lm.server",
      "201 200 200 mlx_lm.server",
    ),
    ignorePids: [200],
    listeners: [{ pid: 101, port: 18080 }],
  });
  expect(judgeFacts(f)).toEqual({ live: [], untouchable: [] });
});

test("a provider with children of its own is one finding, named by the first of them", () => {
  const f = facts({
    processes: processes("50 1 50 /bin/bash /b/macprovider-cli serve", "51 50 50 macprovider-cli serve --port 7000"),
  });
  const [found] = judgeFacts(f).live;
  expect(found).toMatchObject({ kind: "foreground", pid: 50, ports: [7000], processes: [{ pid: 50 }, { pid: 51 }] });
});

test("the listener on our port is a finding of its own unless it is one of the providers", () => {
  const held = (pid: number | null) =>
    facts({ processes: processes("60 1 60 nginx -g x y", "61 1 61 mlx_lm.server"), listeners: [{ pid, port: 18080 }] });
  expect(names(held(60))).toEqual(["foreground-PID-61 (mlx_lm.server)", "port-18080 (PID 60, nginx -g x)"]);
  expect(names(held(61))).toEqual(["foreground-PID-61 (mlx_lm.server)"]);
  expect(names(held(null))[1]).toBe("port-18080 (another user's process)");
});

test("a listener on our port is in the way also if it has started us; our own candidate is not", () => {
  const held = (pid: number) =>
    facts({
      processes: processes("90 1 90 npm run dev", "100 90 100 node cli.cjs run", "101 100 101 macprovider-cli serve"),
      listeners: [{ pid, port: 18080 }],
    });
  expect(names(held(90))).toEqual(["port-18080 (PID 90, npm run dev)"]);
  expect([...names(held(100)), ...names(held(101))]).toEqual([]);
});

test("what runs as root, in another domain, as another user or without a plist is refused with its reason", () => {
  const other = { ...processes("70 1 70 mlx_lm.server")[0]!, uid: 0 };
  const f = facts({
    services: [
      {
        domain: "system",
        label: "live.malibu.provider",
        pid: 71,
        plistPath: "/Library/LaunchDaemons/x.plist",
        argv: [],
      },
      loaded("live.streamvc.macprovider", null, null),
    ],
    processes: [other],
  });
  const { live, untouchable } = judgeFacts(f);
  expect(live).toEqual([]);
  expect(untouchable.map((u) => [u.why, u.name])).toEqual([
    ["other-domain", "live.malibu.provider"],
    ["no-plist", "live.streamvc.macprovider"],
    ["other-user", "mlx_lm.server"],
  ]);
  const [root] = untouchable.map(untouchableBlocker);
  expect(root?.text).toContain("in the system domain, as root");
  expect(root?.remedy).toContain("`sudo launchctl bootout system/live.malibu.provider`");
});

test("labels are asked for once each: known ones, plists that run a provider, jobs that own one, and their watchdogs", () => {
  const f = facts({
    agents: [agent("me.mlx", "mlx_lm.server"), agent("me.mlx-watchdog", "/bin/sh", "w.sh"), agent("me.mail", "mail")],
    processes: processes("30 1 30 mlx_lm.server", "33 1 33 malibu-cli serve"),
  });
  const listed = [
    { label: "me.script", pid: 30 },
    { label: "application.com.malibu.1", pid: 33 },
  ];
  expect(labelsToAsk(f, listed)).toEqual([
    "live.streamvc.macprovider-watchdog",
    "live.malibu.provider-watchdog",
    "me.mlx-watchdog",
    "live.streamvc.macprovider",
    "live.malibu.provider",
    "me.mlx",
    "me.script",
  ]);
  expect(pidsToTrace(f)).toEqual([30, 33]);
});

test("without --drain the refusal names everything and the remedy; with it only what no drain can help", () => {
  const f = facts({
    services: [loaded("live.malibu.provider", 20)],
    processes: processes("20 1 20 malibu-cli serve --port 8080", "61 1 61 mlx_lm.server"),
  });
  const { live } = judgeFacts(f);
  expect(refusal({ live, blockers: [] }, false)).toEqual({
    message:
      "In the way: launchd-managed live.malibu.provider (malibu-cli, PID 20, port 8080); foreground-PID-61 (mlx_lm.server).",
    remedy:
      "Add --drain to take them out of service for the tune and bring them back (what runs in the foreground only with --restart-foreground), " +
      "or stop them yourself: `launchctl bootout gui/501/live.malibu.provider`, `kill 61`.",
  });
  expect(refusal({ live, blockers: [] }, true)).toBeNull();
  expect(live.map(nameOf)).toEqual(["launchd-managed live.malibu.provider", "foreground-PID-61"]);
  const port = judgeFacts(facts({ listeners: [{ pid: null, port: 18080 }] })).live;
  expect(refusal({ live: port, blockers: [] }, true)?.remedy).toContain("another --port");
});

test("the remedy is said once, however many are in the way", () => {
  const three = processes("61 1 61 mlx_lm.server", "62 1 62 mlx_lm.server", "63 62 63 mlx_lm.server");
  const { live } = judgeFacts(facts({ processes: three, listeners: [{ pid: null, port: 18080 }] }));
  expect(refusal({ live, blockers: [] }, false)?.remedy).toBe(
    "Add --drain to stop them for the tune (with --restart-foreground they are started again), or stop them yourself: `kill 61 62 63`. " +
      "Choose another --port, or stop the program that listens there.",
  );
  const one = judgeFacts(facts({ services: [loaded("live.malibu.provider", null)] })).live;
  expect(refusal({ live: one, blockers: [] }, false)?.remedy).toBe(
    "Add --drain to take it out of service for the tune and bring it back, or stop it yourself: `launchctl bootout gui/501/live.malibu.provider`.",
  );
  expect(refusal({ live: one, blockers: [updateBlocker("/p.json")] }, false)?.remedy).toMatch(/Stop it yourself: `l/);
});

test("a lost GUI session stops only a drain; an update stops every run", () => {
  const { live } = judgeFacts(facts({ processes: processes("61 1 61 mlx_lm.server") }));
  const session = noSessionBlocker("gui/501");
  expect(refusal({ live: [], blockers: [session] }, true)).toBeNull();
  expect(refusal({ live, blockers: [session] }, true)?.message).toContain("no GUI session");
  expect(refusal({ live, blockers: [session] }, false)?.remedy).toContain("kill 61");
  expect(refusal({ live: [], blockers: [updateBlocker("/p.json")] }, false)?.message).toContain("/p.json");
});

test("the commands to type quote a path with spaces", () => {
  const service = { domain: "gui/501", label: "x", plistPath: "/Users/a b/x.plist" };
  expect(restoreCommands(service).map(shellCommand)).toEqual([
    "launchctl enable gui/501/x",
    "launchctl bootstrap gui/501 '/Users/a b/x.plist'",
  ]);
});
