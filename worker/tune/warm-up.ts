// The requests before the first timed one: until the engine is awake, and until it is known how long its tokens are.
// Source: contract §7 (warm up with a short, different prompt), §4 (until they stop rising). Their speed is not judged: a cold
// engine compiles and pages in, so the load's own limit bounds them.
import type { Misfit } from "../core/measure/measurement.ts";
import { calibrate, nonce, promptText } from "../core/measure/prompt.ts";
import type { PatienceLimits } from "./request-patience.ts";
import { send, type VisitSession } from "./visit-session.ts";

/** Words of the two short prompts that the scale is taken from. */
const WARM_UP_WORDS = [24, 96] as const;
/** Tokens of a warm-up answer: enough to see its speed. */
const WARM_UP_TOKENS = 32;
/** Warmed up when the last answer was not this much faster than the one before. */
const STILL_RISING = 1.03;

/** Short, different prompts: they wake the engine up and tell how long its tokens are. @returns why it failed, or null. */
export async function warmUp(session: VisitSession): Promise<Misfit | null> {
  const { ctx, wanted } = session;
  const counted: { words: number; tokens: number }[] = [];
  const rates: number[] = [];
  const needed = wanted.scale.current === null ? WARM_UP_WORDS.length : 1;
  for (let round = 0; round < Math.max(needed, ctx.provider.maxWarmups); round += 1) {
    if (round >= needed && !stillRising(rates)) break;
    session.progress("warm-up", `request ${round + 1}`);
    const words = WARM_UP_WORDS[round % 2] ?? WARM_UP_WORDS[0];
    const prompt = promptText(nonce(ctx.inputs.seed, -1 - round, 0), words);
    const measured = await send(
      session,
      prompt,
      Math.min(WARM_UP_TOKENS, ctx.inputs.maxTokens),
      coldPatience(ctx.inputs),
    );
    // A short answer may be all thought, which some servers keep back: whether there is text is the replicates' to tell.
    if (measured.state === "misfit" && measured.misfit.class !== "empty_output")
      return { ...measured.misfit, reason: `warm-up: ${measured.misfit.reason}` };
    if (measured.promptTokens !== null) counted.push({ words, tokens: measured.promptTokens });
    if (measured.state === "ok" && measured.sample.decodeTps !== null) rates.push(measured.sample.decodeTps);
  }
  const [a, b] = counted;
  wanted.scale.current ??= a && b ? calibrate(a, b) : null;
  return null;
}

/** A cold request may take as long as a load. */
export function coldPatience({ readyTimeoutS }: { readyTimeoutS: number }): PatienceLimits {
  const limitMs = readyTimeoutS * 1000;
  const reason = `no token within ${readyTimeoutS} s (--ready-timeout ${readyTimeoutS})`;
  return { gateMs: limitMs, silenceMs: limitMs, tooLate: { class: "load_timeout", reason } };
}

function stillRising(rates: number[]): boolean {
  const [before, last] = [rates.at(-2), rates.at(-1)];
  return before === undefined || last === undefined || last > before * STILL_RISING;
}
