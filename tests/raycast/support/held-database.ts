// Holds a database as another program does, from a process of its own.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { until } from "../../support/worlds/program.ts";

/** Hold it. @returns the end of that */
export async function holdDatabase(path: string): Promise<() => Promise<void>> {
  const ready = `${path}.held-${process.hrtime.bigint()}`;
  const script = resolve("tests/raycast/support/hold-database.ts");
  const holder = spawn(process.execPath, ["--no-warnings", script, path, ready], { stdio: "inherit" });
  const ended = new Promise((done) => holder.once("close", done));
  await until("the database is held", () => existsSync(ready) || holder.exitCode !== null);
  if (holder.exitCode !== null) throw new Error(`the database was not held: ${holder.exitCode}`);
  return async () => {
    holder.kill("SIGTERM");
    await ended;
  };
}
