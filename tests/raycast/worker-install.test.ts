// The worker's folder in the support path: whole or not there, one per content, old ones removed with care.
import { execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { installWorker } from "../../src/lib/worker/worker-install.ts";
import { createPlace, type TestPlace, writeAssets } from "../support/worlds/worker-place.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let place: TestPlace;
beforeEach(() => {
  place = createPlace("// first");
});
afterEach(() => place.close());

const installed = () => readdirSync(place.supportPath).sort();
const DAYS = 86_400_000;

/** Let a folder look as if it was last used so long ago. */
function age(name: string, days: number): void {
  const then = new Date(Date.now() - days * DAYS);
  utimesSync(join(place.supportPath, name), then, then);
}

test("what the build made is copied whole, with the notifier's modes, for this system only", () => {
  removeFolder(place.assetsPath);
  mkdirSync(place.assetsPath);
  symlinkSync(resolve("assets/worker"), join(place.assetsPath, "worker"));
  const { folder, program } = installWorker(place);
  expect(
    execFileSync(process.execPath, [program, "--version"], { encoding: "utf8", env: { HOME: place.homeDir } }),
  ).toMatch(/^\d+\.\d+\.\d+\n$/);
  const files = readdirSync(folder);
  expect(files).toEqual(expect.arrayContaining(["cli.cjs", `better-sqlite3-${process.platform}-${process.arch}.node`]));
  const others = process.platform === "darwin" ? "linux" : "darwin";
  expect(files.filter((name) => name.includes(others))).toEqual([]);
  if (process.platform === "darwin")
    expect(statSync(join(folder, "terminal-notifier.app/Contents/MacOS/terminal-notifier")).mode & 0o111).not.toBe(0);
});

test("the same content is installed once, other content beside it", () => {
  const first = installWorker(place);
  const { mtimeMs } = statSync(first.program);
  expect(installWorker(place)).toEqual(first);
  expect(statSync(first.program).mtimeMs).toBe(mtimeMs);
  const name = writeAssets(place.assetsPath, { "cli.cjs": "// second" });
  expect(installWorker(place).folder).toBe(join(place.supportPath, name));
  expect(readFileSync(first.program, "utf8")).toBe("// first");
  expect(installed()).toHaveLength(2);
});

test("of installations at the same time one wins, and nothing half is left", async () => {
  const big = { "cli.cjs": "// x", "addon.node": "y".repeat(3_000_000) };
  const name = writeAssets(place.assetsPath, big);
  const code = `import { installWorker } from ${JSON.stringify(resolve("src/lib/worker/worker-install.ts"))};
    process.stdin.once("data", () => { console.log(installWorker(${JSON.stringify(place)}).folder); process.exit(); });`;
  const racers = [1, 2, 3, 4].map(() => spawn(process.execPath, ["--no-warnings", "--input-type=module", "-e", code]));
  const said = racers.map(async (racer) => {
    let text = "";
    for await (const part of racer.stdout.setEncoding("utf8") as AsyncIterable<string>) text += part;
    return text.trim();
  });
  for (const racer of racers) racer.stdin.write("go\n");
  expect(await Promise.all(said)).toEqual([1, 2, 3, 4].map(() => join(place.supportPath, name)));
  expect(installed()).toEqual([name]);
});

test("a folder with a file missing or cut short is replaced", () => {
  const { folder, program } = installWorker(place);
  writeFileSync(program, "");
  expect(readFileSync(installWorker(place).program, "utf8")).toBe("// first");
  rmSync(program);
  mkdirSync(join(folder, "compile-cache"));
  expect(readFileSync(installWorker(place).program, "utf8")).toBe("// first");
  expect(installed()).toHaveLength(1);
});

test("assets that are being replaced are refused with a remedy, and nothing is left", () => {
  writeFileSync(join(place.assetsPath, "worker/cli.cjs"), "// other");
  expect(() => installWorker(place)).toThrow(/cli\.cjs is not what was built/);
  expect(installed()).toEqual([]);
  removeFolder(join(place.assetsPath, "worker"));
  expect(() => installWorker(place)).toThrow(/cannot be installed/);
});

test("a manifest that leads out of the folder is refused", () => {
  const manifest = {
    version: "0".repeat(64),
    files: [{ path: "../out", bytes: 1, sha256: "", executable: false, platform: null }],
  };
  writeFileSync(join(place.assetsPath, "worker/manifest.json"), JSON.stringify(manifest));
  expect(() => installWorker(place)).toThrow(/cannot be installed/);
});

test("old versions go two weeks after their last use, unless a process still runs from them", async () => {
  const [unused, used, recent, foreign] = [
    "worker-00000000000000aa",
    "worker-00000000000000bb",
    "worker-00000000000000cc",
    "worker-mine",
  ];
  mkdirSync(place.supportPath);
  for (const name of [unused, used, recent, foreign, "new-worker-broken"]) mkdirSync(join(place.supportPath, name));
  const script = join(place.supportPath, used, "cli.cjs");
  writeFileSync(script, "setTimeout(() => {}, 60_000); console.log(1)");
  for (const name of [unused, used, foreign, "new-worker-broken"]) age(name, 15);
  age(recent, 13);
  const worker = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "ignore"] });
  await new Promise((started) => worker.stdout.once("data", started));
  const { folder } = installWorker(place);
  const gone = new Promise((ended) => worker.once("exit", ended));
  worker.kill();
  await gone;
  expect(installed()).toEqual([used, recent, folder.slice(place.supportPath.length + 1), foreign].sort());
});

test("a use keeps an old version young", () => {
  const { folder } = installWorker(place);
  age(folder.slice(place.supportPath.length + 1), 20);
  installWorker(place);
  writeAssets(place.assetsPath, { "cli.cjs": "// second" });
  installWorker(place);
  expect(existsSync(folder)).toBe(true);
});
