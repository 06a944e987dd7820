// What the systems' tools say of the memory: how much a new program could have, and how much is held that a candidate must give back. Pure.
// Source: contract §4; vm_stat(1) and memory_pressure(1) of macOS, proc(5). Metal's buffers are wired pages.
import { MEMORY_GB, memorySize } from "../units.ts";

/** null: the text does not say. */
export interface VmStat {
  availableBytes: number | null;
  wiredBytes: number | null;
}

/**
 * Read `vm_stat`. Available are free and file-backed pages (these hold the speculative ones): only they are given back without
 * compressing or swapping what other programs hold. Inactive and purgeable pages may be anybody's.
 * @returns null if the text is not vm_stat's
 */
export function parseVmStat(text: string): VmStat | null {
  const pageBytes = wholeNumber(/^Mach Virtual Memory Statistics: \(page size of (\d{1,9}) bytes\)/m.exec(text)?.[1]);
  if (pageBytes === null) return null;
  const bytes = (name: string) => {
    const pages = wholeNumber(new RegExp(`^${name}:[ \\t]+(\\d{1,15})\\.?[ \\t]*$`, "m").exec(text)?.[1]);
    return pages === null ? null : pages * pageBytes;
  };
  const [free, fileBacked] = [bytes("Pages free"), bytes("File-backed pages")];
  return {
    availableBytes: free === null || fileBacked === null ? null : free + fileBacked,
    wiredBytes: bytes("Pages wired down"),
  };
}

/** Read `memory_pressure -Q`. @returns available bytes, or null */
export function parseMemoryPressure(text: string): number | null {
  const total = wholeNumber(/^The system has (\d{1,15}) \(/m.exec(text)?.[1]);
  const percent = wholeNumber(/^System-wide memory free percentage:[ \t]*(\d{1,3})%/m.exec(text)?.[1]);
  return total === null || percent === null ? null : Math.round((total * percent) / 100);
}

/** Read /proc/meminfo. */
export function parseMeminfo(text: string): { availableBytes: number | null; usedBytes: number | null } {
  const [total, available] = ["MemTotal", "MemAvailable"].map((name) =>
    wholeNumber(new RegExp(`^${name}:[ \\t]+(\\d{1,15}) kB`, "m").exec(text)?.[1]),
  );
  if (total == null || available == null) return { availableBytes: null, usedBytes: null };
  return { availableBytes: available * 1024, usedBytes: (total - available) * 1024 };
}

/** Read `sysctl -n iogpu.wired_limit_mb`. @returns MB, 0 = macOS' own choice, or null */
export function parseWiredLimit(text: string): number | null {
  return wholeNumber(/^(\d{1,9})$/.exec(text.trim())?.[1]);
}

/** Memory that is held: wired pages on macOS, all that is not available elsewhere. */
export interface HeldMemory {
  kind: "wired" | "used";
  bytes: number;
}

/** Memory counts as back when all but this is. */
const SLACK_BYTES = MEMORY_GB;

/** @returns what a candidate did not give back, a clause; null if all is back or nothing was known before it */
export function notReturned(before: HeldMemory | null, after: HeldMemory | null): string | null {
  if (before === null) return null;
  if (after === null) return "whether the memory came back cannot be told";
  const missing = after.bytes - before.bytes;
  if (missing < SLACK_BYTES) return null;
  if (after.kind === "used") return `${memorySize(missing)} of memory did not come back`;
  return `${memorySize(missing)} more is wired than before the start; if no other program took it, only a restart of the Mac gives it back`;
}

function wholeNumber(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}
