// A home with a database as a real tune on the simulated provider leaves it, multiplied on demand; for benches and pictures.
import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../../support/worlds/live-world.ts";
import { removeFolder } from "../../support/worlds/remove-folder.ts";

const FILL = fileURLToPath(new URL("./fill-database.ts", import.meta.url));
const PROGRAM = resolve("assets/worker/cli.cjs");
const run = promisify(execFile);

export interface FilledWorld {
  home: string;
  databasePath: string;
  /** For `launch`: its own test scope, so that nobody else's provider is seen as a live one. */
  env: Record<string, string>;
  /** Run the worker's program. @returns stdout @throws where it does not exit 0 */
  worker(...args: string[]): Promise<string>;
  /** A whole tune on the simulated provider, in the foreground. */
  tune(...args: string[]): Promise<void>;
  /** Multiply the only run. */
  fill(runs: number, trialsPerRun: number): Promise<void>;
  remove(): void;
}

export function createFilledWorld(name = "raycast-world"): FilledWorld {
  const home = mkdtempSync(join(tmpdir(), `${name}-`));
  const databasePath = join(home, ".config/mlx-autotune/autotune.sqlite");
  const env = { MLX_AUTOTUNE_TEST_SCOPE: home };
  const surroundings = { ...env, HOME: home, PATH: process.env["PATH"] ?? "" };
  const node = async (...args: string[]) =>
    (await run(process.execPath, ["--no-warnings", ...args], { env: surroundings, cwd: home, maxBuffer: 2 ** 26 }))
      .stdout;
  const worker = (...args: string[]) => node(PROGRAM, ...args);
  return {
    ...{ home, databasePath, env, worker },
    tune: async (...args) => {
      const port = String(await freePort());
      await worker("run", "--provider", "simulated", "--port", port, "--max-tokens", "64", "--seed", "5", ...args);
    },
    fill: async (runs, trials) => void (await node(FILL, databasePath, String(runs), String(trials))),
    remove: () => removeFolder(home),
  };
}
