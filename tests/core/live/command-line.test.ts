// Command lines that ps has joined with spaces: which words were one argument, and where that cannot be told.
import { expect, test } from "@jest/globals";
import { asPsPrints, knownArgv, readCommandLine, readProcCommandLine } from "../../../worker/core/live/command-line.ts";
import { parsePlistXml } from "../../../worker/core/launchd/plist-xml.ts";
import { macFixture } from "../../support/mac/mac-fixture.ts";

const SUPPORT = "/Users/tester/Library/Application Support/macprovider";
const there =
  (...paths: string[]) =>
  (path: string) =>
    Promise.resolve(paths.includes(path));
const read = (line: string, ...paths: string[]) => readCommandLine(line, there(...paths));

test.each<[string, string[]]>([
  ["macprovider-cli serve --port 8080 --no-join", ["macprovider-cli", "serve", "--port", "8080", "--no-join"]],
  [
    'mlx_lm.server --model m --chat-template-args {"enable_thinking": false, "a":  [1, 2]} --port 1',
    [
      "mlx_lm.server",
      "--model",
      "m",
      "--chat-template-args",
      '{"enable_thinking": false, "a":  [1, 2]}',
      "--port",
      "1",
    ],
  ],
  [
    'mlx_lm.server --chat-template-args={"enable_thinking": false} --port 1',
    ["mlx_lm.server", '--chat-template-args={"enable_thinking": false}', "--port", "1"],
  ],
  ["mlx_lm.server --port 1 --temp -1", ["mlx_lm.server", "--port", "1", "--temp", "-1"]],
  ["mlx_lm.server --port 1 --chat-template ", ["mlx_lm.server", "--port", "1", "--chat-template", ""]],
  ["python -m mlx_lm server --model x", ["python", "-m", "mlx_lm", "server", "--model", "x"]],
  ["malibu-cli", ["malibu-cli"]],
])("%s", async (line, argv) => {
  expect(await read(line)).toEqual({ argv, doubt: null });
});

test("a path with spaces is one argument, behind --config, behind --config= and as the program", async () => {
  const config = `${SUPPORT}/config.yaml`;
  const fixture = macFixture("ps-config-equals-space.txt").trimEnd();
  expect(await read(fixture, "/Users/tester/.macprovider/bin/macprovider-cli", config)).toEqual({
    argv: ["/Users/tester/.macprovider/bin/macprovider-cli", "serve", `--config=${config}`],
    doubt: null,
  });
  const program = `${SUPPORT}/bin/macprovider-cli`;
  expect(await read(`${program} serve --config ${config}`, program, config)).toEqual({
    argv: [program, "serve", "--config", config],
    doubt: null,
  });
  // Not to be seen from here (privacy, a dead volume): recognised all the same, but not for sure.
  expect(await read(`${program} serve --config ${config}`)).toEqual({
    argv: [program, "serve", "--config", config],
    doubt: expect.stringMatching(/^where the path "\/Users\/tester\/Library\/Application …" ends/),
  });
});

test("an empty argument stays one", async () => {
  const line = macFixture("ps-empty-argument.txt").replace("\n", "");
  expect(await read(line, "/opt/homebrew/bin/python3.13", "/opt/homebrew/bin/mlx_lm.server")).toEqual({
    argv: ["/opt/homebrew/bin/python3.13", "/opt/homebrew/bin/mlx_lm.server", "--chat-template", "", "--port", "8081"],
    doubt: null,
  });
});

test.each([
  ["mlx_lm.server --system-prompt You are kind --port 1", /value of --system-prompt ends/],
  ["mlx_lm.server --chat-template {% for m in messages %}{{ m }}{% endfor %}", /value of --chat-template ends/],
  ["mlx_lm.server --chat-template a\\012b", /control characters/],
  ["mlx_lm.server --stop ^A --port 1", /control characters/],
  ["mlx_lm.server --config /nowhere at all", /value of --config ends/],
  ['mlx_lm.server --args={"a": --port 1', /value of --args ends/],
  ["mlx_lm.server --a x  --port 1", /value of --a ends/],
])("where `%s` was cut cannot be told, and that is said", async (line, doubt) => {
  expect((await read(line)).doubt).toMatch(doubt);
});

test("what no server is called with is only cut at its spaces", async () => {
  expect(await read("vim /Users/tester/mlx_lm.server.md")).toEqual({
    argv: ["vim", "/Users/tester/mlx_lm.server.md"],
    doubt: null,
  });
});

test("the words of launchd or of a plist are taken where they give the very line of ps, also behind an interpreter", () => {
  const plist = parsePlistXml(macFixture("plists/com.example.mlx-oneline.plist")) as { ProgramArguments: string[] };
  const argv = plist.ProgramArguments;
  expect(argv[6]).toBe('{"enable_thinking": false}');
  expect(knownArgv(argv.join(" "), [["/other"], argv])).toEqual(argv);
  const script = ["/opt/bin/mlx_lm.server", "--chat-template", "a\nb c", ""];
  expect(knownArgv(`/opt/bin/python3 ${asPsPrints(script)}`, [script])).toEqual(["/opt/bin/python3", ...script]);
  expect(knownArgv("/opt/bin/mlx_lm.server --chat-template x", [script, []])).toBeNull();
  expect(knownArgv("not-malibu-cli serve", [["malibu-cli", "serve"]])).toBeNull();
});

test("a program that sets its title leaves no arguments behind, and that is no row of empty ones", () => {
  const argv = (...words: string[]) => words.map((word) => `${word}\0`).join("");
  expect(readProcCommandLine(argv("mlx_lm.server", "--stop", ""))).toEqual({
    argv: ["mlx_lm.server", "--stop", ""],
    doubt: null,
  });
  const titled = { argv: ["mlx_lm.server"], doubt: expect.stringContaining("title") };
  expect(readProcCommandLine(`mlx_lm.server${"\0".repeat(200)}`)).toEqual(titled);
  expect(readProcCommandLine("mlx_lm.server --port 8080\0")).toEqual({
    argv: ["mlx_lm.server", "--port", "8080"],
    doubt: expect.stringContaining("title"),
  });
  expect(readProcCommandLine("/Users/a b/mlx_lm.server\0").doubt).toBeNull();
  expect(readProcCommandLine("")).toEqual({ argv: [], doubt: null });
});
