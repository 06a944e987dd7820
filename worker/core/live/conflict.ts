// What a live provider in the way means for a run, in words: its name, the refusal and the remedy.
// Source: contract §5 (refuse without --drain, never drain unasked) and §3 (`provider_conflict`).
import type { LiveProvider, Untouchable } from "./live-provider.ts";
import { shellCommand } from "../text/shell-words.ts";

/** Why a run, or only a drain, must not begin. */
export interface Blocker {
  kind:
    | "other-domain"
    | "no-plist"
    | "other-user"
    | "no-gui-session"
    | "update-in-progress"
    | "launchd-unclear"
    | "command-unclear";
  /** "drain": harmless as long as nothing has to be drained. */
  blocks: "run" | "drain";
  text: string;
  remedy: string;
}

/** Why a simulated run looks at its port alone. */
export const SIMULATED_NEEDS = "a simulated run needs nothing of this machine but its port";

export interface Findings {
  live: LiveProvider[];
  blockers: Blocker[];
}

/**
 * Whether a run may go on (after draining `live`, where asked for).
 * @param restart foreground providers are to be started again afterwards
 * @returns null if it may, else the text and remedy of a `provider_conflict`
 */
export function refusal(
  { live, blockers }: Findings,
  drain: boolean,
  restart = false,
): { message: string; remedy: string } | null {
  const binding = [
    ...blockers.filter((b) => b.blocks === "run" || (drain && live.length > 0)),
    ...(drain && restart ? live.flatMap(unclearCommandBlocker) : []),
  ];
  const undrainable = drain ? live.filter((found) => found.kind === "port") : live;
  if (binding.length === 0 && undrainable.length === 0) return null;
  const inTheWay = undrainable.length === 0 ? [] : [`In the way: ${undrainable.map(describeLive).join("; ")}.`];
  const remedies = [...binding.map((b) => b.remedy), ...remediesFor(undrainable, binding.length === 0)];
  return {
    message: [...binding.map((b) => b.text), ...inTheWay].join(" "),
    remedy: [...new Set(remedies)].join(" "),
  };
}

/** The name of a finding as rows and journal keep it. */
export function nameOf(found: LiveProvider): string {
  if (found.kind === "launchd-managed") return `launchd-managed ${found.label}`;
  return found.kind === "foreground" ? `foreground-PID-${found.pid}` : `port-${found.port}`;
}

/** Name and what is known, e.g. `foreground-PID-812 (mlx_lm.server, port 8080)`. */
export function describeLive(found: LiveProvider): string {
  const details = found.kind === "port" ? holderDetails(found.pid, found.argv) : providerDetails(found);
  return details.length === 0 ? nameOf(found) : `${nameOf(found)} (${details.join(", ")})`;
}

function providerDetails(found: Exclude<LiveProvider, { kind: "port" }>): string[] {
  const details: string[] = [];
  if (found.kind === "launchd-managed" && found.role === "watchdog") details.push("watchdog");
  if (found.program !== null) details.push(found.program);
  if (found.kind === "launchd-managed") {
    const pid = found.processes[0]?.pid;
    details.push(pid === undefined ? "loaded, not running" : `PID ${pid}`);
  }
  const ports = found.listening.length > 0 ? found.listening : found.ports;
  if (ports.length > 0) details.push(`port ${ports.join(" and ")}`);
  return details;
}

function holderDetails(pid: number | null, argv: string[]): string[] {
  if (pid === null) return ["another user's process"];
  const command = argv.slice(0, 3).join(" ");
  return command === "" ? [`PID ${pid}`] : [`PID ${pid}`, command];
}

