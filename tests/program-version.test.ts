// The store versions extensions by itself: the root's manifest has no version, and the program says that of worker/package.json.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { PROGRAM } from "./support/worlds/program.ts";

const versionIn = (path: string) => (JSON.parse(readFileSync(path, "utf8")) as { version?: string }).version;

test("neither manifest nor lock file has a version, and --version says the worker's", () => {
  expect([versionIn("package.json"), versionIn("package-lock.json")]).toEqual([undefined, undefined]);
  const said = execFileSync(process.execPath, [PROGRAM, "--version"], { encoding: "utf8" });
  expect(said.trim()).toBe(versionIn("worker/package.json"));
  expect(said).toMatch(/^\d+\.\d+\.\d+\n$/);
});
