// Where the database of the preferences lies, and why nothing can be stored there. Real folders; read-only is asked as a user without rights.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { databaseAt, missing, placeProblem } from "../../src/lib/database/database-place.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let world: string;
let home: string;
beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), "database-place-"));
  home = join(world, "me");
  mkdirSync(home);
});
afterEach(() => removeFolder(world));

const usual = () => join(home, ".config/mlx-autotune/autotune.sqlite");
const problem = (path: string) => placeProblem(path, home)?.message ?? null;

test("left empty it is the command line's; else what was typed, below home", () => {
  for (const empty of [undefined, "", "  "]) expect(databaseAt(empty, home)).toBe(usual());
  for (const text of ["x y.sqlite", "~/x y.sqlite", "'$HOME/x y.sqlite'", `file://${home}/x%20y.sqlite`])
    expect(databaseAt(text, home)).toBe(join(home, "x y.sqlite"));
});

test("a text that is no path is a problem of the preference, in no word of a terminal", () => {
  expect(() => databaseAt("$RUNS/x.sqlite", home)).toThrow(
    expect.objectContaining({
      kind: "misplaced",
      preferences: true,
      message: expect.stringMatching(/^The Database preference cannot be used: "\$RUNS.* only \$HOME is known\.$/),
      remedy: expect.not.stringContaining("--"),
    }),
  );
});

test("what the first run would make is no problem: the file anywhere, folders below home", () => {
  mkdirSync(join(world, "disk"));
  for (const path of [usual(), join(home, "a/b/x.sqlite"), join(world, "disk/x.sqlite")])
    expect(problem(path)).toBeNull();
  expect(missing(usual(), home)).toMatchObject({ message: "Nothing has been measured yet.", preferences: false });
  expect(missing(join(home, "x.sqlite"), home)).toMatchObject({
    ...{ kind: "missing", message: `There is no database at ${home}/x.sqlite.`, preferences: true },
  });
});

test("a folder that is not there is named by its first part: another Mac's home, a disk that is not connected", () => {
  expect(problem(join(world, "other/.config/mlx-autotune/autotune.sqlite"))).toBe(
    `The folder ${join(world, "other")} is not there.`,
  );
  // A name that only begins like the home.
  expect(problem(`${home}-too/x/y.sqlite`)).toBe(`The folder ${home}-too is not there.`);
});

test("a folder instead of a file, a file instead of a folder, a loop of links", () => {
  writeFileSync(join(home, "file"), "");
  symlinkSync(join(home, "loop"), join(home, "loop"));
  expect(problem(home)).toBe(`${home} is a folder.`);
  expect(problem("/dev/null")).toBe("/dev/null is no file.");
  expect(problem(join(home, "file/x.sqlite"))).toBe(`${join(home, "file")} is no folder.`);
  expect(problem(join(home, "loop/x.sqlite"))).toMatch(/x\.sqlite cannot be reached: ELOOP/);
});

const NOBODY = 65_534;
const SCRIPT = `
const [folder, path] = process.argv.slice(1);
const { placeProblem } = await import(folder + "/database-place.ts");
const { readDatabase } = await import(folder + "/database.ts");
const told = ({ kind, message, remedy, preferences }) => ({ kind, message, remedy, preferences });
const read = () => { try { readDatabase(path, () => null); return null; } catch (problem) { return told(problem); } };
console.log(JSON.stringify({ storing: told(placeProblem(path)), reading: read() }));
`;

/** What a user who may not do everything is told before a start, and when looking. */
function askedByNobody(path: string): unknown {
  const own = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const args = ["--no-warnings", "--input-type=module", "-e", SCRIPT, resolve("src/lib/database"), path];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env: { HOME: home }, ...own });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

test.each(["folder", "file", "folder without a file"])("a read-only %s is said as what and where", (what) => {
  for (const folder of [world, home]) chmodSync(folder, 0o755);
  const folder = join(home, "runs");
  const file = join(folder, "x.sqlite");
  mkdirSync(folder);
  if (what !== "folder without a file") {
    const db = new DatabaseSync(file);
    db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a)");
    db.close();
  }
  const refusing = what === "file" ? file : folder;
  if (what === "file") chmodSync(folder, 0o777);
  else if (what === "folder") chmodSync(file, 0o666);
  chmodSync(refusing, what === "file" ? 0o444 : 0o555);
  const told = askedByNobody(file);
  chmodSync(folder, 0o755);
  const problem = {
    ...{ kind: "misplaced", message: `${refusing} is read-only.`, preferences: true },
    remedy: "Allow writing there, or change Database in the extension's preferences.",
  };
  // What can be read is shown.
  const reading = what === "file" ? expect.objectContaining({ kind: "older" }) : problem;
  expect(told).toEqual({ storing: problem, reading });
});
