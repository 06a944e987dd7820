// The presets of Find Best Recipe as its views use them.
import { usePromise } from "@raycast/utils";
import { showFailure } from "../lib/ui/failure-toast.ts";
import { type Preset, withoutPreset, withPreset } from "../lib/tune/presets.ts";
import { changePresets, storedPresets } from "../lib/tune/tune-form-memory.ts";

export interface Presets {
  /** The user's own, by name. */
  own: Preset[];
  /** @throws Error if they cannot be stored */
  save: (preset: Preset) => Promise<void>;
  /** @throws Error if they cannot be stored */
  remove: (name: string) => Promise<void>;
}

export function usePresets(): Presets {
  const { data, mutate } = usePromise(storedPresets, [], {
    onError: (error) => showFailure("The presets cannot be read", error),
  });
  const change = async (how: (presets: Preset[]) => Preset[]) => {
    await mutate(changePresets(how));
  };
  return {
    own: data ?? [],
    save: (preset) => change((presets) => withPreset(presets, preset)),
    remove: (name) => change((presets) => withoutPreset(presets, name)),
  };
}
