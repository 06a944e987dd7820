// Compare with…, for those who show runs: the page that a start leads to does without it, and its command stays small.
import { Action } from "@raycast/api";
import type { RunSummary } from "../../lib/runs/run-summary.ts";
import { ACTIONS } from "../ui/actions.ts";
import { CompareWith } from "./CompareWith.tsx";

export const compareAction = (summary: RunSummary) => (
  <Action.Push {...ACTIONS.compareWith} target={<CompareWith summary={summary} />} />
);
