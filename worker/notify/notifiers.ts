// The tools that can show a notification, in the order in which they are tried, and how each is called.
// The helper that node-notifier brings is for Intel and can hang on Apple silicon, so osascript, which cannot open a link, goes before it
// there. It is called directly: the JavaScript around it looks for it beside itself, which a bundle is not,
// has no time limit, and unless told otherwise takes the notification away after ten seconds, while a run may end at night.
// Source: contract §13.
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

export interface Notification {
  title: string;
  message: string;
  /** Opened by a click where the tool can; built by whoever started the run. */
  link: string | null;
}

export interface Notifier {
  /** As it is called in notes. */
  name: string;
  program: string;
  arguments: (notification: Notification) => string[];
  /** Why it cannot run here; null if it may. */
  obstacle: (env: NodeJS.ProcessEnv) => Promise<string | null>;
}

/** What decides about the bundled helper. */
export interface NotifierHost {
  platform: string;
  /** Of the processor: "arm64" is Apple silicon, also where Node itself runs under Rosetta. */
  arch: string;
  /** The bundled helper's program; null if it was not shipped. */
  helper: string | null;
}

const PROBE_MS = 5_000;

/** All of them, best first. */
export function notifiersFor(host: NotifierHost): Notifier[] {
  const native = {
    name: "terminal-notifier",
    program: "terminal-notifier",
    arguments: terminalNotifier,
    obstacle: none,
  };
  const script = { name: "osascript", program: "osascript", arguments: osascript, obstacle: none };
  const send = { name: "notify-send", program: "notify-send", arguments: notifySend, obstacle: none };
  if (host.platform !== "darwin" || host.helper === null) return [native, script, send];
  const bundled = bundledNotifier(host.helper, host.arch);
  return host.arch === "x64" ? [native, bundled, script, send] : [native, script, bundled, send];
}

/** The machine this runs on; the helper lies beside the bundled worker. */
export function thisHost(): NotifierHost {
  const { platform } = process;
  const arch = processorArch(platform, process.arch, cpus()[0]?.model ?? "");
  if (typeof __dirname !== "string") return { platform, arch, helper: null };
  const helper = join(__dirname, "terminal-notifier.app/Contents/MacOS/terminal-notifier");
  return { platform, arch, helper: existsSync(helper) ? helper : null };
}

/** @param model of the processor; under Rosetta, where Node calls itself x64, it is VirtualApple */
export function processorArch(platform: string, nodeArch: string, model: string): string {
  return platform === "darwin" && model.includes("Apple") ? "arm64" : nodeArch;
}

function bundledNotifier(program: string, arch: string): Notifier {
  const obstacle = async (env: NodeJS.ProcessEnv) =>
    arch === "x64" || (await hasRosetta(env)) ? null : "needs Rosetta";
  return { name: "the bundled terminal-notifier", program, arguments: terminalNotifier, obstacle };
}

/** Ask the system to run something for Intel: a file that says Rosetta is there may be left over from an older macOS. */
async function hasRosetta(env: NodeJS.ProcessEnv): Promise<boolean> {
  const options = { env, extendEnv: false, reject: false, timeout: PROBE_MS, stdin: "ignore" } as const;
  return !(await execa("arch", ["-x86_64", "/usr/bin/true"], options)).failed;
}

const none = () => Promise.resolve(null);

function terminalNotifier({ title, message, link }: Notification): string[] {
  const click = link === null ? [] : ["-open", link];
  return ["-title", asText(title), "-message", asText(message), "-group", "mlx-autotune", ...click];
}

/** It takes values that begin so for options or property lists; a backslash, which it removes, makes them text. */
function asText(value: string): string {
  return /^\s*[-[({<"'\\]/.test(value) ? `\\${value}` : value;
}

/** Text goes in as arguments, never into a script. */
const OSASCRIPT = ["on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run"];

function osascript({ title, message }: Notification): string[] {
  return [...OSASCRIPT.flatMap((line) => ["-e", line]), title, message];
}

function notifySend({ title, message }: Notification): string[] {
  return ["--app-name=MLX Autotune", "--", title, message];
}
