// Part of `doctor`: which provider a run would take, where the others were looked for, and whether Python knows mlx_lm.
// Source: contract §15 (provider found and version; Python/mlx_lm found), §4.
import { basename, dirname } from "node:path";
import { execa } from "execa";
import { check, type Check } from "../../core/machine/check.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import { findOnPath } from "../../platform/processes/programs.ts";
import { findBinary } from "../../platform/candidate/find-binary.ts";
import { providerFor, providerOrder } from "../../providers/index.ts";
import type { Binary, Provider, ProviderId } from "../../providers/provider.ts";
import type { Io } from "../command/io.ts";

/** Providers that have to be found; the simulator is part of the program. */
type RealId = Exclude<ProviderId, "simulated">;

type Search<Id extends ProviderId = ProviderId> = { id: Id; provider: Provider } & (
  { binary: Binary; tried: null } | { binary: null; tried: string[] }
);

export interface FoundProviders {
  checks: Check[];
  /** What a run would take; null if it could not start. */
  chosen: { provider: Provider; binary: Binary } | null;
}

/** Look for every provider, each as a run that asks for it would. */
export async function checkProviders(inputs: Inputs, io: Io): Promise<FoundProviders> {
  const order = providerOrder(inputs.provider, inputs.providerBin);
  const look = <Id extends ProviderId>(id: Id) => search(id, order.includes(id), inputs, io);
  const [macprovider, mlxLm, simulated, python] = await Promise.all([
    look("macprovider"),
    look("mlx-lm"),
    look("simulated"),
    askPython(io),
  ]);
  const searches: Search[] = [macprovider, mlxLm, simulated];
  const first = order.map((id) => searches.find((one) => one.id === id)).find((one) => one?.binary);
  const chosen = first?.binary ? { provider: first.provider, binary: first.binary } : null;
  const real: Search<RealId>[] = [macprovider, mlxLm];
  const checks = [
    choiceCheck(inputs, chosen, python),
    ...real.map((one) => searchCheck(one, first?.id ?? null)),
    pythonCheck(python, macprovider.binary !== null || mlxLm.binary !== null),
  ];
  return { checks, chosen };
}

async function search<Id extends ProviderId>(id: Id, asked: boolean, inputs: Inputs, io: Io): Promise<Search<Id>> {
  const provider = providerFor(id, inputs.simulatedProfile);
  const outcome = await findBinary(provider, {
    providerBin: asked ? inputs.providerBin : null,
    env: io.env,
    homeDirectory: io.homeDir,
    selfCommand: io.selfCommand,
    signal: io.signal,
  });
  return "tried" in outcome
    ? { id, provider, binary: null, tried: outcome.tried }
    : { id, provider, binary: outcome, tried: null };
}

const INSTALL = "pip install mlx-lm   (or: brew install mlx-lm, uv tool install mlx-lm)";

function choiceCheck(inputs: Inputs, found: FoundProviders["chosen"], python: Python | null): Check {
  const title = "Provider";
  const installs = [python?.hasMlxLm ? `mlx-autotune run --provider-bin ${python.scripts}/mlx_lm.server` : INSTALL];
  if (found === null) {
    const get = inputs.provider === "macprovider" || inputs.providerBin !== null ? [] : installs;
    const text = `--provider ${inputs.provider}: no program was found${inputs.providerBin === null ? "" : ` at ${inputs.providerBin}`}`;
    return check(
      "provider",
      title,
      "error",
      text,
      ...get,
      "Name the program with --provider-bin, or leave --provider out.",
    );
  }
  const { provider, binary } = found;
  if (!provider.simulated) return check("provider", title, "ok", `${provider.id}, ${binary.version}`);
  if (inputs.provider === "simulated") return check("provider", title, "ok", "simulated, as asked for");
  return check(
    "provider",
    title,
    "warning",
    "simulated: no real one was found, so a run measures nothing of this machine",
    ...installs,
  );
}

function searchCheck({ id, provider, binary, tried }: Search<RealId>, chosen: ProviderId | null): Check {
  const title = provider.programs[0] ?? id;
  const other = id === chosen ? "" : ", not taken";
  if (binary) return check(id, title, "ok", `${binary.version} at ${binary.command.join(" ")}${other}`);
  const broken = tried.filter((line) => !line.endsWith(": not there"));
  if (broken[0] !== undefined) return check(id, title, "warning", `found, but it does not work: ${broken[0]}`);
  const places = [...new Set(tried.map((line) => dirname(line.slice(0, line.lastIndexOf(": ")))))];
  const usual = provider.usualPlaces.filter((place) => places.length > 0 && place !== "");
  return check(id, title, "skipped", `${provider.programs.join(", ")} (looked on PATH and in ${usual.join(", ")})`);
}

interface Python {
  path: string;
  version: string;
  hasMlxLm: boolean;
  /** Where its package manager puts programs. */
  scripts: string;
}

const PYTHON_CODE =
  "import sys, sysconfig, importlib.util as u\n" +
  "print(sys.version.split()[0]); print(u.find_spec('mlx_lm') is not None); print(sysconfig.get_path('scripts'))";

/** @returns null if there is no Python */
async function askPython(io: Io): Promise<Python | null> {
  const path = (await findOnPath("python3", io.env)) ?? (await findOnPath("python", io.env));
  // Without Apple's developer tools this one only opens a window that offers to install them.
  if (
    path === null ||
    (path.startsWith("/usr/bin/") && process.platform === "darwin" && !(await hasDeveloperTools(io)))
  )
    return null;
  const answer = await execa(path, ["-c", PYTHON_CODE], {
    env: io.env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    timeout: 10_000,
  });
  const [version = "", known = "", scripts = ""] = answer.failed ? [] : answer.stdout.split("\n");
  return version === "" ? null : { path, version, hasMlxLm: known === "True", scripts };
}

async function hasDeveloperTools(io: Io): Promise<boolean> {
  const answer = await execa("xcode-select", ["-p"], {
    env: io.env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    timeout: 5000,
  });
  return !answer.failed;
}

function pythonCheck(python: Python | null, providerFound: boolean): Check {
  const title = "Python";
  if (python === null)
    return providerFound
      ? check("python", title, "skipped", "Python")
      : check(
          "python",
          title,
          "warning",
          "there is no python3 on PATH; mlx-lm needs one",
          "`brew install mlx-lm` brings its own",
        );
  const knows = python.hasMlxLm ? "with mlx_lm" : "without mlx_lm";
  return check("python", title, "ok", `${basename(python.path)} ${python.version}, ${knows} (${python.path})`);
}
