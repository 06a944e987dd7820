// Measures a grid of context × concurrency against an endpoint that is already running, cell by cell.
// Source: contract §15, Sweep: ends at the first cell with request errors, not at a slow one.
import type { Clock, Log, Progress } from "./context.ts";
import { tooMuchCached } from "./core/feasibility.ts";
import { duration } from "./core/format.ts";
import {
  correctScale,
  nonce,
  promptText,
  scaleFrom,
  UNSCALED,
  withinTarget,
  wordsFor,
  type PromptScale,
} from "./core/prompt.ts";
import {
  gridOf,
  judgeCell,
  sweepEta,
  type GridCell,
  type SweepCell,
  type SweepPlan,
  type SweepRequest,
} from "./core/sweep.ts";
import { measureRequest, type Measured } from "./measure.ts";

export interface SweepContext {
  plan: SweepPlan;
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

/**
 * Measure the grid. What was measured has gone to `onCell`, also if this throws.
 * @returns why cells are missing; null if all were measured
 * @throws the signal's reason
 */
export async function sweepGrid(ctx: SweepContext): Promise<string | null> {
  const cells = gridOf(ctx.plan);
  const done: SweepCell[] = [];
  const session: Session = { ctx, scale: UNSCALED, sent: 0, place: { cells, done } };
  await warmUp(session);
  await control(session);
  for (const cell of cells) {
    const measured = await measureCell(session, cell);
    const masked = maskCell(measured, ctx.mask);
    const controlTps = masked.state === "failed" ? null : await control(session);
    const stored = { ...masked, control_tps: controlTps };
    const before = [...done];
    done.push(stored);
    ctx.onCell(stored);
    if (stored.state === "failed") return stopText(stored, before, cells.length - done.length);
  }
  return null;
}

interface Session {
  ctx: SweepContext;
  scale: PromptScale;
  /** Requests so far: names the next prompt. */
  sent: number;
  place: { cells: readonly GridCell[]; done: readonly SweepCell[] };
}

/** Repeats of a round that was invalid or had the wrong length. Source: contract §8. */
const MAX_REPEATS = 2;
/** A server may pause for so long within an answer, ms: slow is no failure, whatever the gate. */
const SILENCE_MS = 60_000;
/** Words of the two short prompts that the length of a token is taken from. */
const WARM_UP_WORDS = [24, 96] as const;
const WARM_UP_TOKENS = 32;
/** The control: short enough that its speed is the machine's, not the context's. */
const CONTROL_CONTEXT = 128;
const CONTROL_TOKENS = 64;

/** A failure here is the first cell's to show. */
async function warmUp(session: Session): Promise<void> {
  const counted: { words: number; tokens: number }[] = [];
  for (const words of WARM_UP_WORDS) {
    report(session, "warm-up", null);
    const measured = await send(session, words, Math.min(WARM_UP_TOKENS, session.ctx.plan.maxTokens));
    if (measured.state === "misfit") return;
    if (measured.promptTokens !== null) counted.push({ words, tokens: measured.promptTokens });
  }
  const [a, b] = counted;
  session.scale = (a && b ? scaleFrom(a, b) : null) ?? UNSCALED;
}

/** Time the control request. @returns its decode speed, tokens/s; null if it failed or was not asked for */
async function control(session: Session): Promise<number | null> {
  const { ctx } = session;
  if (!ctx.plan.decodeControl) return null;
  report(session, "decoding", "control");
  const measured = await send(session, wordsFor(session.scale, CONTROL_CONTEXT), CONTROL_TOKENS);
  const tps = measured.state === "ok" ? measured.sample.decodeTps : null;
  if (tps !== null) ctx.onControl(tps);
  else ctx.log.warn(`The control could not be measured: ${ctx.mask(failureText(measured))}`);
  return tps;
}

function failureText(measured: Measured): string {
  if (measured.state === "misfit") return measured.misfit.reason;
  return measured.state === "invalid" ? measured.reason : "its tokens came all at once";
}

async function measureCell(session: Session, cell: GridCell): Promise<SweepCell> {
  const { clock, plan } = session.ctx;
  const from = clock.nowMs();
  const rounds: SweepRequest[][] = [];
  for (let round = 0; round < cell.rounds; round += 1) {
    const requests = await measureRound(session, cell, round);
    rounds.push(requests);
    if (requests.some((one) => one.state !== "ok")) break;
  }
  return withLength(judgeCell(cell, rounds, plan.gateMs, (clock.nowMs() - from) / 1000));
}

/** A prompt that could not be brought to its length is said; it does not make the cell infeasible. */
function withLength(cell: SweepCell): SweepCell {
  if (cell.prompt_tokens === null || cell.reason !== null || withinTarget(cell.prompt_tokens, cell.context, 0.02))
    return cell;
  return { ...cell, reason: `the prompt had ${cell.prompt_tokens} tokens` };
}

/** Send a cell's requests together; again if they are invalid or of the wrong length. */
async function measureRound(session: Session, cell: GridCell, round: number): Promise<SweepRequest[]> {
  for (let repeat = 0; ; repeat += 1) {
    report(session, "prefilling", `round ${round + 1} of ${cell.rounds}`);
    const { scale } = session;
    const words = wordsFor(scale, cell.context);
    const sent = Array.from({ length: cell.concurrency }, () => send(session, words, session.ctx.plan.maxTokens));
    const measured = await settleAll(sent);
    const tokens = measured.find((one) => one.promptTokens !== null)?.promptTokens ?? null;
    const wrongLength = tokens !== null && !withinTarget(tokens, cell.context, 0.01, scale);
    if (wrongLength) session.scale = correctScale(scale, words, tokens);
    const requests = measured.map(checked);
    const failed = requests.some((one) => one.state === "misfit");
    const invalid = requests.some((one) => one.state === "invalid");
    if (failed || repeat === MAX_REPEATS || !(invalid || wrongLength)) return requests;
  }
}

function checked(measured: Measured): SweepRequest {
  const cached = measured.state === "ok" ? tooMuchCached(measured.sample) : null;
  return cached === null ? measured : { state: "invalid", reason: cached };
}

/** Wait for all before anything is thrown, so that no request outlives its round. */
async function settleAll(requests: Promise<Measured>[]): Promise<Measured[]> {
  const settled = await Promise.allSettled(requests);
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason as Error;
    return one.value;
  });
}

