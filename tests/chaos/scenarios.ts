// All worlds in which steps are passed, in the order in which they are asked: the first that passes a step is where it is stopped.
import { APPLY_SCENARIOS } from "./scenarios-apply.ts";
import { DESK_SCENARIOS, FIRST_COMMAND } from "./scenarios-desk.ts";
import { DOWNLOAD_SCENARIOS } from "./scenarios-download.ts";
import { DRAIN_SCENARIOS } from "./scenarios-drain.ts";
import type { Scenario } from "./scenario.ts";

export const SCENARIOS: readonly Scenario[] = [
  FIRST_COMMAND,
  ...DRAIN_SCENARIOS,
  ...APPLY_SCENARIOS,
  ...DOWNLOAD_SCENARIOS,
  ...DESK_SCENARIOS,
];
