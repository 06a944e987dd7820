// Part of `doctor`: which provider a run would take, where the others were looked for, and which of them Python has.
// Source: contract §15 (provider found and version; Python/mlx_lm found), §4.
import { basename, dirname } from "node:path";
import { execa } from "execa";
import { check, type Check, inShort, type Repair } from "../../core/result/check.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import { findOnPath } from "../../platform/processes/programs.ts";
import { findBinary, isAbsent, type Tried, triedLine } from "../../platform/candidate/find-binary.ts";
import {
  type Provider,
  type ProviderChoice,
  type ProviderId,
  PROVIDERS,
  providerFor,
  providerOrder,
  SERVERS,
} from "../../providers/index.ts";
import type { Binary } from "../../providers/provider.ts";
import type { Io } from "../command/io.ts";

type Search = { provider: Provider } & ({ binary: Binary; tried: null } | { binary: null; tried: Tried[] });

export interface FoundProviders {
  checks: Check[];
  /** What a run would take; null if it could not start. */
  chosen: { provider: Provider; binary: Binary } | null;
}

/** Look for every provider, each as a run that asks for it would. */
export async function checkProviders(inputs: Inputs, io: Io): Promise<FoundProviders> {
  const order = providerOrder(inputs.provider, inputs.providerBin);
  const [python, ...searches] = await Promise.all([
    askPython(io),
    ...SERVERS.map(({ id }) => search(providerFor(id, inputs.simulatedProfile), order.includes(id), inputs, io)),
  ]);
  const first = order.map((id) => searches.find((one) => one.provider.id === id)).find((one) => one?.binary);
  const chosen = first?.binary ? { provider: first.provider, binary: first.binary } : null;
  const real = searches.filter(({ provider }) => !provider.simulated);
  const checks = [
    choiceCheck(inputs, chosen, python),
    ...real.map((one) => searchCheck(one, first?.provider.id ?? null)),
    pythonCheck(
      python,
      real.some(({ binary }) => binary !== null),
    ),
  ];
  return { checks, chosen };
}

async function search(provider: Provider, asked: boolean, inputs: Inputs, io: Io): Promise<Search> {
  const outcome = await findBinary(provider, {
    providerBin: asked ? inputs.providerBin : null,
    env: io.env,
    homeDirectory: io.homeDir,
    selfCommand: io.selfCommand,
    signal: io.signal,
  });
  return "tried" in outcome
    ? { provider, binary: null, tried: outcome.tried }
    : { provider, binary: outcome, tried: null };
}

const NAMED = { kind: "setting", setting: "provider-bin" } as const;

/** How to get the servers of a choice, or to use those that Python has already. */
function installs(choice: ProviderChoice, python: Python | null): Repair[] {
  return providerOrder(choice, null).flatMap((id): Repair[] => {
    const { install, homepage, title, python: from, programs } = PROVIDERS[id];
    if (from !== null && python?.modules.includes(from.module)) {
      const value = `${python.scripts}/${programs[0]}`;
      return [{ text: `mlx-autotune run --provider-bin ${value}`, remedies: [{ ...NAMED, value }] }];
    }
    const [best, ...others] = install;
    if (best === undefined) return [];
    const remark = others.length === 0 ? "" : `   (or: ${others.join(", ")})`;
    return [`${best}${remark}`, ...(homepage === null ? [] : [`About ${title}: ${homepage}`])];
  });
}

function choiceCheck(inputs: Inputs, found: FoundProviders["chosen"], python: Python | null): Check {
  const title = "Provider";
  if (found === null) {
    const get = inputs.providerBin === null ? installs(inputs.provider, python) : [];
    const text = `--provider ${inputs.provider}: no program was found${inputs.providerBin === null ? "" : ` at ${inputs.providerBin}`}`;
    const name = { text: "Name the program with --provider-bin, or leave --provider out.", remedies: [NAMED] };
    return inShort("not found", check("provider", title, "error", text, ...get, name));
  }
  const { provider, binary } = found;
  if (!provider.simulated)
    return inShort(provider.title, check("provider", title, "ok", `${provider.id}, ${binary.version}`));
  if (inputs.provider === provider.id)
    return inShort(provider.id, check("provider", title, "ok", "simulated, as asked for"));
  const text = "simulated: no real one was found, so a run measures nothing of this machine";
  return inShort(provider.id, check("provider", title, "warning", text, ...installs("auto", python)));
}

function searchCheck({ provider, binary, tried }: Search, chosen: ProviderId | null): Check {
  const { id } = provider;
  const title = provider.programs[0] ?? id;
  const other = id === chosen ? "" : ", not taken";
  if (binary)
    return inShort(
      versionNumber(binary.version),
      check(id, title, "ok", `${binary.version} at ${binary.command.join(" ")}${other}`),
    );
  const broken = tried.find((one) => !isAbsent(one));
  if (broken !== undefined)
    return inShort("broken", check(id, title, "warning", `found, but it does not work: ${triedLine(broken)}`));
  const places = [...new Set(tried.map(({ program }) => dirname(program)))];
  const usual = provider.usualPlaces.filter((place) => places.length > 0 && place !== "");
  return inShort(
    "not found",
    check(id, title, "skipped", `${provider.programs.join(", ")} (looked on PATH and in ${usual.join(", ")})`),
  );
}

/** The first number of "mlx-lm 0.32.2 / mlx 0.31.1"; the whole text where it has none. */
function versionNumber(version: string): string {
  return /\d+(?:\.\d+)*/.exec(version)?.[0] ?? version;
}

interface Python {
  path: string;
  version: string;
  /** Of the packages that bring a server, by the name that is imported. */
  modules: string[];
  /** Where its package manager puts programs. */
  scripts: string;
}

const PACKAGES = SERVERS.flatMap(({ id, python }) => (python === null ? [] : { id, ...python }));

/** Prints version, folder of programs, and the packages that there are. */
const PYTHON_CODE =
  "import sys, sysconfig, importlib.util as u\n" +
  "print(sys.version.split()[0]); print(sysconfig.get_path('scripts'))\n" +
  `for name in ${JSON.stringify(PACKAGES.map(({ module }) => module))}:\n  if u.find_spec(name) is not None: print(name)`;

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
  const [version = "", scripts = "", ...modules] = answer.failed ? [] : answer.stdout.split("\n");
  return version === "" ? null : { path, version, modules, scripts };
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
  if (python === null) return inShort("not found", noPython(title, providerFound));
  const knows = PACKAGES.map(({ module }) => `${python.modules.includes(module) ? "with" : "without"} ${module}`).join(
    ", ",
  );
  const text = `${basename(python.path)} ${python.version}, ${knows} (${python.path})`;
  return inShort(python.version, check("python", title, "ok", text));
}

function noPython(title: string, providerFound: boolean): Check {
  if (providerFound) return check("python", title, "skipped", "Python");
  const needing = PACKAGES.map(({ id }) => id).join(", ");
  const repair = PACKAGES.map(({ withoutPython }) => withoutPython);
  return check("python", title, "warning", `there is no python3 on PATH; ${needing} needs one`, ...repair);
}
