// The doctor's report for its view: asked once, and again on the user's word; what was found stays on screen meanwhile.
import { usePromise } from "@raycast/utils";
import { diagnose, type Diagnosis } from "../lib/doctor/doctor-call.ts";
import { showFailure } from "../lib/ui/failure-toast.ts";

export interface Doctor {
  /** null until the first look has ended. */
  diagnosis: Diagnosis | null;
  isLoading: boolean;
  runAgain: () => void;
}

export function useDoctor(): Doctor {
  const { data, isLoading, revalidate } = usePromise(diagnose, [], {
    onError: (error) => showFailure("The doctor did not come to an end", error),
  });
  return { diagnosis: data ?? null, isLoading, runAgain: () => void revalidate() };
}
