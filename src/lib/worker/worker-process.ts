// Starts the worker so that it is nobody's child: a shell that is awaited at once starts it in a session of its own and ends, so that
// launchd adopts it. A direct child would become a zombie of Raycast's helper as soon as the command's thread ends.
// Source: DESIGN (Raycast runtime: double fork before the first await).
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findNode } from "./node-runtime.ts";
import { WorkerError } from "./worker-error.ts";
import { installWorker } from "./worker-install.ts";
import type { WorkerPlace } from "./worker-place.ts";

/**
 * Arguments are positional parameters, never text of the script. The inner shell stays to take the worker's exit code, which is
 * written by rename; where its folder is gone by then, nobody asks any more.
 */
const LAUNCHER = `code=$1; shift
{ "$@"; status=$?; exec 2>/dev/null; echo $status >"$code.part" && mv -f "$code.part" "$code"; } 3>&- &
echo $! >&3`;
/** The launcher only forks; more than this and the machine is on its knees. */
const LAUNCH_MS = 20_000;

export interface Launch {
  /** The worker's arguments. */
  args: string[];
  /** More variables for it. */
  env?: Record<string, string>;
  /** Files that must not be there yet, or are overwritten; both may be the same. Private (0600). */
  stdoutPath: string;
  stderrPath: string;
  /** Where its exit code will stand, as text. */
  exitCodePath: string;
}

export interface Launched {
  /** Of the shell that waits for the worker: gone without an exit code, it was killed. */
  pid: number;
}

/**
 * Install the worker where it is not yet, and start it. Synchronous to the end.
 * @throws WorkerError if there is no Node or no worker, or nothing can be started
 */
export function launchWorker(place: WorkerPlace, launch: Launch): Launched {
  const node = findNode(place);
  const { folder, program } = installWorker(place);
  const stdout = openSync(launch.stdoutPath, "w", 0o600);
  const stderr = launch.stderrPath === launch.stdoutPath ? stdout : openSync(launch.stderrPath, "w", 0o600);
  try {
    const options = {
      // The extension's own folder may be removed while the worker runs.
      cwd: place.homeDir,
      env: { ...workerEnv(place, folder), ...launch.env },
      detached: true,
      stdio: ["ignore", stdout, stderr, "pipe"] as const,
      timeout: LAUNCH_MS,
      encoding: "utf8" as const,
    };
    const shell = spawnSync("/bin/sh", ["-c", LAUNCHER, "sh", launch.exitCodePath, node, program, ...launch.args], {
      ...options,
      stdio: [...options.stdio],
    });
    const pid = Number(shell.output?.[3]);
    if (shell.status === 0 && pid > 0) return { pid };
    throw new WorkerError("The worker cannot be started.", {
      log: readFileSync(launch.stderrPath, "utf8"),
      cause: shell.error,
    });
  } finally {
    closeSync(stdout);
    if (stderr !== stdout) closeSync(stderr);
  }
}

/** Raycast's PATH is minimal; providers, notifiers and Python lie in these. */
const USUAL_FOLDERS = ["/opt/homebrew/bin", "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];
/** What Raycast's helper sets for Node processes of its own. */
const NODE_VARIABLES = [
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_ENV",
  "NODE_CHANNEL_FD",
  "NODE_UNIQUE_ID",
  "ELECTRON_RUN_AS_NODE",
];

function workerEnv({ env, homeDir }: WorkerPlace, folder: string): NodeJS.ProcessEnv {
  const path = [...(env["PATH"] ?? "").split(delimiter), ...USUAL_FOLDERS, join(homeDir, ".local/bin")].filter(Boolean);
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !NODE_VARIABLES.includes(name)));
  return {
    ...kept,
    HOME: homeDir,
    PATH: [...new Set(path)].join(delimiter),
    // Compiled code of the 3 MB bundle; goes away with the folder.
    NODE_COMPILE_CACHE: join(folder, "compile-cache"),
  };
}
