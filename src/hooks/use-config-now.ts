// What the configs of applied recipes hold now, for views: looked at once they are drawn, and again every few seconds.
// Source: contract §12, §14 (the first paint is the database's alone).
import { usePromise } from "@raycast/utils";
import { answersOf, lookAtConfigs, openIn, type Answers, type Look } from "../lib/recipe/config-answers.ts";
import { fetchStatus } from "../lib/recipe/recipe-status.ts";
import type { ApplicationRow } from "../../worker/core/runs/read-model.ts";

/** The database is read as often as every second while a run is measured; nobody edits a config as quickly. */
const AGAIN_MS = 5_000;

export interface ConfigLooks {
  /** By the application's number; undefined until they were looked at. */
  looks: ReadonlyMap<number, Look> | undefined;
  /** The first look is under way. */
  isLooking: boolean;
  /** What only the worker can tell; "" = nothing. */
  open: string;
}

/** Without starting a process. @param nowMs when the applications were read */
export function useConfigLooks(applications: readonly ApplicationRow[], nowMs: number): ConfigLooks {
  const { data, error } = usePromise(lookAgain, [applications, Math.floor(nowMs / AGAIN_MS)], {
    execute: applications.length > 0,
    onError: (cause) => console.error("a config was not looked at:", cause),
  });
  const looks = applications.length > 0 ? data : undefined;
  return {
    looks,
    isLooking: applications.length > 0 && data === undefined && error === undefined,
    open: openIn(applications, looks),
  };
}

/** The second argument is for usePromise, which looks again where it differs. */
const lookAgain = (applications: readonly ApplicationRow[], _turn: number) => lookAtConfigs(applications);

/** As useConfigLooks; what a look does not settle is asked of the worker. */
export function useConfigsNow(
  applications: readonly ApplicationRow[],
  nowMs: number,
): { looks: ConfigLooks["looks"]; answers: Answers | undefined; askAgain: () => void } {
  const { looks, open } = useConfigLooks(applications, nowMs);
  const asked = usePromise(askWorker, [open], { execute: open !== "", onError: () => undefined });
  const askAgain = () => {
    if (open !== "") void asked.revalidate();
  };
  return { looks, answers: open === "" ? undefined : asked.data, askAgain };
}

/** The argument is for usePromise, which asks again where it differs. */
const askWorker = async (_open: string): Promise<Answers> => answersOf(await fetchStatus());
