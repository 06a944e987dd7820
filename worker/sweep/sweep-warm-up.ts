// The requests before a sweep's first cell: they wake the endpoint up, wait while it says that it is busy, and tell how long its
// tokens are. Their speed is not judged. Source: contract §7 (warm up), §15.
import { calibrate, UNSCALED, type PromptScale } from "../core/measure/prompt.ts";
import type { Measured } from "../tune/measure.ts";
import { failureText, report, send, type SweepSession } from "./sweep-session.ts";
import { coldPatience } from "../tune/warm-up.ts";

/** Words of the two short prompts that the length of a token is taken from. */
const WARM_UP_WORDS = [24, 96] as const;
const WARM_UP_TOKENS = 32;
/** Statuses by which an endpoint, or what stands before it, asks for patience. */
const BUSY = [429, 503];
/** An endpoint that says it is busy is asked again so often, ms, and so long. */
const BUSY_PAUSE_MS = 2000;
const BUSY_LIMIT_MS = 20_000;

/** A failure here is the first cell's to show. @returns the scale of prompts; the usual one if it could not be told */
export async function warmUpSweep(session: SweepSession): Promise<PromptScale> {
  const counted: { words: number; tokens: number }[] = [];
  for (const words of WARM_UP_WORDS) {
    const measured = await sendWhenFree(session, words);
    if (measured.state === "misfit" && measured.misfit.class !== "empty_output") return UNSCALED;
    if (measured.promptTokens !== null) counted.push({ words, tokens: measured.promptTokens });
  }
  const [a, b] = counted;
  return (a && b ? calibrate(a, b) : null) ?? UNSCALED;
}

async function sendWhenFree(session: SweepSession, words: number): Promise<Measured> {
  const { clock, log, mask, plan, readyTimeoutS, signal } = session.ctx;
  const until = clock.nowMs() + BUSY_LIMIT_MS;
  for (let told = false; ; told = true) {
    report(session, "warm-up", null);
    const patience = coldPatience({ readyTimeoutS });
    const measured = await send(session, words, Math.min(WARM_UP_TOKENS, plan.maxTokens), patience);
    const busy = measured.state === "misfit" && measured.status !== null && BUSY.includes(measured.status);
    if (!busy || clock.nowMs() >= until) return measured;
    if (!told)
      log.warn(
        `The endpoint asks for patience (${mask(failureText(measured))}): waiting up to ${BUSY_LIMIT_MS / 1000} s.`,
      );
    await clock.sleep(BUSY_PAUSE_MS, signal);
  }
}
