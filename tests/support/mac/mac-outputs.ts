// Stand-ins for the tools of macOS that only tell something: each prints what a real Mac printed (tests/fixtures/mac), with the home
// folder, the user and what else a test plants in the place of the made-up ones.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const FIXTURES = resolve("tests/fixtures/mac");

export interface MacTools {
  /** Goes first on PATH. */
  folder: string;
  /** Let a tool do something else: a shell script. */
  tool(name: string, script: string): void;
}

export interface Planted {
  /** In the place of /Users/tester. */
  home: string;
  /** In the place of "tester". */
  user: string;
  /** Further texts and what stands for them. */
  more?: [text: string, instead: string][];
}

/** Write the tools into `<parent>/mac-tools`. */
export function installMacTools(parent: string, { home, user, more = [] }: Planted): MacTools {
  const folder = join(parent, "mac-tools");
  mkdirSync(folder, { recursive: true });
  const said = (fixture: string) => {
    const path = join(folder, fixture);
    const text = readFileSync(join(FIXTURES, fixture), "utf8")
      .replaceAll("/Users/tester", home)
      .replaceAll("tester", user);
    writeFileSync(
      path,
      more.reduce((shown, [from, to]) => shown.replaceAll(from, to), text),
    );
    return `cat '${path}'`;
  };
  const tool = (name: string, script: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  tool("sw_vers", said("sw_vers-productVersion.txt"));
  tool("vm_stat", said("vm_stat-16384.txt"));
  tool(
    "pmset",
    `case "$*" in *batt*) ${said("pmset-batt-battery.txt")} ;; *) ${said("pmset-g-lowpowermode-1.txt")} ;; esac`,
  );
  tool(
    "sysctl",
    `case "$*" in
*brand_string*) ${said("sysctl-brand.txt")} ;;
*bootsessionuuid*) ${said("sysctl-bootsessionuuid.txt")} ;;
*wired_limit*) ${said("sysctl-wired-57344.txt")} ;;
*) ${said("sysctl-unknown-oid.stderr.txt")} >&2; exit 1 ;;
esac`,
  );
  tool(
    "ps",
    `case "$*" in
-axww*) ${said("ps-table.txt")} ;;
-Eww*) ${said("ps-command-env.txt")} ;;
-ww*) ${said("ps-command.txt")} ;;
*lstart*) ${said("ps-stat-lstart.txt")} ;;
*) echo 501 ;;
esac`,
  );
  tool("lsof", `case "$*" in *cwd*) ${said("lsof-F-cwd-space.txt")} ;; *) ${said("lsof-F-listen.txt")} ;; esac`);
  tool("id", `[ "$1" = -F ] && echo 'José Núñez' || exec /usr/bin/id "$@"`);
  tool(
    "scutil",
    `case "$2" in ComputerName) echo 'Núñez’s Mac Studio' ;; LocalHostName) echo studio-nunez-7 ;; *) exit 1 ;; esac`,
  );
  tool("ioreg", `printf '    "IOPlatformSerialNumber" = "C02XG0AAJGH5"\\n'`);
  return { folder, tool };
}
