// Reading the tables of other programs: ps, lsof, /proc/net/tcp, property lists.
import { expect, test } from "@jest/globals";
import { parseListeners, parseProcNetTcp } from "../../worker/core/listener-output.ts";
import { parsePlistXml } from "../../worker/core/plist-xml.ts";
import { parseEnvironment, parseProcessTable, splitCommand } from "../../worker/core/ps-output.ts";

test("a process table is read; zombies and lines of another shape are left out", () => {
  const text = [
    "    1     0     1     0 Ss   Sat Nov  1 08:00:00 2025 /sbin/launchd",
    "  812     1   812   501 S    Sat Nov  1 08:03:09 2025 /opt/python  -m mlx_lm.server",
    "  813   812   812   501 Z+   Sat Nov  1 08:03:10 2025 <defunct>",
    "ps: a warning",
  ].join("\n");
  expect(parseProcessTable(text)).toEqual([
    { pid: 1, ppid: 0, pgid: 1, uid: 0, start: "Sat Nov 1 08:00:00 2025", argv: ["/sbin/launchd"] },
    {
      pid: 812,
      ppid: 1,
      pgid: 812,
      uid: 501,
      start: "Sat Nov 1 08:03:09 2025",
      argv: ["/opt/python", "-m", "mlx_lm.server"],
    },
  ]);
});

test("a path that ps cut at its spaces is put together where it exists", async () => {
  const exists = (path: string) => Promise.resolve(["/Applications/My App/bin/x", "/bin/y"].includes(path));
  expect(await splitCommand("/Applications/My App/bin/x serve --model /no such --y /bin/y z", exists)).toEqual([
    "/Applications/My App/bin/x",
    "serve",
    "--model",
    "/no",
    "such",
    "--y",
    "/bin/y",
    "z",
  ]);
});

test("the environment is what ps -E prints after the command; none is null", () => {
  expect(parseEnvironment("x serve", "x serve HOME=/Users/me EMPTY= TEXT=two words PATH=/a:/b=c")).toEqual({
    HOME: "/Users/me",
    EMPTY: "",
    TEXT: "two words",
    PATH: "/a:/b=c",
  });
  expect(parseEnvironment("x serve", "x serve")).toBeNull();
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
