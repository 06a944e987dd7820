// All worlds in which steps are passed, in the order in which they are asked: the first that passes a step is where it is stopped.
import { APPLY_SCENARIOS } from "./scenarios-apply.ts";
import { DESK_SCENARIOS, FIRST_COMMAND } from "./scenarios-desk.ts";
import { DOWNLOAD_SCENARIOS } from "./scenarios-download.ts";
import { DRAIN_SCENARIOS } from "./scenarios-drain.ts";
import type { Stage } from "./stage.ts";

export interface Scenario {
  name: string;
  /** Whose steps are stopped: first words of command lines. */
  roles: readonly string[];
  open(): Promise<Stage>;
  /** It is there for these steps only; others that it passes are stopped elsewhere. */
  only?: RegExp;
  /** Each time that a step is passed, not only the first and the last. */
  eachTime?: boolean;
  /** Seconds that one play takes here, for the order: the longest begin first. */
  longS?: number;
}

export const SCENARIOS: readonly Scenario[] = [
  FIRST_COMMAND,
  ...DRAIN_SCENARIOS,
  ...APPLY_SCENARIOS,
  ...DOWNLOAD_SCENARIOS,
  ...DESK_SCENARIOS,
];
