// A provider that somebody runs in a terminal: a real process that conflict detection takes for macprovider.
import { spawn } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { answersOn, eventually, freePort } from "./live-world.ts";
import type { World } from "./program.ts";
import { MODEL } from "./short-tune.ts";

export interface LiveInTheWay {
  pid: number;
  port: number;
  /** As the worker names it. */
  name: string;
  /** False once it has ended. */
  isThere: () => boolean;
  /** End it, if it is still there. */
  end: () => Promise<unknown>;
}

/** Start one, on a port of its own; it answers. */
export async function startLiveInTheWay(world: World): Promise<LiveInTheWay> {
  const folder = join(world.home, "live");
  mkdirSync(folder);
  const program = join(folder, "macprovider-cli");
  symlinkSync(resolve("tests/support/fake-macprovider-cli.mjs"), program);
  const port = await freePort();
  const args = [program, "serve", "--model", MODEL, "--port", String(port), "--no-join"];
  const live = spawn(process.execPath, args, { env: world.env, stdio: "ignore" });
  const ended = new Promise((done) => live.once("close", done));
  await eventually("the live provider answers", () => answersOn(port));
  return {
    pid: live.pid ?? 0,
    port,
    name: `foreground-PID-${live.pid}`,
    isThere: () => live.exitCode === null && live.signalCode === null,
    end: () => {
      live.kill("SIGTERM");
      return ended;
    },
  };
}
