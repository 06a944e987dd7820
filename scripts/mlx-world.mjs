// What the parts of `npm run test:mlx` share: a home of its own, the built program, its database, and a tally of checks.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { execa } from "execa";
import { OFFLINE_ENV } from "./mlx-env.mjs";

/** kB of address space: the 1 GB model needs 2.1 GB at the target context, the 3.3 GB one cannot even be read. */
const LIMIT_KB = 3_000_000;
/** Prompt tokens of the whole tune. */
export const TARGET = 300;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** A copy may be named, so that a long test does not notice that it is built anew. */
export const program = resolve(root, process.env.PROGRAM_UNDER_TEST ?? "assets/worker/cli.cjs");
export const home = mkdtempSync(join(tmpdir(), "autotune-mlx-"));
export const dbPath = join(home, "autotune.sqlite");
const bin = join(home, "bin");
const server = join(bin, "mlx_lm.server");
const oneCoreBin = join(home, "one-core");
/**
 * The programs of both meters, each on one core with one BLAS thread. With more the server's own HTTP thread takes turns with the
 * decoding, whoever reads: 29.3 against 39.1 tok/s on two threads.
 */
export const oneCore = { server: join(oneCoreBin, "mlx_lm.server"), benchmark: join(oneCoreBin, "mlx_lm.benchmark") };
export const env = {
  ...process.env,
  ...OFFLINE_ENV,
  HOME: home,
  PATH: `${bin}:${process.env.PATH}`,
  MLX_AUTOTUNE_TEST_SCOPE: home,
};
export const tally = { passed: 0, failed: 0 };

/** Count what `body` finds; the checks after it are made all the same. */
export async function check(name, body) {
  try {
    await body();
    tally.passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    tally.failed += 1;
    console.log(`FAIL ${name}\n     ${error instanceof Error ? error.message.split("\n").join("\n     ") : error}`);
  }
}

export async function freePort() {
  const listener = createServer();
  await new Promise((done) => listener.listen(0, "127.0.0.1", done));
  const { port } = listener.address();
  await new Promise((done) => listener.close(done));
  return port;
}

/** The server under a memory limit, with its Python beside it so that its version can be asked for; and the programs of `oneCore`. */
export function installPrograms(mlx) {
  const python = `exec "${mlx.python}" "$@"`;
  script(server, `ulimit -v ${LIMIT_KB}\nexec "${mlx.server}" "$@"`);
  script(join(bin, "python3"), python);
  const pinned = `export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1\nexec taskset -c ${lastCore()}`;
  script(oneCore.server, `${pinned} "${mlx.server}" "$@"`);
  script(oneCore.benchmark, `${pinned} "${mlx.benchmark}" "$@"`);
  script(join(oneCoreBin, "python3"), python);
}

function script(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

/** Of those that this process may use; the first one has the machine's interrupts. */
function lastCore() {
  const allowed = /^Cpus_allowed_list:.*?(\d+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  if (allowed === undefined) throw new Error("/proc/self/status names no Cpus_allowed_list");
  return allowed;
}

/** Run the built program. @param db another database than the tune's */
export function call(args, db = dbPath) {
  return execa(process.execPath, [program, ...args, "--db-path", db], {
    env,
    extendEnv: false,
    reject: false,
    stderr: ["pipe", "inherit"],
  });
}

/** Run a command that has to end with 0 and to print one JSON document. @returns the document */
export async function document(args, db = dbPath) {
  const { exitCode, stdout } = await call([...args, "--json"], db);
  assert.equal(exitCode, 0, `${args[0]} ended with ${exitCode}: ${stdout.slice(0, 300)}`);
  return JSON.parse(stdout);
}

/** Flags by name, as words; null = left out. */
export const words = (flags) => Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** @param flags of `run`, by name. @returns its exit code and its document */
export async function tune(flags) {
  const all = { provider: "mlx-lm", "provider-bin": server, port: await freePort(), ...flags };
  const { exitCode, stdout } = await call(["run", "--json", ...words(all)]);
  try {
    return { code: exitCode, document: JSON.parse(stdout) };
  } catch {
    throw new Error(`exit ${exitCode}; stdout is no JSON: ${stdout.slice(0, 300)}`);
  }
}

export function rows(sql, values = [], db = dbPath) {
  const open = new Database(db, { readonly: true });
  try {
    return open.prepare(sql).all(...values);
  } finally {
    open.close();
  }
}

/** Start a server by a shell command that ends in its port, and end it after `body`. @param body gets its URL and its first answer */
export async function whileServing(command, body) {
  const port = await freePort();
  console.log(`\n== ${command} --port ${port}`);
  const child = spawn("sh", ["-c", `exec ${command} --port ${port}`], { env, stdio: "ignore" });
  const ended = new Promise((done) => child.once("exit", done));
  const url = `http://127.0.0.1:${port}`;
  try {
    await body(url, await askUntilAnswered(`${url}/v1/chat/completions`, child));
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

async function askUntilAnswered(url, child) {
  const messages = [{ role: "user", content: "Tell a story." }];
  const body = JSON.stringify({ model: "default_model", max_tokens: 16, temperature: 0, messages });
  const headers = { "content-type": "application/json" };
  for (let tries = 0; tries < 240 && child.exitCode === null; tries += 1) {
    const response = await fetch(url, { method: "POST", body, headers }).catch(() => null);
    if (response?.ok) return response.json();
    await delay(250);
  }
  throw new Error(`no answer; the server's exit code is ${child.exitCode}`);
}
