// The built program on a database in a folder that its user may not write: named by every command, with the way out as data.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { DoctorReport } from "../../worker/core/result/check.ts";
import { PROGRAM } from "../support/worlds/program.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let home: string;
let folder: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "read-only-"));
  folder = join(home, "runs");
  file = join(folder, "x.sqlite");
  mkdirSync(folder);
  execFileSync(process.execPath, [PROGRAM, "runs", "--db-path", file], { env: { HOME: home } });
  chmodSync(home, 0o777);
  chmodSync(file, 0o666);
  chmodSync(folder, 0o555);
});
afterEach(() => {
  chmodSync(folder, 0o755);
  removeFolder(home);
});

const NOBODY = 65_534;
const ELSEWHERE = { kind: "setting", setting: "db-path" };

/** Root may write everywhere. */
function asked(...args: string[]): unknown {
  const own = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const env = { HOME: home, PATH: process.env["PATH"], MLX_AUTOTUNE_TEST_SCOPE: home };
  const { stdout } = spawnSync(process.execPath, [PROGRAM, ...args, "--db-path", file, "--json"], {
    ...{ env, cwd: home, encoding: "utf8" as const },
    ...own,
  });
  return JSON.parse(stdout);
}

test("a command is refused with the folder's name", () => {
  expect(asked("runs")).toMatchObject({
    error: {
      message: `cannot open the database ${file}: its folder ${folder} cannot be written`,
      ...{ remedy: "Name a file that you can write with --db-path.", remedies: [ELSEWHERE] },
    },
  });
});

test("doctor says that a run could not start", () => {
  const { checks } = asked("doctor") as DoctorReport;
  expect(checks.find(({ id }) => id === "database")).toMatchObject({
    ...{ state: "error", text: expect.stringMatching(/runs\/x\.sqlite cannot be used: EACCES.*runs'$/) },
    remedies: [[ELSEWHERE]],
  });
});
