// What machine this is, in the words of the recipe. Tools are called by name and left out where they are missing.
// Source: contract §5 (platform tools) and §10 (machine).
import { readFile } from "node:fs/promises";
import { cpus, release, totalmem, type } from "node:os";
import { execa } from "execa";
import { MEMORY_GB } from "../../core/units.ts";
import type { Machine } from "../../core/settings/inputs.ts";

/** @param binaryVersion of the provider, as its description reads it. */
export async function readMachine(binaryVersion: string, env: NodeJS.ProcessEnv): Promise<Machine> {
  const chip = (await toolText("sysctl", ["-n", "machdep.cpu.brand_string"], env)) ?? cpus()[0]?.model.trim();
  return {
    ram_gb: Math.round(totalmem() / MEMORY_GB),
    chip: chip && chip !== "" ? chip : "unknown",
    os_version: await osVersion(env),
    binary_version: binaryVersion,
    simulated: false,
  };
}

async function osVersion(env: NodeJS.ProcessEnv): Promise<string> {
  const mac = await toolText("sw_vers", ["-productVersion"], env);
  if (mac !== null) return `macOS ${mac}`;
  try {
    const name = /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(await readFile("/etc/os-release", "utf8"))?.[1];
    return name ?? `${type()} ${release()}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return `${type()} ${release()}`;
  }
}

/** @returns trimmed stdout, or null where the tool is missing, fails or says nothing. */
async function toolText(tool: string, args: string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  const options = { env, extendEnv: false, reject: false, timeout: 5000, stdin: "ignore", maxBuffer: 65_536 } as const;
  const result = await execa(tool, args, options);
  const text = result.failed ? "" : result.stdout.trim();
  return text === "" ? null : text;
}
