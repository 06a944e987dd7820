// Which installed workers may go: those that nobody has started for two weeks and no process runs from. In doubt they stay.
// Source: DESIGN (content-hashed folder); looked at only when a new version has just been installed.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { toolEnvironment } from "../../../worker/core/live/tool-environment.ts";

/** Far longer than any run may take. */
const UNUSED_DAYS = 14;
/** A copy that was broken off; copying takes a second. */
const BROKEN_OFF_DAYS = 1;
const DAY_MS = 86_400_000;
const PS_MS = 5000;

/** Remove what earlier versions of the extension left in the support path. @param current the folder to keep */
export function removeOldWorkers(supportPath: string, current: string): void {
  const old = readdirSync(supportPath).filter((name) => name !== basename(current) && isOld(join(supportPath, name)));
  if (old.length === 0) return;
  const commands = runningCommands();
  if (commands === null) return;
  for (const name of old) {
    const folder = join(supportPath, name);
    if (!commands.includes(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

function isOld(folder: string): boolean {
  const name = basename(folder);
  const limitDays = /^worker-[0-9a-f]{16}$/.test(name)
    ? UNUSED_DAYS
    : name.startsWith("new-worker-")
      ? BROKEN_OFF_DAYS
      : Infinity;
  const facts = statSync(folder, { throwIfNoEntry: false });
  return facts !== undefined && Date.now() - facts.mtimeMs > limitDays * DAY_MS;
}

/** @returns the command lines of all processes, or null if they cannot be told */
function runningCommands(): string | null {
  const { status, stdout } = spawnSync("ps", ["-axww", "-o", "command="], {
    encoding: "utf8",
    // Raycast sets no language: a folder of "josé" would not be found in what ps prints.
    env: toolEnvironment(process.env),
    timeout: PS_MS,
    killSignal: "SIGKILL",
    maxBuffer: 64_000_000,
  });
  return status === 0 && stdout !== "" ? stdout : null;
}
