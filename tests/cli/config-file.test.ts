import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { configFilePath, parseConfigFile, readConfigFile } from "../../worker/cli/config-file.ts";
import { resolveSettings } from "../../worker/core/settings/settings.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "config-file-"));
});
afterAll(() => removeFolder(home));

const problems = (text: string) => parseConfigFile(text, "/c.yaml").problems;
const entries = (text: string) => parseConfigFile(text, "/c.yaml").entries.map(({ name, value }) => [name, value]);

function write(content: string | Uint8Array): string {
  const path = configFilePath(home);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

describe("a file that is right", () => {
  test("gives its settings with their lines, whatever the dash", () => {
    const text = '# mine\nmax_tokens: 256\nmax-duration: 60 # s\n"db-path": "~/my db"\n';
    expect(parseConfigFile(text, "/c.yaml")).toEqual({
      path: "/c.yaml",
      problems: [],
      entries: [
        { name: "max-tokens", key: "max_tokens", value: "256", line: 2 },
        { name: "max-duration", key: "max-duration", value: "60", line: 3 },
        { name: "db-path", key: "db-path", value: "~/my db", line: 4 },
      ],
    });
  });

  test("keeps numbers as they are written, so that only plain digits pass for one", () => {
    expect(entries("port: 0x4650\nseed: 1e3\ntps-tie-epsilon: 0.10")).toEqual([
      ["port", "0x4650"],
      ["seed", "1e3"],
      ["tps-tie-epsilon", "0.10"],
    ]);
  });

  test("takes lists in each of YAML's forms, and as one text", () => {
    expect(entries('kv-bits-axis: [unset, 4, "8"]\ncandidate-models:\n  - a/b\n  - /m,x\nmax-batch-axis: 1,2')).toEqual(
      [
        ["kv-bits-axis", ["unset", "4", "8"]],
        ["candidate-models", ["a/b", "/m,x"]],
        ["max-batch-axis", "1,2"],
      ],
    );
  });

  test("takes an alias for what it stands for, and null for nothing", () => {
    expect(entries("port: &p 5000\nseed: *p\ndb-path: ~\nprovider:")).toEqual([
      ["port", "5000"],
      ["seed", "5000"],
      ["db-path", ""],
      ["provider", ""],
    ]);
  });

  test.each(["", "# nothing\n", "---\n", "~", "\uFEFF"])("may say nothing: %j", (text) => {
    expect(parseConfigFile(text, "/c.yaml")).toEqual({ path: "/c.yaml", entries: [], problems: [] });
  });
});

describe("a file that is wrong names itself and the line", () => {
  test.each([
    ["port: 5000\nprot: 1", "prot in /c.yaml, line 2: there is no such setting; did you mean port?"],
    ["temperature: 1", "temperature in /c.yaml, line 1: there is no such setting; see `mlx-autotune run --help`"],
    ["a: 1\nport: {x: 1}", "port in /c.yaml, line 2: must be one value or a list of values"],
    ["port: [[1]]", "port in /c.yaml, line 1: must be one value or a list of values"],
    ["max-tokens: 1\nmax_tokens: 2", "max_tokens in /c.yaml, line 2: also on line 1 as max-tokens; give it once"],
    ["port: 1\nport: 2", "/c.yaml, line 2: also on line 1 as port; give it once"],
    ["port: [1, 2\nseed: 1\n", "/c.yaml, line 2: "],
    ["port: 'a", "/c.yaml, line 1: "],
    ["port: !secret 1", "/c.yaml, line 1: Unresolved tag"],
    ["port: 1\n---\nport: 2", "/c.yaml, line 2: "],
    ["\n- port\n", "/c.yaml, line 2: must be a mapping"],
    ["5000", "/c.yaml, line 1: must be a mapping"],
    ["? [port]\n: 1", "? in /c.yaml, line 1: there is no such setting"],
    ["<<: {port: 1}", "<< in /c.yaml, line 1: there is no such setting"],
    ["__proto__: 1", "__proto__ in /c.yaml, line 1: there is no such setting"],
    ["seed: *none", "/c.yaml, line 1: "],
  ])("%j", (text, problem) => {
    expect(problems(text)).toContainEqual(expect.stringContaining(problem));
  });

  test("all of its problems are told", () => {
    expect(problems("prot: 1\nsede: 2\nport: {}")).toHaveLength(3);
  });
});

describe("on disk", () => {
  const read = (path: string) => readConfigFile(path, new AbortController().signal);
  const problemsOf = async (path: string) => (await read(path))?.problems;

  test("no file, and no folder, is fine", async () => {
    expect(await read(join(home, "none", "config.yaml"))).toBeNull();
  });

  test("a file is read and its bad value refused with file and line", async () => {
    const path = write("# mine\nport: 80\n");
    const file = await read(path);
    const around = { flags: {}, env: {}, file, home, cwd: home, randomSeed: 1 };
    expect(() => resolveSettings(around)).toThrow(`port in ${path}, line 2: "80" is below 1024; give a whole number`);
  });

  test.each([
    ["Latin-1", new Uint8Array([0x70, 0xe9])],
    ["too big", "#".repeat(1_000_001)],
  ])("a file that is %s is refused", async (_, content) => {
    const path = write(content);
    expect(await problemsOf(path)).toEqual([expect.stringMatching(`^${path}: cannot be read: .*; mend it`)]);
  });

  test("a folder in its place is refused, and so is a file where its folder should be", async () => {
    expect(await problemsOf(home)).toEqual([`${home}: cannot be read: it is not a file; mend it or move it away`]);
    const path = write("port: 5000");
    expect(await problemsOf(join(path, "config.yaml"))).toEqual([expect.stringContaining("ENOTDIR")]);
  });
});
