// Where apply and revert pass their steps: written and served, refused and rolled back, from nothing and to nothing, with a lock of
// the dead, with a disk that fails.
import { mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ApplyWorld } from "../support/worlds/apply-world.ts";
import { BACKUPS_KEPT } from "../../worker/change/old-backups.ts";
import type { Scenario } from "./scenario.ts";
import { openApplyStage, type ApplyPlay } from "./stage-apply.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const apply = (name: string, options: ApplyPlay, eachTime = false): Scenario => ({
  ...{ name, eachTime, roles: [options.command] },
  open: () => openApplyStage(options),
});

/** Nobody has such a number. */
const DEAD = "4194303";

export const APPLY_SCENARIOS: readonly Scenario[] = [
  apply("apply", { command: "apply" }, true),
  apply("roll-back", { command: "apply", refuses: true }, true),
  apply("revert", { command: "revert" }, true),
  apply("apply to nothing", { command: "apply", absent: true }),
  apply("revert to nothing", { command: "revert", absent: true }),
  apply("dead lock", { command: "apply", eachTime: (world) => lock(world, DEAD) }),
  apply("lock taken meanwhile", {
    command: "apply",
    always: ["stop apply before lock.move 1"],
    eachTime: (world) => lock(world, DEAD),
    meanwhile: (world, { side, name, pid }) => {
      if (side !== "before" || name !== "lock.move") return;
      lock(world, String(process.pid));
      process.kill(pid, "SIGCONT");
    },
    afterwards: unlock,
  }),
  // Moved aside by one who died before it could remove it.
  apply("dead lock moved aside", { command: "apply", eachTime: (world) => lock(world, DEAD, `.${DEAD}`) }),
  apply("config under version control", { command: "apply", eachTime: putUnderGit }),
  apply("many backups", { command: "apply", backups: BACKUPS_KEPT }),
  apply("rename fails", { command: "apply", always: ["fail:EIO apply before config.rename 1"] }),
  apply("backup fails", { command: "apply", always: ["fail:ENOSPC apply before config.backup 1"] }),
];

const lockPath = (world: ApplyWorld) => join(dirname(world.configPath), ".config.yaml.mlx-autotune.lock");

function lock(world: ApplyWorld, owner: string, suffix = ""): void {
  mkdirSync(dirname(world.configPath), { recursive: true });
  rmSync(lockPath(world) + suffix, { force: true });
  symlinkSync(owner, lockPath(world) + suffix);
}

/** Backups go to a folder of their own then, which is made anew each time. */
function putUnderGit(world: ApplyWorld): void {
  mkdirSync(join(dirname(world.configPath), ".git"), { recursive: true });
  removeFolder(join(dirname(world.dbPath), "backups"));
}

/** Give up a lock that this process seemed to hold. */
function unlock(world: ApplyWorld): void {
  try {
    if (readlinkSync(lockPath(world)) === String(process.pid)) rmSync(lockPath(world));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
