// What the live provider's configuration says now: the incumbent of Stage 2, and what `serve` serves. Read only.
// Source: contract §9 (the incumbent is what the config says now) and §12 (which file).
import * as z from "zod";
import { MAX_CONFIG_BYTES } from "../../core/config/config-print.ts";
import { readConfig, type ConfigText, type ReadResult } from "../../core/config/config-source.ts";
import { numberOf } from "../../core/config/config-values.ts";
import { errorText } from "../../core/errors.ts";
import { forKnobs, type Knobs, knobsOf } from "../../core/knobs.ts";
import { notPermitted } from "../../core/machine/privacy.ts";
import { PROVIDERS, type ProviderId } from "../../providers/index.ts";
import { findConfigTarget, type TargetPlaces } from "./config-target.ts";
import { readSmallFile } from "../files/small-file.ts";
import { thisReader } from "../files/this-reader.ts";

const liveSchema = z.object({ model: z.string(), ...forKnobs(({ value }) => value.nullish()) });

export interface LiveConfig {
  model: string;
  knobs: Knobs;
}

/** `note` says why a file that is there cannot be used; both are null where there is none. */
export interface LiveConfigResult {
  live: LiveConfig | null;
  note: string | null;
}

/** @returns the configured model and knobs of the provider that serves here */
export async function readLiveConfig(provider: ProviderId, places: TargetPlaces): Promise<LiveConfigResult> {
  if (PROVIDERS[provider].simulated) return { live: null, note: null };
  try {
    return await readConfiguredModel((await findConfigTarget(provider, places)).path);
  } catch (error) {
    return { live: null, note: `no incumbent is compared with: ${errorText(error)}` };
  }
}

/** Model and knobs of one config file. */
export async function readConfiguredModel(path: string): Promise<LiveConfigResult> {
  try {
    return liveIn(path, readConfig(await readSmallFile(path, MAX_CONFIG_BYTES)));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? null;
    if (code === "ENOENT") return { live: null, note: null };
    const why = notPermitted(code, thisReader()) ?? errorText(error);
    return { live: null, note: `no incumbent is compared with, as ${path} cannot be read: ${why}` };
  }
}

function liveIn(path: string, read: ReadResult): LiveConfigResult {
  if (!read.ok) return { live: null, note: `${path} cannot be read as YAML; no incumbent is compared with` };
  const parsed = liveSchema.safeParse(valuesOf(read.config));
  if (parsed.success) return { live: toLive(parsed.data), note: null };
  const issue = parsed.error.issues[0];
  const why = issue === undefined ? "unreadable" : `${issue.path.join(".") || "the file"}: ${issue.message}`;
  return { live: null, note: `${path} names no model and knobs that can be compared with (${why})` };
}

/** Values of the owned keys, numbers as the provider's parser reads them. */
function valuesOf({ fields }: ConfigText): Record<string, unknown> {
  return Object.fromEntries(
    [...fields].map(([key, field]) => {
      const isText = key === "model" || field.quote !== "plain" || field.scalar === null;
      return [key, isText ? field.value : (numberOf(field.scalar ?? "") ?? field.value)];
    }),
  );
}

const toLive = ({ model, ...values }: z.infer<typeof liveSchema>): LiveConfig => ({ model, knobs: knobsOf(values) });