/** The endpoint is not ours: nobody tells when its process ends. */
const NEVER = new AbortController().signal;

function send(session: Session, words: number, maxTokens: number): Promise<Measured> {
  const { ctx } = session;
  session.sent += 1;
  return measureRequest(
    {
      running: { baseUrl: ctx.plan.baseUrl, ended: NEVER, checkAlive: () => Promise.resolve(null) },
      headers: ctx.headers,
      model: ctx.plan.model,
      prompt: promptText(nonce(ctx.plan.seed, 0, session.sent), words),
      maxTokens,
      gateMs: ctx.plan.gateMs,
      silenceMs: Math.max(SILENCE_MS, ctx.plan.gateMs),
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

function report(
  { ctx, place }: Session,
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
    cell: name,
    detail,
    share: done.length / cells.length,
    etaSeconds: eta,
    liveTps,
  });
}

function maskCell(cell: SweepCell, mask: (text: string) => string): SweepCell {
  return {
    ...cell,
    reason: cell.reason === null ? null : mask(cell.reason),
    failures: cell.failures.map(({ status, message }) => ({ status, message: mask(message) })),
  };
}

function stopText(cell: SweepCell, before: readonly SweepCell[], left: number): string {
  const took = duration(cell.seconds);
  return `requests failed at ${cell.context} tokens × ${cell.concurrency} after ${took} (${causeOf(cell, before)}); ${left} cells were not measured`;
}

/** The likeliest cause of a cell's failures. Source: contract §15: errors under growing load mean memory. */
function causeOf(cell: SweepCell, before: readonly SweepCell[]): string {
  const status = cell.failures[0]?.status ?? null;
  if (status === 401 || status === 403) return "the endpoint refuses the key, or wants one";
  if (status === null && before.length === 0) return "nothing that can be used answers there";
  return status === null || status === 200 || status >= 500
    ? "likely out of memory"
    : "the endpoint refuses such requests";
}
