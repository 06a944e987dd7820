// Every command that works on the database, one entry each; `run` and `plan` have settings of their own and stand in cli.ts.
// Source: contract §3.
import type { SettingName } from "../core/options.ts";
import type { Settings } from "../core/settings.ts";
import type { Store } from "../store/store.ts";
import { cancelRun } from "./cancel.ts";
import { listRuns, showRun } from "./history.ts";
import type { Io } from "./io.ts";
import { restoreProvider } from "./restore.ts";
import { showStatus } from "./status.ts";

/** One call of a command. */
export interface CommandCall {
  io: Io;
  store: Store;
  /** Only those named in `settings` may differ from their defaults. */
  settings: Settings;
  /** Positional arguments as given. */
  args: string[];
  /** Values of `options` by their camel-case names, as commander gives them. */
  options: Record<string, unknown>;
}

export interface CommandSpec {
  name: string;
  description: string;
  /** Positional arguments: "[run]" or "<file>", and what it is. */
  arguments?: [name: string, description: string][];
  /** Flags of its own: "--watch", "--base-url <url>". Their values are the command's to check. */
  options?: [flags: string, description: string][];
  /** Settings of the table beyond --db-path and --json. */
  settings?: SettingName[];
  /** False for a command that does by itself what a dead run left undone. */
  recovers?: boolean;
  /** @returns the exit code */
  run(call: CommandCall): Promise<number> | number;
}

/** In the order of the help. */
export const COMMANDS: CommandSpec[] = [
  {
    name: "status",
    description: "the active run, or the last one",
    options: [["--watch", "follow it to its end"]],
    run: ({ store, settings, options, io }) =>
      showStatus(store, { watch: options["watch"] === true, json: settings.inputs.json }, io),
  },
  {
    name: "cancel",
    description: "stop the active run and wait until it has restored everything",
    run: ({ store, io }) => cancelRun(store, io),
  },
  {
    name: "runs",
    description: "list the runs",
    run: ({ store, settings, io }) => listRuns(store.readers, settings.inputs.json, io),
  },
  {
    name: "show",
    description: "one run with its trials",
    arguments: [["[run]", "run id or its beginning; the last run if left out"]],
    run: ({ store, settings, args, io }) => showRun(store.readers, args[0] ?? null, settings.inputs.json, io),
  },
  {
    name: "restore",
    description: "bring back a drained provider that a dead run left behind; safe at any time",
    recovers: false,
    run: ({ store, settings, io }) => restoreProvider(store, settings.inputs.json, io),
  },
];
