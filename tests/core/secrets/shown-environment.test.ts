// Environments in the forms in which ps, launchctl and plists print them: names stay, values only where they decide how a provider runs.
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import {
  shownEnvironment,
  shownPlistEnvironment,
  shownPrintEnvironment,
  shownPsEnvironment,
} from "../../../worker/core/secrets/shown-environment.ts";

const mac = (name: string) => readFileSync(`tests/fixtures/mac/${name}`, "utf8");

test("ps -E: the command and what a provider reads stay, each other value is its length", () => {
  const shown = shownPsEnvironment(mac("ps-command-env.txt").replace("EMPTY= ", "EMPTY= GATE=Tr0ub4dor and&3 "));
  expect(shown).toMatch(/^\/Users\/tester\/\.malibu\/bin\/malibu-cli serve --port 8080 PATH=\/opt\/homebrew\/bin:/);
  expect(shown).toContain(" MALIBU_BANNER=(");
  expect(shown).toContain(" EMPTY=(0-characters) GATE=(15-characters) BASH_FUNC_greet%%=(");
  expect(shown).not.toContain("Tr0ub4dor");
});

test("launchctl print: only lines of environment blocks are changed", () => {
  const text = mac("launchctl-print-agent-running.txt");
  const planted = text.replace("\t\tOSLogRateLimit", "\t\tGATE => Tr0ub4dor => x\n\t\tOSLogRateLimit");
  const shown = shownPrintEnvironment(planted);
  expect(shown).toContain("\t\tGATE => (14-characters)\n\t\tOSLogRateLimit => 64\n");
  const changed = shown.split("\n").filter((line, at) => line !== planted.split("\n")[at]);
  expect(changed).toEqual(["\t\tSSH_AUTH_SOCK => (47-characters)", "\t\tGATE => (14-characters)"]);
});

test("a plist: only the strings of EnvironmentVariables are changed", () => {
  const text = mac("plists/homebrew.mxcl.ollama.plist");
  const shown = shownPlistEnvironment(text);
  expect(shown).not.toBe(text);
  const changed = text.split("\n").filter((line, at) => line !== shown.split("\n")[at]);
  expect(changed.every((line) => /<string>/.test(line))).toBe(true);
  expect(shownPlistEnvironment("<dict/>")).toBe("<dict/>");
});

test("an environment as data; none stays none", () => {
  expect(shownEnvironment({ PATH: "/bin", GATE: "abc", GONE: undefined })).toEqual({
    PATH: "/bin",
    GATE: "(3-characters)",
  });
  expect(shownEnvironment(null)).toBeNull();
});

test("a million characters come to an end", () => {
  for (const part of [" A=", "\t\tA => b\n", "<key>EnvironmentVariables</key><key>A</key>", " "])
    for (const shown of [shownPsEnvironment, shownPrintEnvironment, shownPlistEnvironment])
      expect(shown(part.repeat(1_000_000 / part.length)).length).toBeGreaterThan(0);
});
