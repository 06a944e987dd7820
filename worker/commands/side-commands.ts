// The commands around the run, one entry each: they look at what was measured and at what a run would find.
// Source: contract §3, §15.
import { compareStored } from "./compare.ts";
import { examine } from "./doctor.ts";
import type { CommandSpec } from "./registry.ts";

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
    name: "doctor",
    description: "is everything there that a run needs? changes nothing; exit 0 only if a run could start, else 1",
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
];
