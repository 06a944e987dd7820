// What the live provider's configuration says now: the incumbent of Stage 2. Read only.
// Source: contract §9 (the incumbent is what the config says now) and §12 (which file).
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import type { Knobs } from "../core/knobs.ts";
import type { ProviderId } from "../providers/provider.ts";

const liveSchema = z.object({
  model: z.string(),
  kv_bits: z.union([z.literal(4), z.literal(8)]).nullish(),
  max_concurrency_override: z.int().positive().nullish(),
  max_context_override: z.int().positive().nullish(),
  prefill_step_size: z.int().positive().nullish(),
});

export interface LiveConfig {
  model: string;
  knobs: Knobs;
}

/** @returns the configured model and knobs; a note where the file is there but cannot be used; both null where there is none. */
export async function readLiveConfig(
  provider: ProviderId,
  home: string,
  env: NodeJS.ProcessEnv,
): Promise<{ live: LiveConfig | null; note: string | null }> {
  const path = liveConfigPath(provider, home, env);
  if (path === null) return { live: null, note: null };
  try {
    const parsed = liveSchema.safeParse(parse(await readFile(path, "utf8")));
    if (!parsed.success)
      return {
        live: null,
        note: `${path} names no model and knobs that can be compared with (${parsed.error.issues[0]?.message ?? "unreadable"})`,
      };
    return { live: toLive(parsed.data), note: null };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { live: null, note: null };
    return { live: null, note: `${path} cannot be read as YAML; no incumbent is compared with` };
  }
}

function liveConfigPath(provider: ProviderId, home: string, env: NodeJS.ProcessEnv): string | null {
  if (provider === "simulated") return null;
  if (provider === "mlx-lm") return join(home, ".config/mlx-autotune/serve.yaml");
  return env["MACPROVIDER_CONFIG"] ?? join(home, ".config/macprovider/config.yaml");
}

function toLive(config: z.infer<typeof liveSchema>): LiveConfig {
  const knobs: Knobs = {
    kv_bits: config.kv_bits ?? null,
    max_concurrency_override: config.max_concurrency_override ?? null,
    max_context_override: config.max_context_override ?? null,
  };
  return {
    model: config.model,
    knobs: config.prefill_step_size == null ? knobs : { ...knobs, prefill_step_size: config.prefill_step_size },
  };
}
