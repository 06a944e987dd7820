// Probes of what runs here: launchd's domains and services, job descriptions, processes, listeners.
import { access } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Finding, Said } from "../../core/secrets/evidence.ts";
import { startedBy } from "../../core/live/provider-argv.ts";
import {
  type AgentFile,
  labelsToAsk,
  PROVIDER_LABELS,
  systemLabelsToAsk,
  watchdogOf,
} from "../../core/live/provider-labels.ts";
import {
  shownEnvironment,
  shownPlistEnvironment,
  shownPrintEnvironment,
} from "../../core/secrets/shown-environment.ts";
import { type Launchd, openLaunchd } from "../../platform/launchd/launchd.ts";
import { findLiveProviders } from "../../platform/live/live-providers.ts";
import { readPlist } from "../../platform/launchd/plist.ts";
import { SERVERS } from "../../providers/index.ts";
import { isOfInterest } from "./evidence-processes.ts";
import { asked, type Look, noted, type ProbeContext, reading } from "./evidence-context.ts";

export const lookAtUpdate: Look = async ({ io }) =>
  (await Promise.all(SERVERS.map(({ live }) => updateOf(live.pendingUpdate, io.homeDir)))).flat();

async function updateOf(file: string | null, homeDir: string): Promise<Finding[]> {
  if (file === null) return [];
  const path = join(homeDir, file);
  const there = await access(path).then(
    () => true,
    () => false,
  );
  return [{ asked: path, said: noted(there ? "there" : "not there"), read: { "may be drained": !there } }];
}

export const lookAtLive: Look = async ({ io, inputs, uid }) => {
  const places = { port: inputs.port, env: io.env, homeDir: io.homeDir, uid, signal: io.signal };
  return [
    {
      asked: "all places together",
      said: noted("the services, processes and listeners of this file"),
      read: await reading(() => findLiveProviders(places)),
    },
  ];
};

const domainsOf = ({ uid }: ProbeContext): string[] => [`gui/${uid}`, `user/${uid}`, "system"];

export async function lookAtDomains(context: ProbeContext): Promise<Finding[]> {
  const launchd = await openLaunchd({ env: context.io.env, uid: context.uid, signal: context.io.signal });
  return Promise.all(domainsOf(context).map((domain) => askDomain(context, launchd, domain)));
}

async function askDomain(context: ProbeContext, launchd: Launchd | null, domain: string): Promise<Finding> {
  const finding = await asked(context, ["launchctl", "print", domain], async () => {
    const answer = await launchd?.printDomain(domain);
    if (answer?.state !== "there") return { state: answer?.state ?? "there is no launchctl" };
    const running = answer.services.filter(({ pid }) => pid !== null);
    return { state: "there", services: answer.services.length, running: running.length, all: answer.services };
  });
  return { ...finding, said: inPrint(finding.said) };
}

/** Any exit code of launchctl is an answer: that a service is not there is one. */
function inPrint(said: Said): Said {
  const outcome = said.outcome === "failed" && said.code !== null ? "answered" : said.outcome;
  return { ...said, outcome, text: shownPrintEnvironment(said.text) };
}

/** More are not asked. */
const MOST_SERVICES = 40;

export async function lookAtServices(context: ProbeContext): Promise<Finding[]> {
  const launchd = await openLaunchd({ env: context.io.env, uid: context.uid, signal: context.io.signal });
  const domain = `gui/${context.uid}`;
  const [session, { folders }] = await Promise.all([launchd?.printDomain(domain), context.agents()]);
  const agents: AgentFile[] = folders.flatMap(({ daemon, plists }) =>
    plists.map(({ path, label, argv }) => ({ path, label, argv, daemon })),
  );
  const facts = { processes: await context.processes(), ownPid: process.pid, ignorePids: [], agents };
  const targets = [
    ...labelsToAsk(facts, session?.state === "there" ? session.services : []).map((label) => ({ domain, label })),
    ...systemLabelsToAsk(agents).map((label) => ({ domain: "system", label })),
  ];
  return Promise.all(
    targets.slice(0, MOST_SERVICES).map(async (target) => {
      const argv = ["launchctl", "print", `${target.domain}/${target.label}`];
      const finding = await asked(context, argv, () => launchd?.printService(target.domain, target.label) ?? null);
      return { ...finding, said: inPrint(finding.said) };
    }),
  );
}

/** More are only named. */
const MOST_PLISTS = 30;

export async function lookAtPlists(context: ProbeContext): Promise<Finding[]> {
  const { folders } = await context.agents();
  const listed = folders.map(({ path, plists, notes }) => ({
    asked: path,
    said: noted(plists.map(({ path: file, label }) => `${basename(file)}: ${label}`).join("\n")),
    read: { read: plists.length, "not read": notes },
  }));
  const known = new Set<string>(PROVIDER_LABELS.flatMap((label) => [label, watchdogOf(label)]));
  const ofProviders = folders
    .flatMap(({ plists }) => plists)
    .filter(({ label, argv }) => known.has(label) || startedBy(argv) !== null || isOfInterest(label));
  const shown = ofProviders.slice(0, MOST_PLISTS).map(({ path }) => askPlist(path, context));
  return [...listed, ...(await Promise.all(shown))];
}

async function askPlist(path: string, { io, ask, readFile }: ProbeContext): Promise<Finding> {
  const file = await readFile(path);
  const said = file.text.startsWith("bplist") ? await ask(["plutil", "-convert", "xml1", "-o", "-", path]) : file;
  const read = await reading(async () => {
    const plist = await readPlist(path, io.env);
    return { ...plist, environment: shownEnvironment(plist.environment), "would run": startedBy(plist.argv) };
  });
  return { asked: path, said: { ...said, text: shownPlistEnvironment(said.text) }, read };
}
