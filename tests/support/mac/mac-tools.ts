// Tools of macOS as programs on a test's PATH: shell scripts, most of which print what the real tool prints (tests/fixtures/mac).
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** Path of what a real tool printed. @param name e.g. "vm_stat-16384" */
export const printed = (name: string): string => resolve("tests/fixtures/mac", `${name}.txt`);

/** Write a tool into a folder. @param script lines of sh */
export function plantTool(folder: string, name: string, script: string): string {
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  rmSync(path, { force: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Put a folder first on the PATH of an environment. */
export function onPath(env: NodeJS.ProcessEnv, folder: string): void {
  const others = (env["PATH"] ?? "").split(delimiter).filter((one) => one !== folder);
  env["PATH"] = [folder, ...others].join(delimiter);
}
