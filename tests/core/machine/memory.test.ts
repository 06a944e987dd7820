// What macOS and Linux say of their memory, in real form: what is wired or used before and after a candidate, and what a new program could have.
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import {
  notReturned,
  parseMeminfo,
  parseMemoryPressure,
  parseVmStat,
  parseWiredLimit,
} from "../../../worker/core/machine/memory-output.ts";

const mac = (name: string) => readFileSync(`tests/fixtures/mac/${name}.txt`, "utf8");

test.each([
  // (free + file-backed) × page size; wired × page size
  ["vm_stat-16384", (61996 + 345678) * 16384, 182113 * 16384],
  ["vm_stat-4096-intel", (61996 + 345678) * 4096, 182113 * 4096],
  ["vm_stat-busy-cache", (45933 + 334561) * 16384, 183096 * 16384],
  ["vm_stat-stranded", (2816 + 505184) * 16384, 27131904 * 16384],
])(
  "%s: available is free and file-backed pages, in the header's page size; wired is apart",
  (name, available, wired) => {
    expect(parseVmStat(mac(name))).toEqual({ availableBytes: available, wiredBytes: wired });
  },
);

test("inactive, purgeable and compressed pages, which a program may hold, count for nothing", () => {
  const text = mac("vm_stat-16384");
  const other = text.replace(/^(Pages (?:inactive|purgeable|active|occupied by compressor):\s+)\d+/gm, "$11");
  expect(other).not.toBe(text);
  expect(parseVmStat(other)).toEqual(parseVmStat(text));
});

test("what is not vm_stat's, lacks its page size or a line, is unknown and not zero", () => {
  expect(parseVmStat("")).toBeNull();
  expect(parseVmStat("zsh: command not found: vm_stat")).toBeNull();
  expect(parseVmStat(mac("vm_stat-16384").split("\n").slice(1).join("\n"))).toBeNull();
  const old = mac("vm_stat-16384").replace(/^File-backed.*\n/m, "");
  expect(parseVmStat(old)).toEqual({ availableBytes: null, wiredBytes: 182113 * 16384 });
  expect(parseVmStat(mac("vm_stat-16384").replace(/^Pages wired.*\n/m, ""))?.wiredBytes).toBeNull();
});

test("memory_pressure gives the share of the memory that it names", () => {
  expect(parseMemoryPressure(mac("memory_pressure-Q"))).toBe(Math.round(25769803776 * 0.71));
  expect(parseMemoryPressure("System-wide memory free percentage: 71%\n")).toBeNull();
  expect(parseMemoryPressure("")).toBeNull();
});

test("Linux: what could be had, and what is in use", () => {
  const text = "MemTotal:       33554432 kB\nMemFree:         1000000 kB\nMemAvailable:   13565988 kB\n";
  expect(parseMeminfo(text)).toEqual({ availableBytes: 13565988 * 1024, usedBytes: (33554432 - 13565988) * 1024 });
  expect(parseMeminfo("MemTotal: 33554432 kB\nMemFree: 1000000 kB\n")).toEqual({
    availableBytes: null,
    usedBytes: null,
  });
});

test("the wired limit in MB, 0 for macOS' own choice; an unknown name has none", () => {
  expect(parseWiredLimit(mac("sysctl-wired-57344"))).toBe(57344);
  expect(parseWiredLimit(mac("sysctl-wired-0"))).toBe(0);
  expect(parseWiredLimit(mac("sysctl-unknown-oid.stderr"))).toBeNull();
  expect(parseWiredLimit("")).toBeNull();
});

test("what did not come back is told beyond the slack, by its kind, and only where both sides are known", () => {
  const wired = (gb: number) => ({ kind: "wired", bytes: gb * 1e9 }) as const;
  expect(notReturned(wired(5), wired(6))).toBeNull();
  expect(notReturned(wired(5), wired(3))).toBeNull();
  expect(notReturned(wired(5), wired(107.4))).toBe(
    "95.4 GB more is wired than before the start; if no other program took it, only a restart of the Mac gives it back",
  );
  expect(notReturned({ kind: "used", bytes: 5e9 }, { kind: "used", bytes: 9e9 })).toBe(
    "3.7 GB of memory did not come back",
  );
  expect(notReturned(null, wired(107))).toBeNull();
  expect(notReturned(wired(5), null)).toBe("whether the memory came back cannot be told");
});

test("a line of 1 MB is read like any other", () => {
  const noise = "9 ".repeat(500_000);
  for (const text of [noise, `Pages free:${noise}`, `page size of ${"9".repeat(1_000_000)}`]) {
    expect(parseVmStat(text)).toBeNull();
    expect(parseMemoryPressure(text)).toBeNull();
    expect(parseMeminfo(text).availableBytes).toBeNull();
    expect(parseWiredLimit(text)).toBeNull();
  }
});
