// When ps and lsof have told the whole truth, and in which environment they are asked.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { toolEnvironment } from "../../../worker/core/live/tool-environment.ts";
import { type Tool, toolFailure, type ToolResult } from "../../../worker/core/live/tool-answer.ts";
import { macFixture } from "../../support/mac/mac-fixture.ts";

const result = (more: Partial<ToolResult>): ToolResult => ({
  code: 0,
  timedOut: false,
  signal: null,
  stdout: "",
  stderr: "",
  ...more,
});
const failure = (tool: Tool, more: Partial<ToolResult>) => toolFailure(tool, result(more), 10);
const WARNING = macFixture("lsof-smb-warning.stderr.txt");

test.each<[string, Tool, Partial<ToolResult>]>([
  ["lsof that found nothing", "lsof", { code: 1 }],
  ["lsof that found one of two pids", "lsof", { code: 1, stdout: "p1\nf3\nn*:1\n" }],
  ["lsof with a volume that it could not look at", "lsof", { stdout: "p1\nf3\nn*:1\n", stderr: WARNING }],
  ["lsof with such a volume that found nothing", "lsof", { code: 1, stderr: WARNING }],
  ["ps that has none of the pids", "ps", { code: 1 }],
  ["ps", "ps", { stdout: "  1 0\n" }],
])("%s is an answer", (_, tool, more) => {
  expect(failure(tool, more)).toBeNull();
});

test.each<[string, Tool, Partial<ToolResult>, string]>([
  [
    "an error",
    "ps",
    { code: 1, stderr: "ps: sysctl: Cannot allocate memory\n" },
    "ps ended with 1: ps: sysctl: Cannot",
  ],
  ["an error after some lines", "ps", { code: 1, stdout: "  1 0\n" }, "ps ended with 1"],
  [
    "an error of lsof",
    "lsof",
    { code: 1, stderr: `${WARNING}lsof: can't fork\n` },
    "lsof ended with 1: lsof: can't fork",
  ],
  ["another code", "lsof", { code: 2 }, "lsof ended with 2"],
  ["a signal", "ps", { code: null, signal: "SIGKILL", stdout: "  1 0\n" }, "ps was ended by SIGKILL"],
  ["a late answer", "lsof", { code: null, timedOut: true }, "lsof did not answer within 10 s"],
  ["a line that is cut", "ps", { stdout: "  1 0\n  88" }, "what ps printed is cut off"],
])("%s is none", (_, tool, more, said) => {
  expect(failure(tool, more)).toContain(said);
});

test("the tools print true bytes and comparable times, whatever language the user or Raycast has set", () => {
  const asked = toolEnvironment({
    LC_ALL: "C",
    LANG: "de_DE.UTF-8",
    LC_TIME: "de_DE.UTF-8",
    PATH: "/bin",
    NONE: undefined,
  });
  expect(asked).toEqual({
    LANG: "de_DE.UTF-8",
    PATH: "/bin",
    LC_CTYPE: "en_US.UTF-8",
    LC_TIME: "C",
    TZ: "UTC",
  });
});

test("nobody asks these tools in another environment", () => {
  const files = ["worker", "src"].flatMap((folder) =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
  );
  const callers = files.filter(
    (file) => /\.tsx?$/.test(file) && /\w\(\s*\[?\s*"(ps|lsof|perl)",/.test(readFileSync(file, "utf8")),
  );
  expect(callers.length).toBeGreaterThan(5);
  expect(callers.filter((file) => !/\b(toolEnvironment|askTool)\(/.test(readFileSync(file, "utf8")))).toEqual([]);
});
