// Physical memory: how much there is, and how much is available right now.
// Source: contract §4 (the memory must be back before the next start).
import { readFile } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import { execa } from "execa";

/** Bytes of physical memory. */
export const physicalMemoryBytes = (): number => totalmem();

/** Bytes that a new process could have without swapping. */
export async function availableMemoryBytes(): Promise<number> {
  if (process.platform === "linux") return linuxAvailable();
  if (process.platform === "darwin") return macAvailable();
  return freemem();
}

async function linuxAvailable(): Promise<number> {
  const match = /^MemAvailable:\s+(\d+) kB/m.exec(await readFile("/proc/meminfo", "utf8"));
  return match ? Number(match[1]) * 1024 : freemem();
}

/** `vm_stat` counts pages; inactive, speculative and purgeable ones are given back on demand. */
async function macAvailable(): Promise<number> {
  const result = await execa("vm_stat", { reject: false, timeout: 5000 });
  if (result.failed) return freemem();
  return parseVmStat(result.stdout) ?? freemem();
}

/** @returns available bytes, or null if the text is not vm_stat's. */
export function parseVmStat(text: string): number | null {
  const pageSize = /page size of (\d+) bytes/.exec(text)?.[1];
  const pages = ["free", "inactive", "speculative", "purgeable"].map(
    (name) => new RegExp(`^Pages ${name}:\\s+(\\d+)`, "m").exec(text)?.[1],
  );
  if (pageSize === undefined || pages[0] === undefined) return null;
  return Number(pageSize) * pages.reduce((sum, count) => sum + Number(count ?? 0), 0);
}
