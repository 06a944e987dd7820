// Contract §3 (interrupted) and §5: a tool that does not answer keeps no command from ending at a signal, and is not left behind.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { guardPids } from "../../support/worlds/active-run.ts";
import { type DrainWorld, onMac } from "../../support/worlds/drain-world.ts";
import { alive, stillThere } from "../../support/worlds/live-world.ts";
import { until } from "../../support/worlds/program.ts";
import { shortTune } from "../../support/worlds/short-tune.ts";

/** A launchctl that does not answer while a file is there. @returns pids of those that were asked meanwhile */
async function withHangingLaunchctl(
  world: DrainWorld,
  body: (hang: () => void, hung: () => number[]) => Promise<void>,
): Promise<void> {
  const at = (name: string) => join(world.home, name);
  const real = at("bin/launchctl-that-answers");
  renameSync(at("bin/launchctl"), real);
  world.tool("launchctl", `[ -e '${at("hang")}' ] || exec '${real}' "$@"\necho $$ >>'${at("hung")}'\nexec sleep 600`);
  const hung = () =>
    (existsSync(at("hung")) ? readFileSync(at("hung"), "utf8") : "").split("\n").filter(Boolean).map(Number);
  try {
    await body(() => writeFileSync(at("hang"), ""), hung);
  } finally {
    rmSync(at("hang"), { force: true });
  }
}

const provider = (world: DrainWorld) => ["--provider", "macprovider", "--provider-bin", world.provider.program];

const COMMANDS: [string, (world: DrainWorld) => string[]][] = [
  ["run", (world) => world.tuneArgs(shortTune())],
  ["plan", (world) => ["plan", ...provider(world)]],
  ["doctor", (world) => ["doctor", ...provider(world)]],
  ["doctor --evidence", (world) => ["doctor", "--evidence", join(world.home, "evidence"), ...provider(world)]],
  ["apply", () => ["apply", "--yes"]],
];

test.concurrent.each(COMMANDS)("%s ends while launchctl does not answer", (name, args) =>
  onMac(async (world) => {
    if (name === "apply") await world.start(world.drainArgs()).finished; // so that there is a recipe
    await withHangingLaunchctl(world, async (hang, hung) => {
      hang();
      const command = world.start(args(world));
      await until("a question to launchctl", () => hung().some(alive));
      process.kill(command.pid, "SIGINT");
      expect((await command.finished).code).toBe(130);
      expect(await stillThere(hung())).toEqual([]);
    });
  }, null),
);

test.concurrent("a run ends while it looks for what is in the way", () =>
  onMac(async (world) => {
    await withHangingLaunchctl(world, async (hang, hung) => {
      const steps = join(world.home, "steps");
      const run = world.start(world.drainArgs(), {
        MLX_AUTOTUNE_TEST_STEPS: steps,
        MLX_AUTOTUNE_TEST_BARRIERS: "stop run after run.described 1",
      });
      const isPrepared = () => existsSync(steps) && readFileSync(steps, "utf8").includes("after run.described");
      await until("it is prepared", isPrepared);
      hang();
      process.kill(run.pid, "SIGCONT");
      await until("a question to launchctl", () => hung().some(alive));
      process.kill(run.pid, "SIGTERM");
      expect((await run.finished).code).toBe(143);
      expect(await stillThere(hung())).toEqual([]);
    });
    await world.expectAsBefore();
  }, null),
);

test.concurrent("a command ends while a tool does not take what it has to tell; the next one tells", () =>
  onMac(async (world) => {
    const steps = { MLX_AUTOTUNE_TEST_STEPS: join(world.home, "steps") };
    const ends = "kill run after run.ended 1, kill guard before untold.claim 1";
    await world.start(world.drainArgs(), { ...steps, MLX_AUTOTUNE_TEST_BARRIERS: ends }).finished;
    await until("the guard has gone", () => guardPids(world).length === 0);
    const notifier = join(world.home, "bin/terminal-notifier");
    renameSync(notifier, `${notifier}-that-answers`);
    const log = join(world.home, "hung");
    world.tool("terminal-notifier", `echo $$ >>'${log}'\nexec sleep 600`);
    const command = world.start(["status"]);
    await until("the notifier", () => existsSync(log) && readFileSync(log, "utf8").endsWith("\n"));
    process.kill(command.pid, "SIGINT");
    expect((await command.finished).code).toBe(130);
    expect(await stillThere([Number(readFileSync(log, "utf8"))])).toEqual([]);
    renameSync(`${notifier}-that-answers`, notifier);
    expect((await world.run(["status"])).code).toBe(0);
    expect(world.notifications()).toEqual([expect.stringContaining("Recipe ready")]);
  }, null),
);
