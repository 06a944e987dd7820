// A real mlx-lm for `npm run test:mlx`: its own virtual environment and random-weight models, both kept under .cache/mlx/.
// Owns the pinned version, and the line between "cannot be had here" (a value) and "broken" (an error).
import { execa } from "execa";
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, ".cache", "mlx");

export const MLX_LM_VERSION = "0.32.2";
const REQUIREMENT = process.platform === "darwin" ? "mlx-lm" : "mlx-lm[cpu]";
/** mlx-lm 0.32.2 declares Requires-Python >= 3.11. */
const MIN_PYTHON_MINOR = 11;
const PYTHONS = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];
const MODEL_BYTES = 5e9;
const NETWORK_WORDS = [
  "Temporary failure in name resolution",
  "Name or service not known",
  "Network is unreachable",
  "Connection refused",
  "Failed to establish a new connection",
  "ConnectTimeout",
  "Read timed out",
  "Cannot connect to proxy",
];
/** Nothing may ask a model hub, not even for metadata. */
export const OFFLINE_ENV = { HF_HUB_OFFLINE: "1", TRANSFORMERS_OFFLINE: "1" };

/**
 * Make or reuse the virtual environment. `TEST_MLX_VENV` names one that already has mlx-lm and is only checked.
 * @returns absolute paths of its programs; or why not (`unreachable`), and what is `missing`: a usable "python" or the "index"
 * @throws if the index answers and the installation fails all the same
 */
export async function ensureMlx() {
  const given = process.env.TEST_MLX_VENV;
  const venv = given ?? join(cache, `venv-${MLX_LM_VERSION}`);
  const version = await installedVersion(venv);
  if (version === MLX_LM_VERSION) return programs(venv);
  if (given) throw new Error(`TEST_MLX_VENV=${given}: expected mlx-lm ${MLX_LM_VERSION}, found ${version ?? "none"}`);
  rmSync(venv, { recursive: true, force: true });
  const problem = (await createVenv(venv)) ?? (await install(venv));
  if (problem === null) return programs(venv);
  rmSync(venv, { recursive: true, force: true });
  return problem;
}

/**
 * Make the models of mlx-models.json that are not there yet; about 40 s and 4.4 GB for all, half of that CPU time.
 * @returns absolute folder by model name, in the order of the table (smallest first)
 */
export async function ensureMlxModels({ python, only = [] }) {
  const { models } = JSON.parse(readFileSync(join(root, "scripts", "mlx-models.json"), "utf8"));
  const names = models.map((row) => row.name).filter((name) => only.length === 0 || only.includes(name));
  const out = join(cache, "models");
  mkdirSync(out, { recursive: true });
  const { bavail, bsize } = statfsSync(out);
  const missing = names.some((name) => !existsSync(join(out, name, "made.json")));
  if (missing && bavail * bsize < MODEL_BYTES) throw new Error(`the models need 5 GB of disk under ${out}`);
  const script = join(root, "scripts", "make-mlx-models.py");
  const args = ["--out", out, ...names.flatMap((name) => ["--only", name])];
  await execa(python, [script, ...args], { env: OFFLINE_ENV, stdout: "inherit", stderr: "inherit", timeout: 600_000 });
  return Object.fromEntries(names.map((name) => [name, join(out, name)]));
}

function programs(venv) {
  const bin = (name) => join(venv, "bin", name);
  return { python: bin("python"), server: bin("mlx_lm.server"), benchmark: bin("mlx_lm.benchmark") };
}

/** Asks the program itself: a folder left behind by an interrupted installation has files but does not import. */
async function installedVersion(venv) {
  const { python, server } = programs(venv);
  if (!existsSync(python) || !existsSync(server)) return null;
  const code = "import mlx.core, mlx_lm; print(mlx_lm.__version__)";
  const { stdout, failed } = await attempt(python, ["-c", code]);
  return failed ? null : stdout.trim();
}

/** @returns null, or why there is no virtual environment. */
async function createVenv(venv) {
  let python = await findPython();
  if (python === null && (await aptInstall("python3", "python3-venv"))) python = await findPython();
  if (python === null) return noPython(`no python3 of version 3.${MIN_PYTHON_MINOR} or newer on PATH`);
  mkdirSync(dirname(venv), { recursive: true });
  let made = await attempt(python, ["-m", "venv", venv]);
  if (made.failed && (await aptInstall("python3-venv"))) made = await attempt(python, ["-m", "venv", "--clear", venv]);
  if (!made.failed) return null;
  return noPython(`${python} -m venv failed (Debian: apt-get install python3-venv): ${tail(made.all)}`);
}

function noPython(unreachable) {
  return { unreachable, missing: "python" };
}

async function findPython() {
  for (const name of PYTHONS) {
    const { stdout, failed } = await attempt(name, [
      "-c",
      "import sys; print(sys.version_info[0], sys.version_info[1])",
    ]);
    const [major, minor] = failed ? [0, 0] : stdout.split(" ").map(Number);
    if (major === 3 && minor >= MIN_PYTHON_MINOR) return name;
  }
  return null;
}

/** Only a CI machine is changed, never somebody's computer. @returns whether it worked. */
async function aptInstall(...packages) {
  const allowed = process.env.CI && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (!allowed) return false;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await attempt("apt-get", ["update", "-q"], { env });
  return !(await attempt("apt-get", ["install", "-y", "-q", ...packages], { env })).failed;
}

/** @returns null, or why the package index cannot be reached. */
async function install(venv) {
  console.error(`installing ${REQUIREMENT}==${MLX_LM_VERSION} (about 350 MB) into ${venv}`);
  const args = ["-m", "pip", "install", "--quiet", "--retries", "2", `${REQUIREMENT}==${MLX_LM_VERSION}`];
  const { failed, all, timedOut } = await attempt(programs(venv).python, args);
  if (!failed) return null;
  const why = timedOut ? "pip took more than 10 minutes" : networkFailure(all);
  if (why !== null) return { unreachable: `the Python package index does not answer: ${why}`, missing: "index" };
  throw new Error(`pip could not install mlx-lm ${MLX_LM_VERSION}: ${tail(all, 1500)}`);
}

/** @returns the words of pip's output that say no index was reached; null if one answered with something unusable. */
export function networkFailure(output) {
  return NETWORK_WORDS.find((words) => output.includes(words)) ?? null;
}

function attempt(command, args, options = {}) {
  return execa(command, args, { all: true, reject: false, timeout: 600_000, stdin: "ignore", ...options });
}

function tail(text, length = 300) {
  return (text ?? "").trim().slice(-length) || "no output";
}
