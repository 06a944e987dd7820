// Measures a grid of context × concurrency against an endpoint that is already running, cell by cell.
// Source: contract §15, Sweep: ends at the first cell with request errors, not at a slow one. Warming up: sweep-warm-up.ts.
import { tooMuchCached } from "../core/measure/feasibility.ts";
import { duration } from "../core/units.ts";
import { correctScale, UNSCALED, withinTarget, wordsFor, type PromptScale } from "../core/measure/prompt.ts";
import { gridOf, judgeCell, type GridCell, type SweepCell, type SweepRequest } from "../core/measure/sweep.ts";
import { stopText } from "../core/measure/sweep-cause.ts";
import { isCut, withLength } from "../core/measure/sweep-length.ts";
import type { Measured } from "../tune/measure.ts";
import { failureText, report, send, type SweepContext, type SweepSession } from "./sweep-session.ts";
import { warmUpSweep } from "./sweep-warm-up.ts";
import { settleAll } from "../tune/settle-all.ts";

/**
 * Measure the grid. What was measured has gone to `onCell`, also if this throws.
 * @returns why cells are missing; null if all were measured
 * @throws the signal's reason
 */
export async function sweepGrid(ctx: SweepContext): Promise<string | null> {
  const cells = gridOf(ctx.plan);
  const done: SweepCell[] = [];
  const session: SweepSession = { ctx, scale: UNSCALED, sent: 0, place: { cells, done } };
  session.scale = await warmUpSweep(session);
  await control(session);
  for (const cell of cells) {
    const measured = await measureCell(session, cell);
    const masked = maskCell(measured, ctx.mask);
    const controlTps = masked.state === "failed" ? null : await control(session);
    const stored = { ...masked, control_tps: controlTps };
    const before = [...done];
    done.push(stored);
    ctx.onCell(stored);
    if (stored.state !== "failed") continue;
    const gone = !(await ctx.isThere());
    return stopText(stored, before, cells.length - done.length, duration(stored.seconds), gone);
  }
  return null;
}

/** Repeats of a round that was invalid or had the wrong length. Source: contract §8. */
const MAX_REPEATS = 2;
/** The control: short enough that its speed is the machine's, not the context's. */
const CONTROL_CONTEXT = 128;
const CONTROL_TOKENS = 64;

/** Time the control request. @returns its decode speed, tokens/s; null if it failed or was not asked for */
async function control(session: SweepSession): Promise<number | null> {
  const { ctx } = session;
  if (!ctx.plan.decodeControl) return null;
  report(session, "decoding", "control");
  const measured = await send(session, wordsFor(session.scale, CONTROL_CONTEXT), CONTROL_TOKENS);
  const tps = measured.state === "ok" ? measured.sample.decodeTps : null;
  if (tps !== null) ctx.onControl(tps);
  else ctx.log.warn(`The control could not be measured: ${ctx.mask(failureText(measured))}`);
  return tps;
}

async function measureCell(session: SweepSession, cell: GridCell): Promise<SweepCell> {
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

/** Send a cell's requests together; again if they are invalid or of the wrong length. */
async function measureRound(session: SweepSession, cell: GridCell, round: number): Promise<SweepRequest[]> {
  for (let repeat = 0; ; repeat += 1) {
    report(session, "prefilling", `round ${round + 1} of ${cell.rounds}`);
    const { scale } = session;
    const words = wordsFor(scale, cell.context);
    const sent = Array.from({ length: cell.concurrency }, () => send(session, words, session.ctx.plan.maxTokens));
    const measured = await settleAll(sent);
    const tokens = measured.find((one) => one.promptTokens !== null)?.promptTokens ?? null;
    const cut = tokens !== null && isCut(tokens, cell.context, scale);
    const wrongLength = tokens !== null && !cut && !withinTarget(tokens, cell.context, 0.01, scale);
    if (wrongLength) session.scale = correctScale(scale, words, tokens);
    const requests = measured.map((one) => checked(one, scale));
    const failed = requests.some((one) => one.state === "misfit");
    const invalid = requests.some((one) => one.state === "invalid");
    if (failed || repeat === MAX_REPEATS || !(invalid || wrongLength)) return requests;
  }
}

function checked(measured: Measured, scale: PromptScale): SweepRequest {
  const cached = measured.state === "ok" ? tooMuchCached(measured.sample, scale) : null;
  return cached === null ? measured : { state: "invalid", reason: cached };
}

function maskCell(cell: SweepCell, mask: (text: string) => string): SweepCell {
  return {
    ...cell,
    reason: cell.reason === null ? null : mask(cell.reason),
    failures: cell.failures.map(({ status, message }) => ({ status, message: mask(message) })),
  };
}
