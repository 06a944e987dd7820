// The commands around the run, one entry each: they look at what was measured and at what a run would find.
// Source: contract §3, §15.
import { compareStored } from "./history/compare.ts";
import { deleteRun } from "./history/delete.ts";
import { examine } from "./doctor/doctor.ts";
import { exportRun } from "./history/export.ts";
import { importRuns } from "./history/import.ts";
import { testNotification } from "./doctor/notify-test.ts";
import type { CommandSpec } from "./command/command.ts";
import { uninstall } from "./doctor/uninstall.ts";

/** In the order of the help. */
export const SIDE_COMMANDS: CommandSpec[] = [
  {
    name: "compare",
    description: "two runs side by side: what was, what is now, and whether that is more than noise",
    arguments: [
      ["<was>", "the earlier run: its id or the beginning of it"],
      ["<now>", "the later run"],
    ],
    run: ({ store, settings, args, io }) =>
      compareStored(store.readers, [args[0] ?? "", args[1] ?? ""], settings.inputs.json, io),
  },
  {
    name: "export",
    description: "write one run, with all its replicates, as a JSON file that import takes back",
    arguments: [["[run]", "run id or its beginning; the last run if left out"]],
    options: [["--output <path>", "where to; - is stdout (default: mlx-autotune-<run>.json here)"]],
    run: ({ store, settings, args, options, io }) =>
      exportRun(store, args[0] ?? null, { output: options["output"], json: settings.inputs.json }, io),
  },
  {
    name: "import",
    description: "import the runs of another tuner's database, or of a file that export wrote",
    arguments: [["<file>", "a SQLite database with tune_runs or tune_trials, or an exported run; it stays as it is"]],
    settings: ["retain-runs"],
    run: ({ store, settings, args, io }) => importRuns(store, args[0] ?? "", settings.inputs, io),
  },
  {
    name: "delete",
    description:
      "remove one run with its trials, report and logs; not one that is active, applied, or open in the journal",
    arguments: [["<run>", "run id or its beginning"]],
    run: ({ store, settings, args, io }) => {
      const { dbPath, json } = settings.inputs;
      return deleteRun(store, args[0] ?? "", { dbPath, json }, io);
    },
  },
  {
    name: "doctor",
    description: "is everything there that a run needs? changes nothing; exit 0 only if a run could start, else 1",
    options: [
      ["--evidence <file>", "write what every probe was told and what was read from it, names and secrets replaced"],
      ["--overwrite", "replace the file of --evidence if it is there"],
    ],
    settings: [
      "provider",
      "provider-bin",
      "simulated-profile",
      "candidate-models",
      "target-context",
      "port",
      "offline",
      "drain",
    ],
    bare: true,
    run: examine,
  },
  {
    name: "uninstall",
    description: "remove what this program has written, after asking; never the provider's config or models",
    options: [
      ["--backups", "also the backups of configs"],
      ["--support-path <folder>", "where the Raycast extension keeps its files, if not in the usual place"],
      ["--yes", "remove without asking"],
    ],
    settings: ["dry-run"],
    bare: true,
    run: uninstall,
  },
  {
    name: "notify-test",
    description: "send a notification like the one at a run's end; exit 0 if a tool took it, else 1",
    run: ({ store, settings, io }) => testNotification(store, settings.inputs.json, io),
  },
];
