import { expect, test } from "@jest/globals";
import { parseProcStat } from "../../worker/platform/processes/proc-stat.ts";

/** Fields 3 to 22 of a process of group 4242 that was started 987654 ticks after boot. */
const stat = (state: string, threads: number) =>
  `4243 (odd) name (1 2) ${state} 1 4242 4242 0 -1 4194560 10 0 0 0 1 2 0 0 20 0 ${threads} 0 987654 0 0`;

test("the fields are counted from the name's last bracket", () => {
  expect(parseProcStat(stat("S", 1))).toEqual({ groupId: 4242, startTicks: "987654", hasEnded: false });
});

test("a zombie has ended, unless threads of it are left", () => {
  expect(parseProcStat(stat("Z", 1)).hasEnded).toBe(true);
  expect(parseProcStat(stat("X", 0)).hasEnded).toBe(true);
  expect(parseProcStat(stat("Z", 2)).hasEnded).toBe(false);
});
