// A search method that exists only for tests: `fixed` with one request per cell.
import { fixed, type FixedState } from "../../../worker/core/search/search-fixed.ts";
import type { SearchMethod } from "../../../worker/core/search/search.ts";

export const once = {
  ...fixed,
  name: "once",
  title: "Once",
  help: "Once measures every cell with one request.",
  ownSettings: [],
  expected: (cells) => ({ visits: cells, replicates: cells }),
  start: (settings) => fixed.start({ ...settings, replicates: 1 }),
} satisfies SearchMethod<FixedState, "once">;
