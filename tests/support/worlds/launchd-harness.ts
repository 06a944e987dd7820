// A Mac's launchd in a temporary home: the stand-in resident, a `launchctl` first on PATH, agents written and loaded, and
// everything ended again. Source of the behaviour: fake-launchd.mjs.
import { execFile, spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, livesWith, stillThere } from "./live-world.ts";
import { plistText } from "../mac/write-plist.ts";
import { removeFolder } from "./remove-folder.ts";

const SUPPORT = join(process.cwd(), "tests", "support");

export interface AgentOptions {
  label: string;
  argv: string[];
  keepAlive?: boolean | Record<string, boolean>;
  runAtLoad?: boolean;
  env?: Record<string, string>;
  /** Any further keys of the plist. */
  extra?: Record<string, unknown>;
  /** Where the plist lies; the user's own folder by default. */
  place?: "user" | "shared" | "daemon";
}

export interface Fault {
  verb: string;
  /** Part of the arguments; any by default. */
  target?: string;
  /** Let that many pass first. */
  skip?: number;
  times?: number;
  code?: number;
  stderr?: string;
  delayMs?: number;
  /** Do what was asked, and answer `code` all the same. */
  perform?: boolean;
}

export interface Call {
  at: number;
  ms: number;
  words: string[];
  code: number;
}

export interface LaunchdHarness {
  home: string;
  /** FAKE_LAUNCHD_DIR: state, settings, faults and logs of the stand-in. */
  folder: string;
  /** HOME, PATH (stand-in first), FAKE_LAUNCHD_DIR and the mark that hides other tests' providers, over the test's own environment. */
  env: NodeJS.ProcessEnv;
  uid: number;
  domain: string;
  sharedFolders: { agents: string; daemons: string };
  /** Put a program named `name` into the bin folder. @returns its path */
  program(name: string, support?: string): string;
  /** @returns the plist's path */
  writeAgent(options: AgentOptions): string;
  /** Write and load an agent. @returns the plist's path */
  load(options: AgentOptions): Promise<string>;
  /** Load `<label>-watchdog`, which bootstraps `plist` whenever `label` is not loaded. */
  loadWatchdog(label: string, plist: string): Promise<string>;
  launchctl(words: string[], as?: { root: boolean }): Promise<{ code: number; stdout: string; stderr: string }>;
  configure(settings: Record<string, unknown>): void;
  addFault(fault: Fault): void;
  /** Every fault so far counts as used up. */
  clearFaults(): void;
  calls(): Call[];
  /** What happened to the jobs: start, SIGTERM and SIGKILL of launchd's own, exit with its signal. */
  events(): { event: string; label: string; pid: number; signal?: string | null }[];
  /** Pid of a job, null while it does not run. */
  pidOf(label: string, domain?: string): number | null;
  /** `empty`: every job gone, every label free. `reboot`: all gone as by a power cut, then everything loaded from the folders. */
  control(what: "empty" | "reboot" | "login" | "logout"): Promise<void>;
  /** End everything and remove the home. @returns pids that were started and still live: [] */
  stop(): Promise<number[]>;
}

