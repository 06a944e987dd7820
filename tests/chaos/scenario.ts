// A world in which steps are passed, and which of them are stopped there.
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
