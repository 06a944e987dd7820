// Contract §15 (doctor --evidence): a tool that does not answer costs its question, one that nothing can end costs its probe, and both stand
// in the file with how long was waited; all other probes are there.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { evidenceWrittenSchema } from "../../../worker/core/secrets/evidence.ts";
import { createWorld, type World } from "../../support/worlds/program.ts";

let world: World;
beforeEach(async () => (world = await createWorld()));
afterEach(async () => {
  for (const pid of pids()) end(pid);
  await world.close();
});

const noted = () => join(world.home, "pids");
const pids = () => readFileSync(noted(), "utf8").split("\n").filter(Boolean).map(Number);

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** A program on PATH that never answers. */
function tool(name: string, script: string, folder = "bin"): void {
  const path = join(world.home, folder, name);
  mkdirSync(join(world.home, folder), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

test("ten seconds for a question, ninety for a probe", async () => {
  tool("pmset", `echo $$ >>'${noted()}'; exec sleep 600`);
  // Ended itself, it leaves one behind that holds its output open: to wait for that is to wait for good.
  tool("xcode-select", `sleep 600 & echo $! >>'${noted()}'; wait`);
  // Two of them, and each may load Python for 60 s.
  for (const folder of ["bin", "more"]) tool("mlx_lm.server", `echo $$ >>'${noted()}'; exec sleep 600`, folder);
  const file = join(world.home, "evidence.md");
  const PATH = `${join(world.home, "bin")}:${join(world.home, "more")}:${world.env["PATH"]}`;
  const args = ["doctor", "--evidence", file, "--json", "--port", String(world.port)];
  const finished = await world.run(args, { PATH });
  const { probes } = evidenceWrittenSchema.parse(JSON.parse(finished.stdout));
  const of = (id: string) => probes.find((probe) => probe.id === id);
  expect([of("power"), of("tools"), of("programs")]).toMatchObject([
    { answered: 0, unanswered: 2 },
    { answered: 1, unanswered: 1 },
    { answered: 0, unanswered: 1 },
  ]);
  expect(probes.length).toBeGreaterThan(20);
  const text = readFileSync(file, "utf8");
  const part = (id: string) => text.slice(text.indexOf(`Probe \`${id}\``)).split("\n## ")[0];
  expect(part("power")).toMatch(/### `pmset -g batt`\n\nSaid nothing \(no answer, \d+ ms\)[^]*none within 10 s/);
  expect(part("tools")).toMatch(/### `xcode-select -p`\n\nSaid nothing \(no answer, \d+ ms\)[^]*none within 10 s/);
  expect(part("programs")).toMatch(/### `the whole probe`\n\nSaid nothing \(no answer\)[^]*none within 90 s/);
});
