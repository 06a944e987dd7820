// Outputs of macOS tools in real form (tests/fixtures/mac, INDEX.md says what is special about each).
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The text of one of them. */
export function macFixture(name: string): string {
  return readFileSync(join(process.cwd(), "tests", "fixtures", "mac", name), "utf8");
}
