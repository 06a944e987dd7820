// Which boot of the machine this is: tells a worker that was killed from a machine that went down under it.
// Source: contract §5 (reboot in the middle), §15 (a candidate during whose start the machine went down).
import { readFile } from "node:fs/promises";
import { execa } from "execa";

/** @returns the same text until the next boot; null where nothing tells (no /proc, no sysctl) */
export async function readBootId(env: NodeJS.ProcessEnv): Promise<string | null> {
  const linux = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  if (linux.trim() !== "") return linux.trim();
  const words = ["-n", "kern.bootsessionuuid"];
  const result = await execa("sysctl", words, { env, extendEnv: false, reject: false, timeout: 5000, stdin: "ignore" });
  const text = result.failed ? "" : result.stdout.trim();
  return text === "" ? null : text;
}
