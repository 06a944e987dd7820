// Extended attributes and access control lists of a file that is replaced: Node cannot read them, so the system's own cp makes the new
// file as a copy of the old one, and the new bytes are written into that. Source: cp(1) of macOS (-p) and of GNU (--preserve).
import { spawnSync } from "node:child_process";
import { step } from "../../step.ts";

/** ms; a config is a page of text. */
const LIMIT_MS = 10_000;
const PRESERVE = process.platform === "darwin" ? "-p" : "--preserve=mode,ownership,xattr";

/** Copy a file with all that is attached to it. @returns why it cannot be done, one line; null if it is done */
export function copyWithAttributes(from: string, to: string): string | null {
  const { status, error, stderr } = step("config.attributes", () =>
    spawnSync("/bin/cp", [PRESERVE, from, to], {
      timeout: LIMIT_MS,
      killSignal: "SIGKILL",
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
    }),
  );
  if (error !== undefined) return `cp: ${error.message}`;
  return status === 0 ? null : stderr.trim().split("\n")[0] || `cp ended with ${status ?? "a signal"}`;
}
