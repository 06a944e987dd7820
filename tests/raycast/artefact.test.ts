// What `ray build` has really made: the worker with every file that it needs, as it was built, and able to run from a folder of its own.
// Source: DESIGN (ray copies assets whole and removes what it takes for stray), contract §14.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { resultSchema } from "../../worker/core/result/recipe.ts";
import { installWorker } from "../../src/lib/worker/worker-install.ts";
import { freePort } from "../support/worlds/live-world.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const dist = resolve(process.env["MLX_AUTOTUNE_DIST"] ?? "dist");
const worker = join(dist, "assets/worker");

interface Shipped {
  path: string;
  bytes: number;
  sha256: string;
  executable: boolean;
  platform: string | null;
}
const shipped = () => (JSON.parse(readFileSync(join(worker, "manifest.json"), "utf8")) as { files: Shipped[] }).files;

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "artefact-"));
});
afterAll(() => removeFolder(home));

/** A Mac user's shell with nothing but Node on PATH: neither the project nor its packages can be reached. */
function run(program: string, ...args: string[]) {
  const bin = join(home, "bin");
  mkdirSync(bin, { recursive: true });
  if (!existsSync(join(bin, "node"))) symlinkSync(process.execPath, join(bin, "node"));
  const env = { HOME: home, PATH: bin, HF_ENDPOINT: "http://127.0.0.1:9", MLX_AUTOTUNE_TEST_SCOPE: home };
  return spawnSync(process.execPath, [program, ...args], { cwd: home, env, encoding: "utf8", timeout: 110_000 });
}

test("every command and tool of the manifest is built, with its icon", () => {
  const manifest = JSON.parse(readFileSync(join(dist, "package.json"), "utf8")) as Record<
    string,
    { name: string }[]
  > & { icon: string };
  const names = [
    ...(manifest["commands"] ?? []).map(({ name }) => name),
    ...(manifest["tools"] ?? []).map(({ name }) => `tools/${name}`),
  ];
  expect(names.length).toBeGreaterThan(8);
  expect(names.filter((name) => !existsSync(join(dist, `${name}.js`)))).toEqual([]);
  expect(existsSync(join(dist, "assets", manifest.icon))).toBe(true);
  expect(manifest["version"]).toBeUndefined();
});

test("the worker's files are those that were built, byte for byte, with their modes, and no others", () => {
  const wrong = shipped().filter(({ path, bytes, sha256, executable }) => {
    const content = readFileSync(join(worker, path));
    const isExecutable = (statSync(join(worker, path)).mode & 0o100) !== 0;
    const hash = createHash("sha256").update(content).digest("hex");
    return content.length !== bytes || hash !== sha256 || isExecutable !== executable;
  });
  expect(wrong).toEqual([]);
  const there = readdirSync(worker, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(worker, path)).isFile(),
  );
  expect(there.sort()).toEqual([...shipped().map(({ path }) => path), "manifest.json"].sort());
  const page = spawnSync(process.execPath, ["scripts/write-shipped.mjs", "--check", worker], { encoding: "utf8" });
  expect([page.status, page.stderr]).toEqual([0, ""]);
});

test("all that the bundles load is part of Node or lies beside them, for every Mac", () => {
  const bundles = shipped()
    .map(({ path }) => path)
    .filter((path) => path.endsWith(".cjs"));
  expect(bundles.sort()).toEqual(["charting.cjs", "cli.cjs"]);
  const loaded = bundles.flatMap((path) =>
    [...readFileSync(join(worker, path), "utf8").matchAll(/\brequire\("([^"]+)"\)|\bimport\("([^"]+)"\)/g)].map(
      ([, required, imported]) => required ?? imported ?? "",
    ),
  );
  const isThere = (name: string) =>
    name.startsWith("node:") ||
    builtinModules.includes(name) ||
    (name.startsWith("./") && existsSync(join(worker, name)));
  expect(loaded).toContain("./charting.cjs");
  expect([...new Set(loaded)].filter((name) => !isThere(name))).toEqual([]);
  // What is found at run time, by names that are put together: worker/store/database.ts, worker/notify/notifiers.ts.
  const files = shipped().map(({ path }) => path);
  for (const arch of ["arm64", "x64"]) expect(files).toContain(`better-sqlite3-darwin-${arch}.node`);
  expect(files).toContain("terminal-notifier.app/Contents/MacOS/terminal-notifier");
  const beside = ["worker/store/database.ts", "worker/notify/notifiers.ts"];
  const users = readdirSync("worker", { recursive: true, encoding: "utf8" })
    .map((path) => join("worker", path))
    .filter((path) => path.endsWith(".ts") && readFileSync(path, "utf8").includes("__dirname"));
  expect(users.sort()).toEqual(beside.sort());
});

test("installed as the extension does, it runs a whole tune, draws its report, and can be uninstalled", async () => {
  const support = join(home, "Library/Application Support/com.raycast.macos/extensions/mlx-autotune");
  const { program } = installWorker({ assetsPath: join(dist, "assets"), supportPath: support });
  const tuned = run(program, "run", "--provider", "simulated", "--port", String(await freePort()), "--json");
  const result = resultSchema.parse(JSON.parse(tuned.stdout));
  expect([tuned.status, result.exit_reason]).toEqual([0, "ok"]);
  const report = run(program, "report");
  expect(readFileSync(report.stdout.trim(), "utf8")).toContain("<svg");
  const removed = run(program, "uninstall", "--yes");
  expect([removed.status, removed.stderr]).toEqual([0, ""]);
  expect(existsSync(dirname(program))).toBe(false);
  expect(existsSync(join(home, ".config/mlx-autotune"))).toBe(false);
});

test("from any folder that it is copied to, it runs", () => {
  const copy = join(home, "elsewhere with spaces");
  cpSync(worker, copy, { recursive: true });
  const { status, stdout } = run(join(copy, "cli.cjs"), "--version");
  const { version } = JSON.parse(readFileSync("worker/package.json", "utf8")) as { version: string };
  expect([status, stdout.trim()]).toEqual([0, version]);
});
