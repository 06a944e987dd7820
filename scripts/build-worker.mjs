// Builds the worker: one CommonJS file and the SQLite addon of every platform we run on, in assets/worker/.
// `--if-stale` builds only when a source is newer than the bundle.
import { build } from "esbuild";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outDir = join(root, "assets", "worker");
const outFile = join(outDir, "cli.cjs");
const platforms = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"];

const newest = (path) =>
  statSync(path).isDirectory()
    ? Math.max(...readdirSync(path).map((name) => newest(join(path, name))))
    : statSync(path).mtimeMs;

const inputs = ["worker", "scripts/build-worker.mjs", "package.json", "package-lock.json"].map((p) => join(root, p));
const fresh = existsSync(outFile) && statSync(outFile).mtimeMs > Math.max(...inputs.map(newest));
if (process.argv.includes("--if-stale") && fresh) process.exit(0);

// Before anything is loaded: the SQLite addon crashes older versions instead of saying why.
const nodeCheck = `if (Number(process.versions.node.split(".")[0]) < 22) {
  process.stderr.write("MLX Autotune needs Node 22 or newer, this is " + process.version + ". Inside the project, npm run brings the right one.\\n");
  process.exit(70);
}`;

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
mkdirSync(outDir, { recursive: true });
for (const platform of platforms) {
  const addon = join(outDir, `better-sqlite3-${platform}.node`);
  copyFileSync(join(root, "node_modules/better-sqlite3/prebuilds", `${platform}.node`), `${addon}.${process.pid}`);
  renameSync(`${addon}.${process.pid}`, addon);
}
await build({
  entryPoints: [join(root, "worker/cli.ts")],
  outfile: `${outFile}.${process.pid}`,
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  banner: { js: `#!/usr/bin/env node\n${nodeCheck}` },
  define: { AUTOTUNE_VERSION: JSON.stringify(version) },
  loader: { ".json": "json" },
  logLevel: "warning",
});
// Renamed into place: a worker that is running keeps its files, and no start ever sees half of one.
renameSync(`${outFile}.${process.pid}`, outFile);
