// Which simulated machines exist: the fast fictional demo machine, Macs from calibration.json, and files of the user's.
// Source: contract §4, simulated; figures in calibration.json.
import { readFileSync } from "node:fs";
import * as z from "zod";
import { AutotuneError } from "../core/errors.ts";
import calibration from "./calibration.json" with { type: "json" };
import { profileSchema, type Profile } from "./profile-schema.ts";

export const DEMO_PROFILE = "demo";

/** Fictional: no such machine exists. A 7B model loads in 0.2 s, reads 2000 tokens in 0.1 s and writes 1200 tokens/s. */
const DEMO: z.input<typeof profileSchema> = {
  id: DEMO_PROFILE,
  chip: "Demo Silicon (fictional)",
  ram_gb: 16,
  bandwidth_gb_s: 10_000,
  bandwidth_efficiency: 0.8,
  prefill_k: 160_000,
  decode_overhead_ms: 0.2,
  fanless: false,
  load_gb_per_s: 30,
  load_overhead_ms: 60,
  cold_first_factor: 2,
  noise_cv: 0.02,
  failures: [
    {
      model: "14B",
      kind: "in_stream_error",
      min_prompt_tokens: 1500,
      message: "not enough memory for the KV cache of this context",
    },
  ],
};

/** Decoding on 8 GB slows with context far more than elsewhere: PR 103 has 55 ms per token at 2k, 186 ms at 8k (1B). */
const OWN_SLOWDOWN: Record<string, number> = { "m1-air-8": 1.1 };
/** Speed lost to heat within minutes: 17 to 33 % without a fan; a day with one costs 13 to 19 %, a tune much less. */
const HEAT_LOSS = { fanless: 0.25, fan: 0.04 };

const SHIPPED = new Map<string, Profile>([
  [DEMO_PROFILE, profileSchema.parse(DEMO)],
  ...calibration.machines.map((machine): [string, Profile] => [
    machine.id,
    profileSchema.parse({
      ...machine,
      decode_slowdown_per_1000: OWN_SLOWDOWN[machine.id],
      heat_loss: machine.fanless ? HEAT_LOSS.fanless : HEAT_LOSS.fan,
    }),
  ]),
]);

/** Names of the shipped profiles, the demo machine first. */
export const PROFILE_NAMES = [...SHIPPED.keys()];

/**
 * Load a simulated machine.
 * @param profile shipped name, or path to a JSON file of a whole profile or of a `base` name with changes; null = demo
 * @throws AutotuneError config_error if there is no such profile or it is not valid
 */
export function loadProfile(profile: string | null): Profile {
  const shipped = SHIPPED.get(profile ?? DEMO_PROFILE);
  return shipped ?? readProfile(profile ?? DEMO_PROFILE);
}

/**
 * The machine block of a recipe that was simulated: the fictional machine, never this one.
 * @throws AutotuneError config_error as `loadProfile`
 */
export function simulatedMachine(profile: string | null): { ram_gb: number; chip: string; os_version: string } {
  const { ram_gb, chip, os_version } = loadProfile(profile);
  return { ram_gb, chip, os_version };
}

function readProfile(path: string): Profile {
  const raw = z.looseObject({ base: z.string().optional() }).safeParse(readJson(path));
  if (!raw.success) throw invalid(path, z.prettifyError(raw.error));
  const { base, ...changes } = raw.data;
  if (base !== undefined && !SHIPPED.has(base)) throw invalid(path, `no shipped profile "${base}" to start from`);
  const merged = profileSchema.safeParse({ ...(base === undefined ? {} : SHIPPED.get(base)), ...changes });
  if (!merged.success) throw invalid(path, z.prettifyError(merged.error));
  return merged.data;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new AutotuneError("config_error", `no simulated machine "${path}"`, {
      remedy: `Name one of ${PROFILE_NAMES.join(", ")}.`,
      cause,
    });
  }
}

function invalid(path: string, why: string): AutotuneError {
  return new AutotuneError("config_error", `simulated machine ${path}: ${why}`);
}
