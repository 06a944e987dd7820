// Reading beside a program that holds the file: a look ends at once and says why, what waits keeps nobody else waiting, and what was read
// stays. The lock is a real one, of another process.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readDatabase, readWhenFree } from "../../src/lib/database/database.ts";
import { Looker } from "../../src/lib/database/looker.ts";
import type { Readers } from "../../worker/core/runs/readers.ts";
import { holdDatabase } from "../raycast/support/held-database.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const count = (readers: Readers) => readers.runs().length;
let home: string;
let path: string;
let letGo: () => Promise<void>;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "held-"));
  path = join(home, "autotune.sqlite");
  letGo = await holdDatabase(path);
});
afterEach(async () => {
  await letGo();
  removeFolder(home);
});

function problemOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test("a held file is a problem of its own kind, and none once it is free", async () => {
  expect(problemOf(() => readDatabase(path, count))).toMatchObject({
    kind: "locked",
    message: `${path} is held by another program.`,
  });
  await letGo();
  expect(readDatabase(path, count)).toBe(0);
});

test("what waits for it lets everything else go on, and reads as soon as it can", async () => {
  let isWaiting = true;
  const before = performance.eventLoopUtilization();
  const reading = readWhenFree(path, count, 60_000).finally(() => (isWaiting = false));
  await delay(1000);
  const { utilization } = performance.eventLoopUtilization(before);
  expect(isWaiting).toBe(true);
  // Share of the wait in which nothing else could have run: one look of 50 ms in 150 is a third.
  expect(utilization).toBeLessThan(0.8);
  await letGo();
  expect(await reading).toBe(0);
});

test("patience ends", async () => {
  await expect(readWhenFree(path, count, 0)).rejects.toMatchObject({ kind: "locked" });
});

test("a view has no data before it was free, then keeps what it read and says that it is behind", async () => {
  const looker = new Looker<number>();
  const first = looker.look(path, [], count);
  // A poll meanwhile waits with the first look.
  const second = looker.look(path, [], count);
  await letGo();
  expect(await Promise.all([first, second])).toEqual([
    { data: 0, behind: null },
    { data: 0, behind: null },
  ]);
  letGo = await holdDatabase(path);
  expect(await looker.look(path, [], count)).toMatchObject({ data: 0, behind: { kind: "locked" } });
  // Of another subject nothing is known.
  expect(await looker.look(path, ["other"], count)).toMatchObject({ problem: { kind: "locked" } });
  await letGo();
  expect(await looker.look(path, [], count)).toEqual({ data: 0, behind: null });
});
