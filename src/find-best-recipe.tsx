// Find Best Recipe: fill the form, see the plan, start the worker, watch the run. Source: contract §14.
import { Form, type LaunchProps } from "@raycast/api";
import { usePromise } from "@raycast/utils";
import { TuneForm } from "./components/tune/TuneForm.tsx";
import { showFailure } from "./lib/ui/failure-toast.ts";
import { valuesOf } from "./lib/tune/tune-flags.ts";
import { rememberedValues } from "./lib/tune/tune-form-memory.ts";
import { DEFAULT_VALUES, type TuneValues } from "./lib/tune/tune-form.ts";

/** What another command may hand over: the flags of a run to be repeated. They replace what is remembered. */
export interface FindBestRecipeContext {
  flags?: string[];
}

export default function FindBestRecipe({ launchContext }: LaunchProps<{ launchContext?: FindBestRecipeContext }>) {
  const { data } = usePromise(firstValues, [launchContext?.flags ?? null]);
  return data === undefined ? <Form isLoading /> : <TuneForm initial={data} />;
}

async function firstValues(flags: string[] | null): Promise<TuneValues> {
  try {
    if (flags === null) return await rememberedValues();
    const { values, rest } = valuesOf(flags);
    if (rest.length > 0) await showFailure("Not all settings could be used", new Error(rest.join(" ")));
    return values;
  } catch (error) {
    await showFailure("What was remembered cannot be read", error);
    return DEFAULT_VALUES;
  }
}
