// Part of `doctor`: memory and how much of it the GPU may wire, power, the system's tools, and whether a notification can be shown.
// Source: contract §15 (memory and wired limit; Rosetta/notifier), §5 (tools by name), §13.
import { access } from "node:fs/promises";
import { arch } from "node:os";
import { isAbsolute } from "node:path";
import { execa } from "execa";
import { check, type Check, inShort } from "../../core/result/check.ts";
import { memorySize } from "../../core/units.ts";
import { parseWiredLimit } from "../../core/machine/memory-output.ts";
import { powerWarnings } from "../../core/machine/power.ts";
import { notifiersFor, thisHost } from "../../notify/notifiers.ts";
import { readPowerNow } from "../../platform/machine/keep-awake.ts";
import { physicalMemoryBytes, readMemory } from "../../platform/machine/memory.ts";
import { findOnPath } from "../../platform/processes/programs.ts";
import type { Io } from "../command/io.ts";

/** Share of the memory below which other programs hold what a big model would need. */
const LITTLE_MEMORY = 0.3;
/** Share of the memory above which more is wired than macOS itself needs. */
const MUCH_WIRED = 0.5;
const STRANDED = [
  "If a model is being served now, that is its memory, and a drained run gets it back.",
  "If none is, a model server was killed and left it behind: restart the Mac.",
];

export async function checkMachine(io: Io): Promise<Check[]> {
  return Promise.all([
    checkMemory(io),
    checkWired(io),
    checkPower(io),
    checkTools(io),
    checkNotifier(io),
    checkRosetta(),
  ]);
}

async function checkMemory(io: Io): Promise<Check> {
  const total = physicalMemoryBytes();
  return inShort(memorySize(total), await judgeMemory(total, io));
}

async function judgeMemory(total: number, io: Io): Promise<Check> {
  const { availableBytes: available, held } = await readMemory(io.env);
  const wired = held?.kind === "wired" ? held.bytes : 0;
  const told =
    available === null ? "how much of it is available cannot be told" : `${memorySize(available)} of it available`;
  const text = `${memorySize(total)}, ${told}${wired === 0 ? "" : `, ${memorySize(wired)} wired`}`;
  if (wired > MUCH_WIRED * total) return check("memory", "Memory", "warning", text, ...STRANDED);
  if (available === null) return check("memory", "Memory", "warning", text, "See what `vm_stat` says.");
  if (available >= LITTLE_MEMORY * total) return check("memory", "Memory", "ok", text);
  return check("memory", "Memory", "warning", text, "End programs that hold much memory before a run.");
}

/** 0 is macOS' own choice. */
async function checkWired(io: Io): Promise<Check> {
  const title = "Wired limit";
  const answer = await execa("sysctl", ["-n", "iogpu.wired_limit_mb"], {
    env: io.env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    timeout: 5000,
  });
  const limit = answer.failed ? null : parseWiredLimit(answer.stdout);
  if (limit === null) return check("wired-limit", title, "skipped", "a wired limit");
  if (limit === 0)
    return inShort("default", check("wired-limit", title, "ok", "macOS' default, about 67 to 75 % of the memory"));
  const bytes = limit * 1024 * 1024;
  const short = memorySize(bytes);
  const text = `${short} (iogpu.wired_limit_mb = ${limit})`;
  if (bytes < 0.9 * physicalMemoryBytes()) return inShort(short, check("wired-limit", title, "ok", text));
  const much = `${text} leaves macOS next to nothing`;
  return inShort(short, check("wired-limit", title, "warning", much, "sudo sysctl iogpu.wired_limit_mb=0"));
}

async function checkPower(io: Io): Promise<Check> {
  if ((await findOnPath("pmset", io.env)) === null) return check("power", "Power", "skipped", "pmset (battery state)");
  const power = await readPowerNow(io.env);
  const warnings = powerWarnings(power);
  const texts = warnings.map((one) => one.text).join(" ");
  if (warnings.length > 0)
    return inShort(
      power.source === "battery" ? "battery" : "low power",
      check("power", "Power", "warning", texts, ...warnings.map((one) => one.remedy)),
    );
  if (power.source === null)
    return inShort(
      "unknown",
      check("power", "Power", "warning", "pmset does not say what the Mac runs on", "See what `pmset -g batt` says."),
    );
  return inShort(
    "mains",
    check("power", "Power", "ok", power.lowPower === null ? "mains" : "mains, no Low Power Mode"),
  );
}

async function checkTools(io: Io): Promise<Check> {
  const names = [
    "caffeinate",
    "sysctl",
    "sw_vers",
    ...(process.platform === "darwin" ? ["vm_stat", "ps", "lsof", "plutil"] : []),
  ];
  const found = await Promise.all(names.map((name) => findOnPath(name, io.env)));
  const missing = names.filter((_, at) => found[at] === null);
  if (missing.length === 0) return inShort(`${names.length} found`, check("tools", "Tools", "ok", names.join(", ")));
  if (process.platform !== "darwin")
    return check("tools", "Tools", "skipped", `${missing.join(", ")} (tools of macOS)`);
  const awake = missing.includes("caffeinate") ? "; the Mac may fall asleep during a run" : "";
  const text = `not on PATH: ${missing.join(", ")}${awake}`;
  return inShort(
    `${missing.length} missing`,
    check("tools", "Tools", "warning", text, "Put /usr/bin, /bin, /usr/sbin and /sbin on PATH."),
  );
}

/** The first that is there; only the user's eyes tell whether what it takes appears. */
async function checkNotifier(io: Io): Promise<Check> {
  for (const { name, program, obstacle } of notifiersFor(thisHost())) {
    const there = isAbsolute(program) || (await findOnPath(program, io.env)) !== null;
    if (there && (await obstacle(io.env)) === null)
      return inShort(
        name,
        check("notifier", "Notification", "ok", `${name} is there; \`mlx-autotune notify-test\` sends one to look for`),
      );
  }
  const install = process.platform === "darwin" ? "brew install terminal-notifier" : "apt install libnotify-bin";
  const text = "there is no tool for one; a run just ends quietly";
  return inShort("none", check("notifier", "Notification", "warning", text, install));
}

/** Only programs for Intel need it, such as the bundled notifier. */
async function checkRosetta(): Promise<Check> {
  if (process.platform !== "darwin" || arch() !== "arm64") return check("rosetta", "Rosetta", "skipped", "Rosetta");
  const there = await access("/Library/Apple/usr/libexec/oah/libRosettaRuntime").then(
    () => true,
    () => false,
  );
  const short = there ? "installed" : "not needed";
  return inShort(short, check("rosetta", "Rosetta", "ok", there ? short : "not installed, and not needed"));
}
