// Reading the tables of other programs: ps, lsof, /proc/net/tcp, property lists.
import { expect, test } from "@jest/globals";
import { readCommandLine } from "../../../worker/core/live/command-line.ts";
import { parseCwd, parseListeners, parseProcNetTcp } from "../../../worker/core/live/listener-output.ts";
import { parsePlistXml } from "../../../worker/core/launchd/plist-xml.ts";
import { parseProcArgs } from "../../../worker/core/live/procargs.ts";
import { otherServerOf, servedBy } from "../../../worker/core/live/provider-argv.ts";
import { parseEnvironment, parseProcessTable } from "../../../worker/core/live/ps-output.ts";
import { macFixture } from "../../support/mac/mac-fixture.ts";

const nowhere = () => Promise.resolve(false);

/** Pid and what each row serves as, as the search for live providers sees it. */
async function servers(table: string): Promise<[number, string][]> {
  const rows = parseProcessTable(table).map(async ({ pid, argv }): Promise<[number, string][]> => {
    const words = (await readCommandLine(argv.join(" "), nowhere)).argv;
    const name = servedBy(words) ?? otherServerOf(words);
    return name === null ? [] : [[pid, name]];
  });
  return (await Promise.all(rows)).flat();
}

test("a process table of a Mac is read: zombies out, nobody's uid, whoever is ending, arguments that hold newlines", async () => {
  const table = macFixture("ps-table.txt");
  const rows = parseProcessTable(table);
  expect(rows.map(({ pid }) => pid)).toEqual([
    1, 536, 887, 1201, 1202, 2301, 2300, 2290, 3001, 3101, 3102, 3103, 3104, 3105, 3106,
  ]);
  expect(rows[2]).toEqual({
    pid: 887,
    ppid: 1,
    pgid: 887,
    uid: 501,
    start: "Mon Nov 23 08:01:02 2026",
    argv: ["/Users/tester/.malibu/bin/malibu-cli", "serve", "--port", "8080"],
  });
  expect(rows.find(({ pid }) => pid === 3105)?.uid).toBe(-2);
  expect(await servers(table)).toEqual([
    [887, "malibu-cli"],
    [1201, "mlx_lm.server"],
    [2301, "mlx_lm.server"],
    [3001, "macprovider-cli"],
    [3103, "mlx_lm.server"],
    [3106, "mlx_lm.server"],
  ]);
});

test("a program that serves without a subcommand is a live one", async () => {
  expect(await servers(macFixture("ps-default-subcommand.txt"))).toEqual([[887, "macprovider-cli"]]);
});

test("other servers of a Mac are recognised by what ps prints of them, whatever title they gave themselves", async () => {
  expect(await servers(macFixture("ps-table-servers.txt"))).toEqual([
    [501, "mlx_vlm.server"],
    [502, "vllm-mlx"],
    [503, "rapid-mlx"],
    [504, "oMLX"],
    [505, "LM Studio"],
    [506, "LM Studio"],
    [507, "Ollama"],
    [508, "Ollama"],
    [509, "llama-server"],
    [510, "exo"],
    [511, "LM Studio"],
    [512, "mlx-openai-server"],
  ]);
});

test("names that are not ASCII come whole", () => {
  const [provider, server] = parseProcessTable(macFixture("ps-table-nonascii-UTF8.txt"));
  expect(provider?.argv.join(" ")).toBe(
    "/Users/jos\u00e9/.malibu/bin/malibu-cli serve --config /Users/jos\u00e9/.config/macprovider/config.yaml --port 8080",
  );
  expect(server?.argv[1]).toBe("/Users/zo\u00eb/.venv/bin/mlx_lm.server");
});

test("a process whose arguments cannot be read lives as well, unless it is ending", () => {
  const row = (state: string) => `  9 1 9 501 ${state} Mon Nov 23 08:00:01 2026     (malibu-cli)\n`;
  expect(servedBy(parseProcessTable(row("S"))[0]?.argv ?? [])).toBe("malibu-cli");
  expect(servedBy(parseProcessTable(row("?E"))[0]?.argv ?? [])).toBeNull();
});

