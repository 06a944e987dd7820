// ps, lsof and perl of a Mac as shell scripts first on a PATH: they print what a test wrote for them, in the C locale escaped beyond
// repair as the real ones do, and go wrong as told.
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeFolder } from "../worlds/remove-folder.ts";

export interface MacProcess {
  pid: number;
  /** Word by word; ps prints them joined with spaces. */
  argv: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** KiB. */
  rss?: number;
  uid?: number;
  /** What ps prints; by default the words joined. */
  line?: string;
}

export interface MacTools {
  /** Where the tools run. */
  folder: string;
  /** A PATH with these tools first, and no language set. */
  env: NodeJS.ProcessEnv;
  /** This very process is always listed, too. */
  run(...processes: MacProcess[]): void;
  /** Shell text that the tool runs before anything else, e.g. `exit 1`; "" mends it. */
  breakTool(tool: "ps" | "lsof" | "perl", script: string): void;
  close(): void;
}

export function createMacTools(): MacTools {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "mac-tools-")));
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const tools: MacTools = {
    folder,
    env: { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: folder },
    run: (...processes) => writeAnswers(folder, [...processes, OWN]),
    breakTool: (tool, script) => writeFileSync(join(folder, `${tool}.fault`), `${script}\n`),
    close: () => removeFolder(folder),
  };
  for (const [name, script] of Object.entries(SCRIPTS)) {
    const path = join(bin, name);
    writeFileSync(path, `#!/bin/sh\ncd '${folder}'\n. ./${name}.fault\n${script}`);
    chmodSync(path, 0o755);
    tools.breakTool(name as keyof typeof SCRIPTS, "");
  }
  tools.run();
  return tools;
}

const OWN: MacProcess = { pid: process.pid, argv: ["node", "test"], uid: process.getuid?.() ?? 501 };

/** The last word is the pid, or several with commas between them. */
const SCRIPTS = {
  ps: `form=c; [ -z "$LC_ALL" ] && [ "$LC_CTYPE" = en_US.UTF-8 ] && form=utf8
for last; do :; done
case "$*" in
  *"-o command=") sed "s,^.*2026     ,," table.$form;;
  -axww*) cat table.$form;;
  *rss*) found=1; for pid in $(echo "$last" | tr , ' '); do cat rss.$pid 2>/dev/null && found=0; done; exit $found;;
  -Eww*) cat env.$last.$form 2>/dev/null || exit 1;;
  *) cat command.$last.$form 2>/dev/null || exit 1;;
esac
`,
  lsof: `case "$*" in
  *cwd*) for pid; do case $pid in [0-9]*) cat cwd.$pid 2>/dev/null && exit 0;; esac; done; exit 1;;
  *) exit 1;;
esac
`,
  perl: `for last; do :; done
cat procargs.$last 2>/dev/null || exit 1
`,
};

function writeAnswers(folder: string, processes: MacProcess[]): void {
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  const both = (name: string, text: string) => {
    write(`${name}.utf8`, text);
    write(`${name}.c`, inC(text));
  };
  const lines = processes.map((one) => one.line ?? one.argv.join(" "));
  const uid = process.getuid?.() ?? 501;
  const rows = processes.map(
    (one, at) => `${one.pid} 1 ${one.pid} ${one.uid ?? uid} S    Mon Nov 23 08:01:02 2026     ${lines[at]}\n`,
  );
  both("table", rows.join(""));
  for (const [at, one] of processes.entries()) {
    const { pid, argv, env = {}, cwd = "/", rss = 1024 } = one;
    const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    both(`command.${pid}`, `${lines[at]}\n`);
    both(`env.${pid}`, `${[lines[at], ...pairs].join(" ")}\n`);
    write(`rss.${pid}`, `${pid} ${rss}\n`);
    write(`cwd.${pid}`, `p${pid}\nfcwd\nn${cwd}\n`);
    const count = Buffer.alloc(4);
    count.writeInt32LE(argv.length);
    const text = [...argv, ...pairs].map((word) => `${word}\0`).join("");
    write(`procargs.${pid}`, Buffer.concat([count, Buffer.from(`/opt/program\0\0\0\0${text}\0`)]));
  }
}

/** Byte by byte as vis(3) does in the C locale: M-C for 0xC3, M-) for 0xA9. */
function inC(text: string): string {
  const bytes = [...Buffer.from(text)];
  return bytes
    .map((byte) => {
      if (byte < 0x80) return String.fromCharCode(byte);
      const low = byte & 0x7f;
      return low < 0x20 ? `M-^${String.fromCharCode(low + 0x40)}` : `M-${String.fromCharCode(low)}`;
    })
    .join("");
}
