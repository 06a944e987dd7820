// What other programs print may be of any length: a line of 1 MB is read as fast as it is long. A quadratic reader would need minutes,
// and run into the limit of the test.
import { expect, test } from "@jest/globals";
import { asPsPrints, knownArgv, readCommandLine, readProcCommandLine } from "../../../worker/core/live/command-line.ts";
import { configNamedBy, overridesOf } from "../../../worker/core/config/config-launch.ts";
import { parseCwd, parseListeners, parseProcNetTcp } from "../../../worker/core/live/listener-output.ts";
import { parsePlistXml } from "../../../worker/core/launchd/plist-xml.ts";
import { parseProcArgs } from "../../../worker/core/live/procargs.ts";
import { otherServerOf, servedBy, startedBy } from "../../../worker/core/live/provider-argv.ts";
import { parseEnvironment, parseProcessTable } from "../../../worker/core/live/ps-output.ts";
import { simpleCommands } from "../../../worker/core/text/shell-words.ts";
import { toolFailure } from "../../../worker/core/live/tool-answer.ts";
import { macprovider } from "../../../worker/providers/macprovider.ts";

const MB = 1 << 20;
const ROW = "  887     1   887   501 S    Mon Nov 23 08:01:02 2026     ";
const fill = (text: string) => text.repeat(Math.ceil(MB / text.length)).slice(0, MB);
const LINES = [
  "a",
  " ",
  "/a ",
  "--a ",
  '{"a": ',
  "&",
  "\0",
  "\\012",
  "'",
  '"',
  "<!--",
  "=",
  "A=",
  "a.b/",
  "$HOME ",
  "^",
].map(fill);
const nowhere = () => Promise.resolve(false);

/** None may hang; what each says of such a text is its own matter. */
const READERS: [string, (text: string) => unknown][] = [
  ["a process table", (text) => attempt(() => parseProcessTable(`${ROW}${text}\n`))],
  ["a row of another shape", (text) => attempt(() => parseProcessTable(`${text}\n`))],
  ["a command line", (text) => readCommandLine(`malibu-cli serve ${text}`, nowhere)],
  ["a command line of something else", (text) => readCommandLine(text, nowhere)],
  ["a title", (text) => readProcCommandLine(text)],
  ["known words", (text) => [asPsPrints([text]), knownArgv(text, [[text], ["/a", text]])]],
  ["an environment", (text) => parseEnvironment("x", `x ${text}`)],
  ["the kernel's copy", (text) => parseProcArgs(Buffer.from(`\u0001\0\0\0${text}`))],
  ["listeners", (text) => [parseListeners(`p1\nn${text}\n`), parseProcNetTcp(text), parseCwd(`n${text}`)]],
  [
    "a complaint",
    (text) => toolFailure("lsof", { code: 1, timedOut: false, signal: null, stdout: "", stderr: text }, 10),
  ],
  ["words", (text) => [servedBy, otherServerOf, startedBy].map((judge) => judge([text, "-c", text]))],
  ["a shell's text", (text) => simpleCommands(text)],
  [
    "a start",
    (text) =>
      [configNamedBy, overridesOf].map((read) =>
        read({ argv: ["sh", "-c", text], env: {}, cwd: "/", home: "/h" }, macprovider.config.launch),
      ),
  ],
  ["a property list", (text) => attempt(() => parsePlistXml(`<plist><string>${text}`))],
  ["a property list of something else", (text) => attempt(() => parsePlistXml(text))],
];

test.each(READERS)("%s", async (_, read) => {
  for (const line of LINES) await read(line);
  expect(LINES.every((line) => line.length === MB)).toBe(true);
});

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error;
  }
}
