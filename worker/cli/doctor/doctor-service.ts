// Part of `doctor`: launchd, what serves here already, the port, and the provider's own config.
// Source: contract §15 (port; launchd session and labels; config readable and parseable), §5.
import { check, type Check, inShort } from "../../core/result/check.ts";
import { describeLive, refusal } from "../../core/live/conflict.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import { describeOther } from "../../core/live/other-servers.ts";
import { findConfigTarget } from "../../platform/live/config-target.ts";
import { readConfiguredModel } from "../../platform/live/live-config.ts";
import { findInTheWay } from "../../platform/live/in-the-way.ts";
import { findLiveProviders, type SearchResult } from "../../platform/live/live-providers.ts";
import { findOnPath } from "../../platform/processes/programs.ts";
import { type ProviderId, REAL_SERVERS } from "../../providers/index.ts";
import { withDrain } from "./doctor-drain.ts";
import type { Io } from "../command/io.ts";

/** @param simulated a run would be, @param ownPids worker and candidate of an active run: not in the way, but ours */
export async function checkService(inputs: Inputs, simulated: boolean, ownPids: number[], io: Io): Promise<Check[]> {
  const uid = process.getuid?.() ?? 0;
  const { homeDir, env, signal } = io;
  const options = { port: inputs.port, env, homeDir, uid, signal, ignorePids: ownPids };
  const [found, inTheWay, launchctl, configs] = await Promise.all([
    findLiveProviders(options),
    simulated ? findInTheWay(options, true) : null,
    findOnPath("launchctl", env),
    Promise.all(REAL_SERVERS.map(({ id }) => readConfig(id, io))),
  ]);
  return [
    await withDrain(checkLaunchd(found, launchctl, simulated), simulated ? [] : found.live, inputs, io),
    checkLive(found, inputs, simulated),
    ...checkOthers(found, simulated),
    checkPort(inTheWay ?? found, inputs),
    checkConfigs(configs),
  ];
}

function checkLaunchd({ live, blockers, notes }: SearchResult, launchctl: string | null, simulated: boolean): Check {
  const title = "launchd";
  const [worst] = [...blockers].sort((a, b) => Number(b.blocks === "run") - Number(a.blocks === "run"));
  const binds = worst?.blocks === "run" && !simulated;
  if (worst)
    return inShort(
      binds ? "blocked" : "cannot drain",
      check("launchd", title, binds ? "error" : "warning", worst.text, worst.remedy),
    );
  if (launchctl === null) return check("launchd", title, "skipped", "launchd");
  const managed = live.flatMap((one) => (one.kind === "launchd-managed" ? [one.label] : []));
  const labels = managed.length === 0 ? "no provider is loaded" : `loaded: ${managed.join(", ")}`;
  const state = notes.length === 0 ? "ok" : "warning";
  return inShort(loaded(managed.length), check("launchd", title, state, [labels, ...notes].join("; ")));
}

const loaded = (n: number): string => (n === 0 ? "none loaded" : `${n} loaded`);

function checkOthers({ others }: SearchResult, simulated: boolean): Check[] {
  if (others.length === 0) return [];
  const names = others.map(describeOther).join("; ");
  const found = simulated
    ? check("other-servers", "Also running", "ok", `${names}: not in the way of a simulated run`)
    : check("other-servers", "Also running", "warning", names, SHARED);
  return [inShort(`${others.length} running`, found)];
}

const SHARED =
  "A run does not stop them. They share memory and GPU with what is measured: stop them, or unload their models, for true figures.";

function checkLive({ live }: SearchResult, inputs: Inputs, simulated: boolean): Check {
  const providers = live.filter((one) => one.kind !== "port");
  const short = providers.length === 0 ? "none" : `${providers.length} live`;
  return inShort(short, judgeLive(providers, inputs, simulated));
}

function judgeLive(providers: SearchResult["live"], { drain, restartForeground }: Inputs, simulated: boolean): Check {
  const title = "In the way";
  if (providers.length === 0) return check("live-provider", title, "ok", "no provider that a run would have to drain");
  const names = providers.map(describeLive).join("; ");
  if (simulated) return check("live-provider", title, "ok", `${names}: not in the way of a simulated run`);
  const refused = refusal({ live: providers, blockers: [] }, drain, restartForeground);
  if (refused) return check("live-provider", title, "error", names, providers.length > 1 ? SEVERAL : refused.remedy);
  return check("live-provider", title, "ok", `${names}: drained for the run and brought back after it`);
}

/** Each one's own remedy would fill the screen. */
const SEVERAL =
  "Add --drain to take them out of service for the tune and bring them back (foreground ones with --restart-foreground), or stop them yourself.";

function checkPort({ live }: SearchResult, { port }: Inputs): Check {
  const holders = live.filter((one) => one.kind === "port");
  const refused = refusal({ live: holders, blockers: [] }, false);
  if (!refused) return inShort(`${port} free`, check("port", "Port", "ok", `127.0.0.1:${port} is free`));
  const text = `${port} is taken: ${holders.map(describeLive).join("; ")}`;
  return inShort(`${port} taken`, check("port", "Port", "error", text, refused.remedy));
}

interface ProviderConfig {
  path: string;
  model: string | null;
  problem: string | null;
}

async function readConfig(id: ProviderId, io: Io): Promise<ProviderConfig> {
  const { path } = await findConfigTarget(id, io);
  const { live, note } = await readConfiguredModel(path);
  return { path, model: live?.model ?? null, problem: note };
}

const MEND_CONFIG = "A run works without it; apply refuses until it is mended.";

function checkConfigs(configs: ProviderConfig[]): Check {
  const title = "Config";
  const broken = configs.flatMap((one) => one.problem ?? []);
  if (broken.length > 0)
    return inShort("broken", check("provider-config", title, "warning", broken.join("; "), MEND_CONFIG));
  const there = configs.filter((one) => one.model !== null).map((one) => `${one.model} in ${one.path}`);
  const text = there.join("; ") || "no provider is configured yet; apply writes the first config";
  const short = there.length === 0 ? "none yet" : `${there.length} found`;
  return inShort(short, check("provider-config", title, "ok", text));
}
