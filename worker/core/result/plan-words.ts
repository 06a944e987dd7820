// A plan in words, the same on the terminal and in Raycast: how long, which model likely, what is known of each candidate. Pure.
// Source: contract §3 (plan), §14 (live plan).
import { type Provider, REAL_SERVERS } from "../../providers/index.ts";
import { labelled } from "../measure/figure.ts";
import { FIGURES } from "../measure/figure-table.ts";
import { counted, memorySize, milliseconds, roughly, shortModel } from "../units.ts";
import type { PlannedCandidateReport, PlanReport } from "./plan-report.ts";
import type { Unlike } from "./plan-verdict.ts";

type Candidate = PlannedCandidateReport;
type Measured = NonNullable<Candidate["measured"]>;

/** The first that is not known or expected to be too big or too slow. */
export const likelyOf = <T extends Pick<Candidate, "fits">>(candidates: readonly T[]): T | null =>
  candidates.find(({ fits }) => fits !== false) ?? null;

/** What one wants to know first: "About 22 min, at most 2 h; likely Qwen2.5-7B-Instruct-4bit". */
export function planAnswer(plan: PlanReport): string {
  const likely = likelyOf(plan.candidates);
  const which =
    likely === null
      ? "none of these is likely to fit"
      : `${likely.fits === null ? "perhaps" : "likely"} ${shortModel(likely.model)}`;
  return `About ${roughly(plan.estimated_seconds)}, at most ${roughly(plan.max_duration_seconds)}; ${which}`;
}

/** Where the answer is from. */
export const estimateText = ({ expected_starts: starts }: PlanReport): string =>
  `Estimated, not measured: ${counted(starts, "start")} of the provider.`;

/** What is known of a candidate, in a few words; "" if nothing is. */
export function verdictText(one: Candidate): string {
  const { basis, fits, measured, weight_source: source } = one;
  const how = source === "simulated" ? "simulated" : "measured";
  if (measured === null || basis !== "measured") {
    const estimate = fits === null ? "" : fits ? "could fit (estimated)" : "too big (estimated)";
    return [estimate, ...(measured === null ? [] : [beforeText(measured)])].filter(Boolean).join("; ");
  }
  if (fits) return `${how}: ${FIGURES.tps.text(measured.tps)}`;
  return measured.reason === null ? `${how}: ${tooSlowText(measured)}` : `${how}: did not fit`;
}

/** The same with day, figures and reason. */
export function verdictInFull(one: Candidate): string {
  const { measured, basis } = one;
  if (measured === null) return verdictText(one) || "unknown until it is tried";
  const estimate = basis === "measured" ? "" : verdictText({ ...one, measured: null });
  return [estimate, measuredText(measured, one.weight_source === "simulated", basis === "measured")]
    .filter(Boolean)
    .join("; ");
}

function measuredText(measured: Measured, simulated: boolean, decides: boolean): string {
  const { at, target_context, reason, unlike } = measured;
  const when = `${simulated ? "simulated" : "measured here"} ${at?.slice(0, 10) ?? "before"} at ${target_context ?? "?"} tokens`;
  const found = reason === null ? figuresText(measured) : `did not fit: ${reason.split("\n")[0]}`;
  const now = unlike.map((one) => LIMIT_WORDS[one.limit].now(one));
  if (now.length === 0) return `${when}: ${found}`;
  return `${when}: ${found}; ${now.join(", ")}${decides ? "" : ", would be tried again"}`;
}

const figuresText = ({ tps, ttft_p95_ms }: Measured): string =>
  `${FIGURES.tps.text(tps)}, ${labelled(FIGURES.ttft_p95_ms, ttft_p95_ms, "short")}`;

const tooSlowText = ({ ttft_p95_ms, unlike }: Measured): string =>
  [labelled(FIGURES.ttft_p95_ms, ttft_p95_ms, "short"), ...unlike.map((one) => LIMIT_WORDS[one.limit].now(one))].join(
    ", ",
  );

/** An older measurement that decides nothing. */
function beforeText({ tps, reason, unlike }: Measured): string {
  const found = reason === null ? `${FIGURES.tps.text(tps)} before` : "did not fit before";
  return `${found} (${unlike.map((one) => LIMIT_WORDS[one.limit].both(one)).join(", ")})`;
}

const LIMIT_WORDS: Record<Unlike["limit"], { both: (one: Unlike) => string; now: (one: Unlike) => string }> = {
  context: {
    both: ({ was, now }) => `${was ?? "?"} tokens, now ${now}`,
    now: ({ now }) => `asked for now: ${now} tokens`,
  },
  ttft_gate: {
    both: ({ was, now }) => `TTFT allowed: ${ms(was)}, now ${ms(now)}`,
    now: ({ now }) => `allowed now: ${ms(now)}`,
  },
  load_limit: {
    both: ({ was, now }) => `allowed to load: ${was ?? "?"} s, now ${now} s`,
    now: ({ now }) => `allowed to load now: ${now} s`,
  },
  knobs: {
    both: ({ was }) => `with ${was}`,
    now: ({ was }) => `with ${was} then, not now`,
  },
};

const ms = (value: number | string | null): string => (typeof value === "number" ? milliseconds(value) : "?");

/** "needs 6.4 GB of 16 GB", what is known of it. */
export function sizeText({ needs_bytes, memory_bytes, weight_bytes }: Candidate): string {
  if (needs_bytes !== null) return `needs ${memorySize(needs_bytes)} of ${memorySize(memory_bytes)}`;
  return weight_bytes === null ? "size unknown" : `weights of ${memorySize(weight_bytes)}`;
}

/** Said of a plan for the simulator by its name. */
export const SIMULATED_AS_ASKED = "This run would be simulated, as asked for: it measures nothing of this machine.";

/** Said of a plan that would only be simulated. @returns null for one that would measure */
export function simulatedText({ machine, provider, asked_provider: asked }: PlanReport): string | null {
  if (!machine.simulated) return null;
  return asked === provider ? SIMULATED_AS_ASKED : "No MLX provider found: this run would only be simulated.";
}

/** How to get a provider where none was found; [] where one was, or the simulator was asked for. */
export function missingProviders({ machine, provider, asked_provider: asked }: PlanReport): MissingProvider[] {
  if (!machine.simulated || asked === provider) return [];
  return REAL_SERVERS.flatMap(({ title, install, homepage }) =>
    install.length === 0 ? [] : [{ title, install, homepage }],
  );
}

export type MissingProvider = Pick<Provider, "title" | "install" | "homepage">;

/** "Install mlx-lm: brew install mlx-lm, or uv tool install mlx-lm". */
export const installText = ({ title, install }: MissingProvider): string =>
  `Install ${title}: ${install.join(", or ")}`;
