// Physical memory: how much there is, what a new program could have of it, and what is held at this moment.
// Source: contract §4 (the memory must be back before the next start), §5 (tools by name, used wherever PATH has them).
import { readFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { execa } from "execa";
import { parseMeminfo, parseMemoryPressure, parseVmStat, type HeldMemory } from "../../core/machine/memory-output.ts";
import { findOnPath } from "../processes/programs.ts";

/** Bytes of physical memory. */
export const physicalMemoryBytes = (): number => totalmem();

/** null: it cannot be told. */
export interface Memory {
  /** Bytes that a new program could have without compressing or swapping what others hold. */
  availableBytes: number | null;
  held: HeldMemory | null;
}

/** Ask once. Never throws. */
export async function readMemory(env: NodeJS.ProcessEnv): Promise<Memory> {
  return (await findOnPath("vm_stat", env)) === null ? readMeminfo() : readVmStat(env);
}

async function readVmStat(env: NodeJS.ProcessEnv): Promise<Memory> {
  const said = parseVmStat(await toolText("vm_stat", [], env));
  const bytes = said?.wiredBytes ?? null;
  const availableBytes = said?.availableBytes ?? parseMemoryPressure(await toolText("memory_pressure", ["-Q"], env));
  return { availableBytes, held: bytes === null ? null : { kind: "wired", bytes } };
}

async function readMeminfo(): Promise<Memory> {
  const text = await readFile("/proc/meminfo", "utf8").catch(() => ""); // a Mac without its tools has none
  const { availableBytes, usedBytes } = parseMeminfo(text);
  return { availableBytes, held: usedBytes === null ? null : { kind: "used", bytes: usedBytes } };
}

/** @returns "" where the tool is missing, fails or takes too long */
async function toolText(tool: string, words: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const options = { env, extendEnv: false, reject: false, timeout: 5000, stdin: "ignore", maxBuffer: 65_536 } as const;
  const result = await execa(tool, words, options);
  return result.failed ? "" : result.stdout;
}
