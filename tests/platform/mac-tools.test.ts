// The machine as the tools of macOS describe it, by programs on PATH that print what the real ones print. Source: contract §4, §5, §10.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readBootId } from "../../worker/platform/processes/boot-id.ts";
import { readMachine } from "../../worker/platform/machine/host.ts";
import { readPowerNow } from "../../worker/platform/machine/keep-awake.ts";
import { readMemory } from "../../worker/platform/machine/memory.ts";
import { plantTool, printed } from "../support/mac/mac-tools.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "mac-tools-"));
});
afterEach(() => removeFolder(bin));

const env = () => ({ PATH: `${bin}:/usr/bin:/bin` });
const says = (tool: string, name: string) => plantTool(bin, tool, `exec cat '${printed(name)}'`);

/** What `sysctl` knows; anything else is answered as the real one does. */
const sysctl = (names: Record<string, string>) => {
  const known = Object.entries(names).map(([oid, name]) => `${oid}) exec cat '${printed(name)}' ;;`);
  plantTool(
    bin,
    "sysctl",
    `case "$2" in ${known.join(" ")} *) cat '${printed("sysctl-unknown-oid.stderr")}' >&2; exit 1 ;; esac`,
  );
};

test("chip and version are what sysctl and sw_vers print", async () => {
  sysctl({ "machdep.cpu.brand_string": "sysctl-brand" });
  says("sw_vers", "sw_vers-productVersion");
  expect(await readMachine("1.2.3", env())).toMatchObject({ chip: "Apple M4 Max", os_version: "macOS 26.6.2" });
  sysctl({});
  const unknown = await readMachine("1.2.3", env());
  expect(unknown.chip).not.toMatch(/unknown oid/);
});

test("a boot is known by its session's id where there is no /proc", async () => {
  sysctl({ "kern.bootsessionuuid": "sysctl-bootsessionuuid" });
  expect(await readBootId(env())).toMatch(/^[0-9A-Fa-f-]{36}$/);
});

test("memory: wired and available from vm_stat, available from memory_pressure where vm_stat lacks it, else unknown", async () => {
  says("vm_stat", "vm_stat-16384");
  const held = { kind: "wired", bytes: 182113 * 16384 };
  expect(await readMemory(env())).toEqual({ availableBytes: (61996 + 345678) * 16384, held });
  plantTool(bin, "vm_stat", `grep -v File-backed '${printed("vm_stat-16384")}'`);
  expect(await readMemory(env())).toEqual({ availableBytes: null, held });
  plantTool(bin, "memory_pressure", `[ "$1" = -Q ] && exec cat '${printed("memory_pressure-Q")}'`);
  expect(await readMemory(env())).toEqual({ availableBytes: Math.round(25769803776 * 0.71), held });
  plantTool(bin, "vm_stat", "echo 'vm_stat: host_statistics64: (os/kern) failure' >&2; exit 1");
  plantTool(bin, "memory_pressure", "exit 1");
  expect(await readMemory(env())).toEqual({ availableBytes: null, held: null });
});

test("what the Mac runs on and its mode are asked apart", async () => {
  const [battery, settings] = [printed("pmset-batt-ups"), printed("pmset-g-powermode-1-low")];
  plantTool(
    bin,
    "pmset",
    `[ "$*" = "-g batt" ] && exec cat '${battery}'; [ "$*" = -g ] && exec cat '${settings}'; exit 1`,
  );
  expect(await readPowerNow(env())).toEqual({ source: "ups", lowPower: true });
});

test("a pmset that fails says nothing, instead of mains", async () => {
  plantTool(bin, "pmset", "echo 'Error: no power source' >&2; exit 1");
  expect(await readPowerNow(env())).toEqual({ source: null, lowPower: null });
});