/** One sentence for all that a drain could help with, one for the port. */
function remediesFor(found: readonly LiveProvider[], drainHelps: boolean): string[] {
  const providers = found.filter((one) => one.kind !== "port");
  const port =
    found.length === providers.length ? [] : ["Choose another --port, or stop the program that listens there."];
  if (providers.length === 0) return port;
  const them = providers.length === 1 ? "it" : "them";
  const byHand = `stop ${them} yourself: ${stopCommands(providers)
    .map((command) => `\`${command}\``)
    .join(", ")}.`;
  return [drainHelps ? `Add --drain to ${drainText(providers, them)}, or ${byHand}` : `S${byHand.slice(1)}`, ...port];
}

type Provider = Exclude<LiveProvider, { kind: "port" }>;

/** Watchdogs come first, as found. */
function stopCommands(providers: readonly Provider[]): string[] {
  const pids = providers.flatMap((one) => (one.kind === "foreground" ? one.processes.map(({ pid }) => pid) : []));
  const services = providers.filter((one) => one.kind === "launchd-managed");
  return [
    ...services.map((one) => shellCommand(bootoutCommand(one))),
    ...(pids.length > 0 ? [`kill ${pids.join(" ")}`] : []),
  ];
}

function drainText(providers: readonly Provider[], them: string): string {
  const foreground = providers.filter((one) => one.kind === "foreground").length;
  if (foreground === providers.length)
    return `stop ${them} for the tune (with --restart-foreground ${them === "it" ? "it is" : "they are"} started again)`;
  const except = foreground > 0 ? " (what runs in the foreground only with --restart-foreground)" : "";
  return `take ${them} out of service for the tune and bring ${them} back${except}`;
}

/** The command that takes a service out, word by word. */
export function bootoutCommand(service: { domain: string; label: string }): string[] {
  return ["launchctl", "bootout", `${service.domain}/${service.label}`];
}

/** The commands that bring a service back by hand, in order. */
export function restoreCommands(service: { domain: string; label: string; plistPath: string }): string[][] {
  return [
    ["launchctl", "enable", `${service.domain}/${service.label}`],
    ["launchctl", "bootstrap", service.domain, service.plistPath],
  ];
}

export function untouchableBlocker(found: Untouchable): Blocker {
  const pid = found.pid === null ? "" : ` (PID ${found.pid})`;
  const kind = found.why;
  if (kind === "other-user") {
    const text = `${found.name}${pid} serves under another user's account; it cannot be stopped and brought back from here.`;
    return { kind, blocks: "run", text, remedy: "Have that user (or root) stop it for the length of the tune." };
  }
  if (kind === "no-plist") {
    const text = `launchd-managed ${found.name}${pid} was loaded without a plist file; it could not be brought back.`;
    return {
      kind,
      blocks: "run",
      text,
      remedy: `Stop it yourself: \`launchctl bootout ${found.domain}/${found.name}\`.`,
    };
  }
  const root = found.domain === "system";
  const where = root ? "in the system domain, as root" : `in the domain ${found.domain}`;
  const text = `launchd-managed ${found.name}${pid} runs ${where}; only services of your GUI session can be drained and brought back safely.`;
  const remedy = `Stop it yourself: \`${root ? "sudo " : ""}launchctl bootout ${found.domain}/${found.name}\`, and bootstrap it again after the tune.`;
  return { kind, blocks: "run", text, remedy };
}

/** Started again with other words it would not come up, or serve something else. */
function unclearCommandBlocker(found: LiveProvider): Blocker[] {
  if (found.kind !== "foreground" || found.doubt === null) return [];
  const text = `${describeLive(found)} could not be started again as it was: ${found.doubt}.`;
  const remedy = `Leave out --restart-foreground and start it again yourself, or stop it yourself now: \`kill ${found.pid}\`.`;
  return [{ kind: "command-unclear", blocks: "drain", text, remedy }];
}

export function noSessionBlocker(domain: string): Blocker {
  return {
    kind: "no-gui-session",
    blocks: "drain",
    text: `There is no GUI session (launchctl print ${domain} answers 125); a drained provider could not be bootstrapped again.`,
    remedy: "Log in at the Mac's screen and run it there, or stop the provider yourself.",
  };
}

export function updateBlocker(pendingPath: string): Blocker {
  return {
    kind: "update-in-progress",
    blocks: "run",
    text: `The provider is being updated (${pendingPath} is there).`,
    remedy: "Wait until the update is through, then try again.",
  };
}

export function unclearBlocker(what: string): Blocker {
  return {
    kind: "launchd-unclear",
    blocks: "run",
    text: `launchd cannot be asked: ${what}.`,
    remedy: "Try again; if it stays like this, log out and in again.",
  };
}
