// Probes of the machine: system, chip, boot, memory, power, tools and notifiers.
// Source: contract §5 (platform tools), §10 (machine), §13 (notification).
import { isAbsolute } from "node:path";
import type { Finding } from "../../core/secrets/evidence.ts";
import { parseMeminfo, parseMemoryPressure, parseVmStat, parseWiredLimit } from "../../core/machine/memory-output.ts";
import { readPower } from "../../core/machine/power.ts";
import { notifiersFor, thisHost } from "../../notify/notifiers.ts";
import { readBootId } from "../../platform/processes/boot-id.ts";
import { readMachine } from "../../platform/machine/host.ts";
import { readPowerNow } from "../../platform/machine/keep-awake.ts";
import { readMemory } from "../../platform/machine/memory.ts";
import { findOnPath } from "../../platform/processes/programs.ts";
import { asked, type Look, noted, type ProbeContext, reading } from "./evidence-context.ts";

export const lookAtSystem: Look = async (context) => [
  await asked(context, ["sw_vers", "-productVersion"], async () => (await readMachine("", context.io.env)).os_version),
];

export const lookAtChip: Look = async (context) => [
  await asked(
    context,
    ["sysctl", "-n", "machdep.cpu.brand_string"],
    async () => (await readMachine("", context.io.env)).chip,
  ),
];

export const lookAtBoot: Look = async (context) => [
  await asked(context, ["sysctl", "-n", "kern.bootsessionuuid"], () => readBootId(context.io.env)),
];

export const lookAtMemory: Look = async (context) => [
  await asked(context, ["vm_stat"], async ({ text }) => ({
    "of this text": parseVmStat(text),
    used: await readMemory(context.io.env),
    doctor: await context.machineCheck("memory"),
  })),
  await asked(context, ["memory_pressure", "-Q"], ({ text }) => parseMemoryPressure(text)),
  ...(await linuxMemory(context)),
];

async function linuxMemory({ readFile }: ProbeContext): Promise<Finding[]> {
  const said = await readFile("/proc/meminfo");
  if (said.outcome === "not here") return [];
  return [{ asked: "/proc/meminfo", said, read: await reading(() => parseMeminfo(said.text)) }];
}

export const lookAtWiredLimit: Look = async (context) => [
  await asked(context, ["sysctl", "-n", "iogpu.wired_limit_mb"], async ({ text }) => ({
    "of this text": parseWiredLimit(text),
    doctor: await context.machineCheck("wired-limit"),
  })),
];

export const lookAtPower: Look = async (context) => [
  await asked(context, ["pmset", "-g", "batt"], ({ text }) => readPower(text, "")),
  await asked(context, ["pmset", "-g"], async ({ text }) => ({
    "of this text": readPower("", text),
    "of both": await readPowerNow(context.io.env),
    doctor: await context.machineCheck("power"),
  })),
];

const TOOLS =
  "launchctl ps lsof perl vm_stat memory_pressure sysctl pmset sw_vers plutil caffeinate arch python3 xcode-select".split(
    " ",
  );

export const lookAtTools: Look = async (context) => {
  const { env } = context.io;
  const found = await Promise.all(
    TOOLS.map(async (name) => `${name}: ${(await findOnPath(name, env)) ?? "not there"}`),
  );
  const said = noted([`PATH=${env["PATH"] ?? ""}`, ...found].join("\n"));
  const read = await reading(() => context.machineCheck("tools"));
  return [{ asked: "where PATH has the tools", said, read }, await asked(context, ["xcode-select", "-p"], () => null)];
};

export const lookAtNotifiers: Look = async (context) => {
  const { env } = context.io;
  const tools = await Promise.all(
    notifiersFor(thisHost()).map(async ({ name, program, obstacle }) => {
      const place = isAbsolute(program) ? program : await findOnPath(program, env);
      return `${name}: ${place ?? "not there"}; obstacle: ${place === null ? "-" : ((await obstacle(env)) ?? "none")}`;
    }),
  );
  return [
    {
      asked: "what could show one (nothing is shown)",
      said: noted(tools.join("\n")),
      read: await reading(() => context.machineCheck("notifier")),
    },
    await asked(context, ["arch", "-x86_64", "/usr/bin/true"], () => context.machineCheck("rosetta")),
  ];
};
