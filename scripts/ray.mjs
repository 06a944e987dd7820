// `ray build` and `ray lint` without network and without Raycast: node scripts/ray.mjs build [--if-stale] | lint. Exit code and output are ray's.
// Lint asks Raycast's server for the manifest's schema and for the author; a stand-in on loopback answers both.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const RAY = join(ROOT, "node_modules/@raycast/api/bin/run.js");
const SCHEMA = join(ROOT, "scripts/manifest.schema.json");

const [verb, ...flags] = process.argv.slice(2);
if (verb === "build") process.exitCode = await build(flags.includes("--if-stale"));
else if (verb === "lint") process.exitCode = await lint(flags);
else {
  console.error("usage: node scripts/ray.mjs build [--if-stale] | lint [--fix]");
  process.exitCode = 2;
}

/** Bundles, types of the manifest (raycast-env.d.ts) and assets into dist/. */
async function build(ifStale) {
  if (ifStale && !isStale()) return 0;
  return ray(["build", "-e", "dist", "-o", "dist"]);
}

/** The manifest against the schema, icons, metadata, and src/ with ESLint and Prettier. */
async function lint(more) {
  const { server, address, unexpected } = await standIn();
  const code = await ray(["lint", "-s", `${address}/schema.json`, ...more], { CI: "true", RAY_APIURL: address });
  server.close();
  for (const request of unexpected)
    console.error(`ray.mjs: ray asked for ${request}, which the stand-in does not know`);
  return unexpected.length > 0 ? 1 : code;
}

function ray(args, env = {}) {
  const child = spawn(process.execPath, [RAY, ...args], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  return new Promise((done, failed) => {
    child.once("error", failed);
    child.once("close", (code) => done(code ?? 1));
  });
}

/** Knows one user: the manifest's author. */
async function standIn() {
  const { author } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const unexpected = [];
  const server = createServer((request, response) => {
    const answer = (status, body) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url === "/schema.json") answer(200, JSON.parse(readFileSync(SCHEMA, "utf8")));
    else if (request.url === `/api/v1/users/${author}`) answer(200, { id: author, handle: author, name: author });
    else {
      unexpected.push(`${request.method} ${request.url}`);
      answer(404, { errors: [{ status: 404, title: "not found" }] });
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { server, address: `http://127.0.0.1:${server.address().port}`, unexpected };
}

/** Is something that goes into dist/ newer than it, or missing in it? */
function isStale() {
  const { commands = [], tools = [] } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const names = [...commands.map(({ name }) => name), ...tools.map(({ name }) => `tools/${name}`)];
  // The manifest is written last: a build that failed on the way has none, or the one of before.
  const built = ["package.json", ...names.map((name) => `${name}.js`)].map((name) => join(ROOT, "dist", name));
  if (!built.every((path) => existsSync(path))) return true;
  const oldest = Math.min(...built.map((path) => statSync(path).mtimeMs));
  const sources = ["src", "worker/core", "package.json", "ai.yaml", "assets"].flatMap((path) =>
    filesIn(join(ROOT, path)),
  );
  return sources.some((path) => statSync(path).mtimeMs > oldest);
}

function filesIn(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesIn(join(path, name)));
}
