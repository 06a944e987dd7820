import { expect, test } from "@jest/globals";
import {
  alternatesOf,
  compareSize,
  noFeasibleText,
  type SizedCandidate,
} from "../../../worker/core/result/verdicts.ts";

const sized = (id: string, rank: number, tensorBytes: number | null = null): SizedCandidate => ({
  id,
  rank,
  tensorBytes,
});

test("size: weights first, then the number before B, then the position", () => {
  expect(compareSize(sized("a-1B", 1, 9e9), sized("b-70B", 2, 1e9))).toBeGreaterThan(0);
  expect(compareSize(sized("a-1B", 1, 9e9), sized("b-70B", 2))).toBeLessThan(0);
  expect(compareSize(sized("big", 1), sized("small", 2))).toBeGreaterThan(0);
});

test("alternates are later and smaller, in input order", () => {
  const all = [sized("x-32B", 1), sized("y-7B", 2), sized("z-14B", 3), sized("v-3B", 4), sized("w-1B", 5)];
  expect(alternatesOf(all[1] as SizedCandidate, all)).toEqual(["v-3B", "w-1B"]);
});

test("a later but bigger candidate is no alternate", () => {
  expect(alternatesOf(sized("1B", 1), [sized("1B", 1), sized("32B", 2)])).toEqual([]);
});

test("nothing fits: the smallest reason leads, the larger follow by size, both ways out are named", () => {
  const verdict = (id: string, rank: number, reason: string) => ({
    ...sized(id, rank),
    misfit: { class: "ttft_gate" as const, reason },
  });
  const lines = noFeasibleText(
    [verdict("a-7B", 1, "slow"), verdict("b-1B", 2, "tiny and slow"), verdict("c-3B", 3, "small and slow")],
    4000,
  ).split("\n");
  expect(lines[0]).toContain("4000 tokens");
  expect(lines[1]).toBe("Smallest: b-1B: tiny and slow");
  expect(lines[2]).toBe("Larger:   c-3B: small and slow");
  expect(lines[3]).toBe("Larger:   a-7B: slow");
  expect(lines[4]).toContain("--target-context");
  expect(lines[4]).toContain("--candidate-models");
});
