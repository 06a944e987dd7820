// A step stops, kills or fails its process where a test says so, and is not there at all where none does. Source: contract §16 case 10.
import { afterAll, expect, test } from "@jest/globals";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWorld, until } from "./support/worlds/program.ts";
import { removeFolder } from "./support/worlds/remove-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "steps-"));
afterAll(() => removeFolder(folder));

async function runsWith(barriers: string | null, file: string) {
  const world = await createWorld();
  const noted = join(folder, file);
  const variables = { MLX_AUTOTUNE_TEST_STEPS: noted, MLX_AUTOTUNE_TEST_BARRIERS: barriers ?? "" };
  const started = world.start(["runs"], barriers === null ? {} : variables);
  const lines = () => (existsSync(noted) ? readFileSync(noted, "utf8").trim().split("\n") : []);
  return { world, started, lines };
}

test("without the variables nothing is noted and nothing stops", async () => {
  const { world, started, lines } = await runsWith(null, "none");
  expect([(await started.finished).code, lines()]).toEqual([0, []]);
  await world.close();
}, 60_000);

test("every step is noted on both sides", async () => {
  const { world, started, lines } = await runsWith("", "noted");
  expect((await started.finished).code).toBe(0);
  const { pid } = started;
  expect(lines()).toContain(`runs before database.create 1 ${pid}`);
  expect(lines()).toContain(`runs after database.create 1 ${pid}`);
  await world.close();
}, 60_000);

test("a process stands still at a barrier until it is woken", async () => {
  const { world, started, lines } = await runsWith("stop runs before database.create 1", "stop");
  await until("it stands", () => lines().some((line) => line.startsWith("runs before database.create")));
  expect(existsSync(world.dbPath)).toBe(false);
  started.process.kill("SIGCONT");
  expect((await started.finished).code).toBe(0);
  await world.close();
}, 60_000);

test("a step dies or fails where it is told to", async () => {
  const killed = await runsWith("kill runs after database.create 1", "kill");
  expect(await killed.started.finished).toMatchObject({ signal: "SIGKILL" });
  const failing = await runsWith("fail:ENOSPC runs before database.create 1", "fail");
  const { code, stderr } = await failing.started.finished;
  expect([code, stderr]).toEqual([2, expect.stringContaining("the disk is full")]);
  removeFolder(killed.world.home); // without tables it cannot be looked at
  await failing.world.close();
}, 60_000);
