// Every command that works on the database, one entry each; `run` and `plan` have settings of their own and stand in cli.ts.
import { SERVED, servedName } from "../providers/index.ts";
import type { SettingName } from "../core/settings/options.ts";
import { SWEEP_FLAGS } from "../core/settings/sweep-options.ts";
import { applyRecipe } from "./change/apply.ts";
import { cancelRun } from "./history/cancel.ts";
import { listRuns, showRun } from "./history/history.ts";
import type { CommandCall, CommandSpec } from "./command/command.ts";
import { restoreProvider } from "./change/restore.ts";
import { revertRecipe } from "./change/revert.ts";
import { serveRecipe } from "./change/serve.ts";
import { showStatus } from "./history/status.ts";
import { SIDE_COMMANDS } from "./side-commands.ts";

/** What apply and revert have in common. */
const CHANGE_SETTINGS: SettingName[] = ["dry-run", "ready-timeout"];
const YES: [string, string] = ["--yes", "write without asking (there is no question without a terminal)"];
const EXPECT: [string, string] = [
  "--expect <hash>",
  'refuse if the config has another SHA-256 (config.sha256 of --dry-run --json), or "absent"',
];

function changeRequest({ settings, options }: CommandCall) {
  const { expect } = options;
  return {
    force: options["force"] === true,
    yes: options["yes"] === true,
    expect: typeof expect === "string" ? expect : null,
    dryRun: settings.dryRun,
    json: settings.inputs.json,
    readyTimeoutS: settings.inputs.readyTimeoutS,
  };
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
    run: ({ store, settings, args, io }) => showRun(store, args[0] ?? null, settings.inputs.json, io),
  },
  {
    name: "apply",
    description: "write a recipe into the provider's config, restart it, and take it back if it does not come up",
    arguments: [["[run]", "run id or its beginning; the newest run with a recipe if left out"]],
    options: [
      ["--force", "also a partial recipe; a simulated one goes into the simulator's own config"],
      ["--lower-context", "write max_context_override even where it lowers what is configured"],
      ["--keep-context", "leave max_context_override as it is"],
      YES,
      EXPECT,
    ],
    settings: CHANGE_SETTINGS,
    run: (call) =>
      applyRecipe(
        {
          ...changeRequest(call),
          runId: call.args[0] ?? null,
          lowerContext: call.options["lowerContext"] === true,
          keepContext: call.options["keepContext"] === true,
        },
        call.store,
        call.io,
      ),
  },
  {
    name: "revert",
    description: "take an applied recipe back, field by field; later edits of other keys stay",
    arguments: [["[application]", "its number, or a run id or its beginning; what was applied last if left out"]],
    options: [["--force", "also keys that were edited since"], YES, EXPECT],
    settings: CHANGE_SETTINGS,
    run: (call) => revertRecipe({ ...changeRequest(call), application: call.args[0] ?? null }, call.store, call.io),
  },
  {
    name: "serve",
    description: "run the provider with a recipe, in the foreground; flags after -- are handed to it",
    arguments: [
      ["[run]", `run id or its beginning; what is applied to ${SERVED.map(servedName).join(" or ")} if left out`],
      ["[flags...]", "after --: more flags for the provider, e.g. -- --port 8080"],
    ],
    settings: ["provider-bin"],
    run: ({ store, settings, args, io }) => serveRecipe(args, settings.inputs.providerBin, store, io),
  },
  {
    name: "report",
    description: "write one run's report as an HTML file and print its path",
    arguments: [["[run]", "run id or its beginning; the last run if left out"]],
    options: [["--out <path>", "the file to write (default: reports/<run id>.html beside the database)"]],
    async run({ store, settings, args, options, io }) {
      // The charting library is loaded by the commands that draw, not by every start.
      const { reportRun } = await import("./history/report.ts");
      const { dbPath, json } = settings.inputs;
      return reportRun(store, { run: args[0] ?? null, out: textOf(options["out"]), dbPath, json }, io);
    },
  },
  {
    name: "sweep",
    description: "measure context × concurrency on an endpoint that is already running",
    options: SWEEP_FLAGS,
    settings: ["gate-ttft-ms", "max-tokens", "ready-timeout", "seed", "dry-run", "verbose"],
    async run({ store, settings, options, io }) {
      const { sweep } = await import("./sweep/sweep.ts");
      return sweep(options, settings, store, io);
    },
  },
  {
    name: "restore",
    description: "bring back a provider that a dead run, an apply or a revert left down; safe at any time",
    settings: ["ready-timeout"],
    recovers: false,
    run: ({ store, settings, io }) => restoreProvider(store, settings.inputs, io),
  },
  ...SIDE_COMMANDS,
];

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
