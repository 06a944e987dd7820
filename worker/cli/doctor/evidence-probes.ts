// The table of probes: everything that the program asks of its surroundings without changing anything, one row each. What reads an
// answer stands in its row, so that tests/evidence-probes.test.ts finds what has been forgotten. Source: contract §15 (doctor).
import { readCommandLine } from "../../core/live/command-line.ts";
import { doctorText } from "../../core/result/check.ts";
import { meaningOfPrint, parseDomainServices, parsePrintedService } from "../../core/launchd/launchctl-output.ts";
import { parseCwd, parseListeners, parseProcNetTcp } from "../../core/live/listener-output.ts";
import { parseMeminfo, parseMemoryPressure, parseVmStat, parseWiredLimit } from "../../core/machine/memory-output.ts";
import { parsePlistXml } from "../../core/launchd/plist-xml.ts";
import { readPower } from "../../core/machine/power.ts";
import { parseProcArgs } from "../../core/live/procargs.ts";
import { servedBy } from "../../core/live/provider-argv.ts";
import { parseEnvironment, parseProcessTable } from "../../core/live/ps-output.ts";
import { readBootId } from "../../platform/processes/boot-id.ts";
import { findConfigTarget } from "../../platform/live/config-target.ts";
import { readMachine } from "../../platform/machine/host.ts";
import { checkSnapshot, listCompleteModels } from "../../platform/hub/hub-cache.ts";
import { readConfiguredModel } from "../../platform/live/live-config.ts";
import { findLiveProviders } from "../../platform/live/live-providers.ts";
import { readMemory } from "../../platform/machine/memory.ts";
import { readPlist } from "../../platform/launchd/plist.ts";
import { groupOf } from "../../platform/processes/process-group.ts";
import { processStartTime } from "../../platform/processes/process-identity.ts";
import { findBinary } from "../../platform/candidate/find-binary.ts";
import { type Look, noted } from "./evidence-context.ts";
import * as machine from "./evidence-machine.ts";
import * as models from "./evidence-models.ts";
import * as processes from "./evidence-processes.ts";
import * as services from "./evidence-services.ts";

export interface Probe {
  id: string;
  title: string;
  /** Programs that it runs. */
  tools: readonly string[];
  /** The functions that read the answers where the program uses them. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only their names are used
  readers: readonly ((...args: any[]) => unknown)[];
  look: Look;
}

const lookAtAll: Look = async ({ diagnose }) => {
  const report = await diagnose();
  return [{ asked: "mlx-autotune doctor", said: noted(doctorText(report, 110, false)), read: report }];
};

// prettier-ignore
export const PROBES: readonly Probe[] = [
  { id: "system", title: "macOS version", tools: ["sw_vers"], readers: [readMachine], look: machine.lookAtSystem },
  { id: "chip", title: "Chip", tools: ["sysctl"], readers: [readMachine], look: machine.lookAtChip },
  { id: "boot", title: "Boot", tools: ["sysctl"], readers: [readBootId], look: machine.lookAtBoot },
  { id: "memory", title: "Memory", tools: ["vm_stat", "memory_pressure"], readers: [parseVmStat, parseMemoryPressure, parseMeminfo, readMemory], look: machine.lookAtMemory },
  { id: "wired-limit", title: "Memory that the GPU may wire", tools: ["sysctl"], readers: [parseWiredLimit], look: machine.lookAtWiredLimit },
  { id: "power", title: "Power", tools: ["pmset"], readers: [readPower], look: machine.lookAtPower },
  { id: "tools", title: "Tools on PATH", tools: ["xcode-select"], readers: [], look: machine.lookAtTools },
  { id: "notifiers", title: "Tools that can show a notification", tools: ["arch"], readers: [], look: machine.lookAtNotifiers },
  { id: "domains", title: "launchd's domains", tools: ["launchctl"], readers: [parseDomainServices, meaningOfPrint], look: services.lookAtDomains },
  { id: "services", title: "launchd's services", tools: ["launchctl"], readers: [parsePrintedService, meaningOfPrint], look: services.lookAtServices },
  { id: "plists", title: "Job descriptions", tools: ["plutil"], readers: [parsePlistXml, readPlist], look: services.lookAtPlists },
  { id: "update", title: "Update of the provider in progress", tools: [], readers: [], look: services.lookAtUpdate },
  { id: "processes", title: "All processes", tools: ["ps"], readers: [parseProcessTable, servedBy], look: processes.lookAtTable },
  { id: "provider-processes", title: "Processes of providers", tools: ["ps", "lsof", "perl"], readers: [readCommandLine, parseEnvironment, parseCwd, parseProcArgs], look: processes.lookAtProviders },
  { id: "own-process", title: "Start and group of one process", tools: ["ps"], readers: [processStartTime, groupOf], look: processes.lookAtSelf },
  { id: "listeners", title: "Listeners", tools: ["lsof"], readers: [parseListeners, parseProcNetTcp], look: processes.lookAtListeners },
  { id: "live", title: "What counts as a live provider", tools: [], readers: [findLiveProviders], look: services.lookAtLive },
  { id: "programs", title: "Programs of providers", tools: [], readers: [findBinary], look: models.lookAtPrograms },
  { id: "configs", title: "Configs of providers", tools: [], readers: [findConfigTarget, readConfiguredModel], look: models.lookAtConfigs },
  { id: "cache", title: "Hugging Face cache", tools: [], readers: [listCompleteModels, checkSnapshot], look: models.lookAtCache },
  { id: "disk", title: "Disk of the cache", tools: [], readers: [], look: models.lookAtDisk },
  { id: "doctor", title: "What doctor makes of it", tools: [], readers: [], look: lookAtAll },
];
