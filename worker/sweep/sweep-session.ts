// What all requests of one sweep share: the endpoint, the scale of prompts, who is told; and how one of them is sent.
// Source: contract §15, Sweep.
import type { Clock, Log, Progress } from "../context.ts";
import { nonce, promptText, type PromptScale } from "../core/measure/prompt.ts";
import { sweepEta, type GridCell, type SweepCell, type SweepPlan } from "../core/measure/sweep.ts";
import { measureRequest, type Measured } from "../tune/measure.ts";
import type { PatienceLimits } from "../tune/request-patience.ts";

export interface SweepContext {
  plan: SweepPlan;
  /** Bounds a cold request: an endpoint may load its model for the first one. */
  readyTimeoutS: number;
  /** Whether somebody still listens at the endpoint. */
  isThere(): Promise<boolean>;
  /** Sent with every request, e.g. the key. */
  headers: Record<string, string>;
  clock: Clock;
  log: Log;
  report(progress: Progress): void;
  /** Takes the key out of what the server wrote. */
  mask: (text: string) => string;
  /** Each cell once it is measured; every control measurement as it comes. */
  onCell(cell: SweepCell): void;
  onControl(tps: number): void;
  signal: AbortSignal;
}

export interface SweepSession {
  ctx: SweepContext;
  scale: PromptScale;
  /** Requests so far: names the next prompt. */
  sent: number;
  place: { cells: readonly GridCell[]; done: readonly SweepCell[] };
}

/** A server may pause for so long within an answer, ms: slow is no failure, whatever the gate. */
const SILENCE_MS = 60_000;
/** The endpoint is not ours: nobody tells when its process ends. */
const NEVER = new AbortController().signal;

/** Send one prompt of so many words. @param patience how long it is waited for; by the gate if left out */
export function send(
  session: SweepSession,
  words: number,
  maxTokens: number,
  patience?: PatienceLimits,
): Promise<Measured> {
  const { ctx } = session;
  const { gateMs } = ctx.plan;
  session.sent += 1;
  return measureRequest(
    {
      running: { baseUrl: ctx.plan.baseUrl, ended: NEVER, checkAlive: () => Promise.resolve(null) },
      headers: ctx.headers,
      model: ctx.plan.model,
      prompt: promptText(nonce(ctx.plan.seed, 0, session.sent), words),
      maxTokens,
      ...(patience ?? { gateMs, silenceMs: Math.max(SILENCE_MS, gateMs) }),
      stopTokens: [],
      isLoadFailure: () => false,
      onPrefill: (text) => report(session, "prefilling", ctx.mask(text)),
      onOutput: (chunks, sinceFirstMs) =>
        report(session, "decoding", null, sinceFirstMs > 0 ? ((chunks - 1) / sinceFirstMs) * 1000 : null),
    },
    ctx.clock,
    ctx.signal,
  );
}

export function report(
  { ctx, place }: SweepSession,
  phase: Progress["phase"],
  detail: string | null,
  liveTps: number | null = null,
): void {
  const { cells, done } = place;
  const cell = cells[done.length];
  const eta = sweepEta(done, cells.slice(done.length), ctx.plan.maxTokens);
  const name = cell ? `${cell.context} tokens × ${cell.concurrency}, cell ${done.length + 1} of ${cells.length}` : null;
  ctx.report({
    phase,
    stage: 2,
    candidate: ctx.plan.model,
    place: null,
    cell: name,
    detail,
    share: done.length / cells.length,
    etaSeconds: eta,
    liveTps,
  });
}

export function failureText(measured: Measured): string {
  if (measured.state === "misfit") return measured.misfit.reason;
  return measured.state === "invalid" ? measured.reason : "its tokens came all at once";
}
