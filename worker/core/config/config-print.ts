// What tells a config's bytes from others without reading them as YAML, so that the extension can look without a parser.
import { createHash } from "node:crypto";

/** A config file is a page of text; more than this is something else, and parsing it would stall. Unit: bytes. */
export const MAX_CONFIG_BYTES = 1024 * 1024;

/** @returns SHA-256 in lowercase hex; null for a file that holds nothing but white space */
export function configPrint(bytes: Uint8Array): string | null {
  if (new TextDecoder("latin1").decode(bytes).trim() === "") return null;
  return createHash("sha256").update(bytes).digest("hex");
}