test("a process table that is cut, or hides a server in a line of another shape, is none", () => {
  const table = macFixture("ps-table.txt");
  for (const length of [table.length - 1, 1500, 700])
    expect(() => parseProcessTable(table.slice(0, length))).toThrow(/cut off/);
  expect(() => parseProcessTable("  887 1 S /bin/malibu-cli serve\n")).toThrow(/cannot be read: " {2}887 1 S/);
  expect(parseProcessTable("ps: a warning\n")).toEqual([]);
});

test("the environment is what ps -E prints after the command; none is null", () => {
  expect(parseEnvironment("x serve", "x serve HOME=/Users/me EMPTY= TEXT=two words PATH=/a:/b=c")).toEqual({
    HOME: "/Users/me",
    EMPTY: "",
    TEXT: "two words",
    PATH: "/a:/b=c",
  });
  expect(parseEnvironment("x serve", "x serve")).toBeNull();
  const whole = parseEnvironment(macFixture("ps-command.txt").trimEnd(), macFixture("ps-command-env.txt").trimEnd());
  expect(whole).toMatchObject({
    XPC_SERVICE_NAME: "live.malibu.provider",
    EMPTY: "",
    "BASH_FUNC_greet%%": "() {  echo hi\n}",
    LAST: "1",
  });
});

test("what the kernel keeps of a start gives arguments and environment word by word, and nothing if it is cut", () => {
  const bytes = (count: number, text: string) => {
    const buffer = Buffer.concat([Buffer.alloc(4), Buffer.from(text)]);
    buffer.writeInt32LE(count);
    return new Uint8Array(buffer);
  };
  const argv = ["mlx_lm.server", "--chat-template", "", "--args", '{"a": "jos\u00e9"}', "two\nlines"];
  const env = { HOME: "/Users/tester", TEXT: "two words and A=b inside", EMPTY: "" };
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}\0`);
  const text = `/opt/bin/python3\0\0\0\0${argv.map((word) => `${word}\0`).join("")}${variables.join("")}`;
  expect(parseProcArgs(bytes(6, `${text}\0executable_path=/opt/bin/python3\0`))).toEqual({ argv, env });
  expect(parseProcArgs(bytes(6, `${text.slice(0, 60)}`))).toBeNull();
  expect(parseProcArgs(bytes(0, text))).toBeNull();
  expect(parseProcArgs(new Uint8Array(3))).toBeNull();
});

test("listening sockets are those that take connections to 127.0.0.1", () => {
  const row = (local: string, state: string, inode: number) =>
    `   0: ${local} 00000000:0000 ${state} 0:0 00:0 0 0 0 ${inode} 1`;
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    row("0100007F:46A0", "0A", 11),
    row("00000000:1F90", "0A", 12),
    row("0100007F:46A0", "01", 13),
    row("0200A8C0:46A0", "0A", 14),
    row("00000000000000000000000000000000:0050", "0A", 15),
    row("00000000000000000000000001000000:0051", "0A", 16),
    row("0000000000000000FFFF00000100007F:0052", "0A", 17),
    row("B80D01200000000067452301EFCDAB89:0053", "0A", 18),
  ].join("\n");
  expect(parseProcNetTcp(table).map(({ inode, port }) => [inode, port])).toEqual([
    ["11", 18080],
    ["12", 8080],
    ["15", 80],
    ["16", 81],
    ["17", 82],
  ]);
});

test("lsof's fields give pid and port, without listeners on other addresses", () => {
  const text = "p12\nf5\nn127.0.0.1:18080\nf6\nn[::1]:18080\np40\nf3\nn*:8080\nf4\nn192.168.0.2:8081\n";
  expect(parseListeners(text)).toEqual([
    { pid: 12, port: 18080 },
    { pid: 12, port: 18080 },
    { pid: 40, port: 8080 },
  ]);
  expect(parseListeners(macFixture("lsof-F-listen.txt"))).toEqual([
    { pid: 887, port: 8080 },
    { pid: 1201, port: 8081 },
    { pid: 1201, port: 8081 },
    { pid: 3003, port: 8082 },
    { pid: 3006, port: 8085 },
  ]);
  expect(parseCwd(macFixture("lsof-F-cwd-space.txt"))).toBe("/Users/tester/My Models");
  expect(parseCwd("p1\n")).toBeNull();
});

test("a property list is read with comments, entities, nested and empty values", () => {
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- made by hand --><plist version="1.0"><dict>
  <key>Label</key><string>a &amp; b&#x21;<![CDATA[<c>]]></string>
  <key>ProgramArguments</key><array><string>x</string><string/><!-- none --><string> y </string></array>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>__proto__</key><dict/>
  <key>ExitTimeOut</key><integer> 5 </integer><key>Nice</key><real>-1.5</real><key>None</key><array/>
</dict></plist>`;
  const parsed = parsePlistXml(text) as Record<string, unknown>;
  expect(Object.entries(parsed)).toEqual([
    ["Label", "a & b!<c>"],
    ["ProgramArguments", ["x", "", " y "]],
    ["KeepAlive", { SuccessfulExit: false }],
    ["__proto__", {}],
    ["ExitTimeOut", 5],
    ["Nice", -1.5],
    ["None", []],
  ]);
});

test.each([
  ["", "near line 1"],
  ["<plist><dict>\n<key>a</key></dict></plist>", "</dict> near line 2"],
  ["<plist><dict><string>a</string></dict></plist>", "where a <key> belongs"],
  ["<plist><array><string>a</array></plist>", "inside|</array>"],
  ["<plist><integer>x</integer></plist>", 'the number "x"'],
  ["{ Label = x; }", "not a property list"],
])("%j is refused with the place", (text, message) => {
  expect(() => parsePlistXml(text)).toThrow(new RegExp(message.replaceAll(/[<>/.]/g, "\\$&")));
});