/** @param name the home folder's name begins so */
export async function startLaunchd(name = "launchd-"): Promise<LaunchdHarness> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), name)));
  const folder = join(home, "launchd");
  const bin = join(home, "bin");
  const folders = {
    user: join(home, "Library/LaunchAgents"),
    shared: join(home, "shared/LaunchAgents"),
    daemon: join(home, "shared/LaunchDaemons"),
  };
  for (const path of [folder, bin, ...Object.values(folders)]) mkdirSync(path, { recursive: true });
  const uid = process.getuid?.() ?? 501;
  const env = {
    ...process.env,
    HOME: home,
    PATH: `${bin}:${process.env["PATH"] ?? ""}`,
    FAKE_LAUNCHD_DIR: folder,
    MLX_AUTOTUNE_TEST_SCOPE: home,
  };
  // A copy: a test that puts something else in its place must not write through a link.
  copyFileSync(join(SUPPORT, "fake-launchctl.sh"), join(bin, "launchctl"));
  const settings: Record<string, unknown> = {
    folders: { agents: [folders.user, folders.shared], daemons: [folders.daemon] },
  };
  const faults: Fault[] = [];
  // Renamed into place: the resident launchd may read it this very moment.
  const write = (name: string, value: unknown) => {
    writeFileSync(join(folder, `${name}.new`), JSON.stringify(value));
    renameSync(join(folder, `${name}.new`), join(folder, name));
  };
  write("settings.json", settings);
  await startResident(folder, home, env);

  const control = async (what: string) => {
    const { code, stderr } = await runLaunchctl(["test-control", what], env);
    if (code !== 0) throw new Error(`${what}: ${stderr}`);
  };

  const harness: LaunchdHarness = {
    home,
    folder,
    env,
    uid,
    domain: `gui/${uid}`,
    sharedFolders: { agents: folders.shared, daemons: folders.daemon },
    program: (name, support = "live-provider.mjs") => {
      const path = join(bin, name);
      return writeScript(path, `#!${process.execPath}\nimport(${JSON.stringify(join(SUPPORT, support))});\n`);
    },
    writeAgent: (options) => {
      const path = join(folders[options.place ?? "user"], `${options.label}.plist`);
      writeFileSync(path, plistText(plistOf(options)));
      chmodSync(path, 0o644); // whatever the umask: one that others may write to is refused
      return path;
    },
    load: async (options) => {
      const path = harness.writeAgent(options);
      const daemon = options.place === "daemon";
      const answer = await harness.launchctl(["bootstrap", daemon ? "system" : harness.domain, path], { root: daemon });
      if (answer.code !== 0) throw new Error(`bootstrap of ${options.label}: ${answer.stderr}`);
      return path;
    },
    loadWatchdog: (label, plist) => {
      const look = `launchctl print ${harness.domain}/${label} || launchctl bootstrap ${harness.domain} '${plist}'`;
      return harness.load({
        label: `${label}-watchdog`,
        argv: ["/bin/sh", "-c", `while true; do ${look}; sleep 0.3; done >/dev/null 2>&1`],
        keepAlive: true,
        env: { PATH: env.PATH, FAKE_LAUNCHD_DIR: folder },
      });
    },
    launchctl: (words, as) => runLaunchctl(words, as?.root === true ? { ...env, FAKE_LAUNCHD_ROOT: "1" } : env),
    configure: (more) => write("settings.json", Object.assign(settings, more)),
    addFault: (fault) => write("faults.json", (faults.push(fault), faults)),
    // Their places stay: the stand-in counts by place how often each was met.
    clearFaults: () => write("faults.json", (faults.forEach((fault) => (fault.times = 0)), faults)),
    calls: () => readLines<Call>(join(folder, "calls.jsonl")),
    events: () => readLines(join(folder, "events.jsonl")),
    pidOf: (label, domain = harness.domain) => {
      const { jobs } = JSON.parse(readFileSync(join(folder, "state.json"), "utf8")) as State;
      return jobs.find((job) => job.label === label && job.domain === domain)?.pid ?? null;
    },
    control: (what) => {
      if (what === "login" || what === "logout") settings["guiSession"] = what === "login";
      write("settings.json", settings);
      return control(what);
    },
    stop: async () => {
      const started = readLines<{ event: string; pid: number }>(join(folder, "events.jsonl"));
      const resident = (JSON.parse(readFileSync(join(folder, "state.json"), "utf8")) as State).pid;
      await control("shutdown");
      const pids = [resident, ...started.filter((e) => e.event === "start").map((e) => e.pid)];
      const left = await stillThere(pids.filter((pid) => livesWith(`MLX_AUTOTUNE_TEST_SCOPE=${home}`, pid)));
      removeFolder(home);
      return left;
    },
  };
  return harness;
}

interface State {
  pid: number;
  jobs: { domain: string; label: string; pid: number | null }[];
}

function plistOf(options: AgentOptions): Record<string, unknown> {
  return {
    Label: options.label,
    ProgramArguments: options.argv,
    RunAtLoad: options.runAtLoad ?? true,
    ...(options.keepAlive === undefined ? {} : { KeepAlive: options.keepAlive }),
    ...(options.env === undefined ? {} : { EnvironmentVariables: options.env }),
    ...options.extra,
  };
}

/** Through a shell that ends at once: the resident must be no child of the test, as real launchd is none. */
async function startResident(folder: string, home: string, env: NodeJS.ProcessEnv): Promise<void> {
  const uid = process.getuid?.() ?? 501;
  const words = [process.execPath, join(SUPPORT, "fake-launchd.mjs"), folder, home, String(uid), String(process.pid)];
  const script = `exec >>"${join(folder, "launchd.log")}" 2>&1; "$@" &`;
  spawn("/bin/sh", ["-c", script, "sh", ...words], { stdio: "ignore", detached: true, env });
  await eventually("the stand-in launchd is up", () => existsSync(join(folder, "state.json")));
}

function runLaunchctl(words: string[], env: NodeJS.ProcessEnv) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve, reject) => {
    execFile("launchctl", words, { env }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") reject(new Error(error.message));
      else resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

function readLines<T>(path: string): T[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as T);
}

function writeScript(path: string, text: string): string {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}
