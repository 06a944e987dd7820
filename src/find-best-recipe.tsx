// Find Best Recipe: fill the form, see the plan, start the worker, watch the run.
import { Form, type LaunchProps } from "@raycast/api";
import { usePromise } from "@raycast/utils";
import { useState } from "react";
import { TuneForm } from "./components/tune/TuneForm.tsx";
import { showFailure } from "./lib/ui/failure-toast.ts";
import { flagsOf } from "./lib/tune/tune-flags.ts";
import { givenValues } from "./lib/tune/tune-form-given.ts";
import { rememberedValues, rememberValues } from "./lib/tune/tune-form-memory.ts";
import { tellReplaced } from "./lib/tune/tune-form-undo.ts";
import { DEFAULT_VALUES, type TuneValues } from "./lib/tune/tune-form.ts";

/** What another command or a link may hand over: the flags of a run to be repeated. They replace what is remembered, which Undo puts back. */
export interface FindBestRecipeContext {
  flags?: unknown;
}

export default function FindBestRecipe({ launchContext }: LaunchProps<{ launchContext?: FindBestRecipeContext }>) {
  const [putBack, setPutBack] = useState<TuneValues | null>(null);
  const { data } = usePromise(firstValues, [launchContext?.flags ?? null, setPutBack]);
  if (data === undefined) return <Form isLoading />;
  return putBack === null ? <TuneForm key="first" initial={data} /> : <TuneForm key="put back" initial={putBack} />;
}

async function firstValues(flags: unknown, putBack: (values: TuneValues) => void): Promise<TuneValues> {
  const given = flags === null ? null : givenValues(flags);
  try {
    const remembered = await rememberedValues();
    if (given === null) return remembered;
    const { values, refused } = given;
    if (refused.length > 0) await showFailure("Not all settings could be used", new Error(refused.join("; ")));
    else if (values !== null && isTyped(remembered, values))
      await tellReplaced("Settings of that run", "They took the place of what was typed here", async () => {
        await rememberValues(remembered);
        putBack(remembered);
      });
    return values ?? remembered;
  } catch (error) {
    await showFailure("What was remembered cannot be read", error);
    return given?.values ?? DEFAULT_VALUES;
  }
}

/** Whether something would be lost. */
function isTyped(remembered: TuneValues, given: TuneValues): boolean {
  const kept = [given, DEFAULT_VALUES].map((values) => flagsOf(values).join(" "));
  return !kept.includes(flagsOf(remembered).join(" "));
}
