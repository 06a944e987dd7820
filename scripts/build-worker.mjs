// Builds the worker in assets/worker/: one CommonJS file and another for charts, the SQLite addon of the Macs, the notifier that
// node-notifier brings for them, and a manifest of them by which the Raycast extension knows a whole copy. On Linux its own addon is
// there, too, unless it is built for the store. `--if-stale` builds only when a source is newer than what was built.
// node scripts/build-worker.mjs [--if-stale] [--store] [--out folder]
import { build } from "esbuild";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BANNER, bundleOptions, chartingApart } from "./worker-bundle.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: flags } = parseArgs({
  options: { "if-stale": { type: "boolean" }, store: { type: "boolean" }, out: { type: "string" } },
});
const outDir = flags.out === undefined ? join(root, "assets", "worker") : resolve(flags.out);
const outFile = join(outDir, "cli.cjs");
const manifestFile = join(outDir, "manifest.json");
const own = `${process.platform}-${process.arch}`;
const macs = ["darwin-arm64", "darwin-x64"];
const platforms = flags.store || macs.includes(own) ? macs : [...macs, own];

const newest = (path) =>
  statSync(path).isDirectory()
    ? Math.max(...readdirSync(path).map((name) => newest(join(path, name))))
    : statSync(path).mtimeMs;

const inputs = ["worker", "scripts/build-worker.mjs", "package.json", "package-lock.json"].map((p) => join(root, p));
const built = Math.min(...[outFile, manifestFile].map((file) => (existsSync(file) ? statSync(file).mtimeMs : 0)));
const fresh = built > Math.max(...inputs.map(newest));
if (flags["if-stale"] && fresh) process.exit(0);

// Not the root's manifest: Raycast's store versions extensions by itself and wants none there.
const { version } = JSON.parse(readFileSync(join(root, "worker/package.json"), "utf8"));
mkdirSync(outDir, { recursive: true });
const addonsThere = readdirSync(outDir).filter((name) => name.endsWith(".node"));
const foreign = addonsThere.filter((name) => !platforms.some((platform) => name === `better-sqlite3-${platform}.node`));
for (const name of foreign) rmSync(join(outDir, name));
for (const platform of platforms) {
  const addon = join(outDir, `better-sqlite3-${platform}.node`);
  copyFileSync(join(root, "node_modules/better-sqlite3/prebuilds", `${platform}.node`), `${addon}.${process.pid}`);
  renameSync(`${addon}.${process.pid}`, addon);
}

// The program alone would do nothing: macOS shows what a program in an application bundle says.
const notifier = "terminal-notifier.app";
const vendor = join(root, "node_modules/node-notifier/vendor");
if (!existsSync(join(outDir, notifier))) {
  const copy = join(outDir, `${notifier}.${process.pid}`);
  cpSync(join(vendor, "mac.noindex", notifier), copy, { recursive: true });
  try {
    renameSync(copy, join(outDir, notifier));
  } catch {
    rmSync(copy, { recursive: true }); // another build was quicker
  }
}
copyFileSync(join(vendor, "terminal-notifier-LICENSE"), join(outDir, "terminal-notifier-LICENSE"));
const common = bundleOptions(version);
const chartingFile = join(outDir, "charting.cjs");
await build({
  ...common,
  entryPoints: [join(root, "worker/report/charting.ts")],
  outfile: `${chartingFile}.${process.pid}`,
});
renameSync(`${chartingFile}.${process.pid}`, chartingFile);
await build({
  ...common,
  entryPoints: [join(root, "worker/cli.ts")],
  outfile: `${outFile}.${process.pid}`,
  banner: { js: BANNER },
  plugins: [chartingApart],
});
// Renamed into place: a worker that is running keeps its files, and no start ever sees half of one.
renameSync(`${outFile}.${process.pid}`, outFile);

const shipped = [
  ...["cli.cjs", "charting.cjs"].map((path) => ({ path, platform: null })),
  ...platforms.map((platform) => ({ path: `better-sqlite3-${platform}.node`, platform: platform.split("-")[0] })),
  ...readdirSync(join(outDir, notifier), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(outDir, join(entry.parentPath, entry.name)))
    .concat("terminal-notifier-LICENSE")
    .sort()
    .map((path) => ({ path, platform: "darwin" })),
];
const files = shipped.map(({ path, platform }) => {
  const content = readFileSync(join(outDir, path));
  const executable = (statSync(join(outDir, path)).mode & 0o100) !== 0;
  return { path, bytes: content.length, sha256: sha256(content), executable, platform };
});
writeFileSync(
  `${manifestFile}.${process.pid}`,
  JSON.stringify({ version: sha256(JSON.stringify(files)), files }, null, 1),
);
renameSync(`${manifestFile}.${process.pid}`, manifestFile);

function sha256(content) {
  return createHash("sha256").update(content).digest("hex");
}
