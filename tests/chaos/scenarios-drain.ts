// Where a draining run, its guard and `restore` pass their steps, the odd ones too: a foreground provider, one that launchd does not
// start by itself, a label that is not free yet, candidates that do not end, a guard that does not begin.
import { setTimeout as delay } from "node:timers/promises";
import { LABEL, type DrainWorld } from "../support/worlds/drain-world.ts";
import { alive, eventually, startOrphan } from "../support/worlds/live-world.ts";
import type { Scenario } from "./scenario.ts";
import type { Passed } from "./stage.ts";
import { openDrainStage, type DrainPlay } from "./stage-drain.ts";

const drain = (name: string, roles: string[], options: DrainPlay, longS = 0): Scenario => ({
  ...{ name, roles, longS },
  open: () => openDrainStage(options),
});

export const DRAIN_SCENARIOS: readonly Scenario[] = [
  // Before all others: in them it depends on the moment whether a process has to be told.
  {
    ...drain("told first", ["run"], { agent: { extra: { ExitTimeOut: 1 } }, flags: { "drain-grace": "20" } }),
    only: /^(journal\.told|drain\.sigterm)$/,
  },
  drain("run", ["run"], {}),
  drain("guard", ["guard"], { always: ["kill run after candidate.release 1"] }),
  drain("restore", ["restore"], { killedAt: "run after journal.out 2" }),
  // Whether it was told to end shows after 20 s only.
  drain("foreground", ["run"], { agent: null, flags: { "restart-foreground": true }, setUp: startForeground }, 25),
  drain("kickstart", ["run"], { agent: null, endOnly: true, setUp: loadIdle }, 5),
  drain("label not free", ["run"], {
    endOnly: true,
    eachTime: ({ mac }) => mac.addFault({ verb: "bootstrap", target: LABEL, code: 5, times: 1 }),
  }),
  drain("candidate not written down", ["run"], {
    always: ["fail:EIO run before run.candidate 1"],
    endsAs: "internal_error",
  }),
  // After a kill, whoever comes next gives it 30 s once more.
  {
    ...drain(
      "candidate that stays",
      ["run"],
      { behaviour: { ignoreSigtermMs: -1, hangLoad: true }, endsAs: "interrupted", meanwhile: interruptTwice },
      40,
    ),
    only: /^candidate\.sigkill$/,
  },
  // An orphan gets 30 s.
  drain(
    "orphan that stays",
    ["guard"],
    { behaviour: { ignoreSigtermMs: -1 }, always: ["kill run before candidate.sigterm 1"] },
    40,
  ),
  drain("guard that dies", ["run"], { always: ["kill guard before guard.watch 1"], endsAs: "internal_error" }),
  drain("resume", ["run"], {
    killedAt: "run after run.visit 1",
    command: (world) => [...world.drainArgs(), "--resume"],
  }),
  drain("retain", ["run"], {
    flags: { "retain-runs": "1" },
    keeps: 1,
    setUp: async (world) => void (await world.run(world.drainArgs())),
  }),
];

async function startForeground(world: DrainWorld): Promise<void> {
  const argv = [world.mac.program("macprovider-cli"), "serve", "--port", String(world.livePort)];
  startOrphan(argv, { env: world.mac.env });
  await eventually("it answers", () => world.isLive());
}

/** Once the candidate hears signals, and again while it is waited for; what comes within a second is one wish. */
async function interruptTwice({ provider }: DrainWorld, { role, side, name, pid }: Passed): Promise<void> {
  if (role !== "run" || side !== "after") return;
  const isThere = () => provider.noted("start").some((one) => one["noJoin"] === true && alive(one.pid));
  if (name === "candidate.release") await eventually("the candidate hears signals", isThere);
  if (name === "candidate.sigterm") await delay(1500);
  if (name === "candidate.release" || name === "candidate.sigterm") process.kill(pid, "SIGINT");
}

/** Without RunAtLoad and KeepAlive; it runs because somebody has started it. */
async function loadIdle(world: DrainWorld): Promise<void> {
  const { mac, livePort } = world;
  const argv = [mac.program("malibu-cli"), "serve", "--port", String(livePort)];
  world.plist = await mac.load({ label: LABEL, argv, keepAlive: false, runAtLoad: false, extra: { ExitTimeOut: 2 } });
  await mac.launchctl(["kickstart", `${mac.domain}/${LABEL}`]);
  await eventually("it answers", () => world.isLive());
}
