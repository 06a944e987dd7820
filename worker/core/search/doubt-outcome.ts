// What a search by doubt comes to, wherever it is cut: the answer, why, and how sure each figure is.
import { PROOF, SETTLED, standingOf, WORTHWHILE, type Standing } from "../doubt/decide.ts";
import { chanceFaster, difference, type Posterior } from "../doubt/posterior.ts";
import { beliefOf, told } from "./doubt-belief.ts";
import { ttftBelief, viewOf } from "./doubt-knowledge.ts";
import { isSpent, type DoubtState, type Field } from "./doubt-state.ts";
import { median, percentile } from "../statistics/statistics.ts";
import type { Belief } from "./belief.ts";
import { misfitOf, percent, tpsOf, ttftOf } from "./search-visits.ts";
import type { Cell, CellSummary, SearchOutcome } from "./search.ts";

/** Drift beyond which the machine is called unstable, relative. */
const UNSTABLE = 0.1;

export function doubtOutcome(state: DoubtState): SearchOutcome {
  const { field, belief } = viewOf(state);
  const answer = answerOf(state);
  const drift = belief === null ? null : Math.expm1(belief.drift);
  return {
    winner: answer?.cell ?? null,
    reason: answer?.reason ?? (state.visits.length === 0 ? "no cell was measured" : "no cell fits"),
    cells: state.settings.cells.map((cell) => summaryOf(cell, state, answer?.cell ?? null)),
    drift,
    thermallyUnstable: drift !== null && Math.abs(drift) > UNSTABLE,
    uplift: answer && belief ? upliftOf(answer, belief, field) : null,
    findings: (beliefOf(state, null)?.axes ?? []).flatMap(findingOf),
  };
}

interface Answer {
  cell: number;
  reason: string;
}

/** Only a cell that was measured is an answer. @returns null if none fits */
function answerOf(state: DoubtState): Answer | null {
  const { field, belief } = viewOf(state);
  const measured = field.measured.filter((cell) => field.fits.includes(cell));
  const only = measured[0];
  if (only === undefined) return null;
  if (measured.length === 1 || belief === null)
    return { cell: only, reason: "the only cell that was measured and fits" };
  const baseline = field.baseline !== null && measured.includes(field.baseline) ? field.baseline : null;
  const standing = standingOf(belief, { fits: measured, baseline });
  if (standing === null) return null;
  const doubts = doubtLeft(state);
  const fastest = standing.proven ? standing.leader : (baseline ?? standing.leader);
  const sooner = soonest(state, belief, fastest, measured);
  const reason = `${reasonOf(state, { belief, standing, baseline, fastest, sooner })}${doubts}`;
  return { cell: sooner ?? fastest, reason };
}

interface Reached {
  belief: Posterior;
  standing: Standing;
  baseline: number | null;
  fastest: number;
  sooner: number | null;
}

function reasonOf({ settings }: DoubtState, { belief, standing, baseline, fastest, sooner }: Reached): string {
  if (baseline === null && sooner === null)
    return "the best of the cells that fit, as what it would be compared with does not";
  const name = settings.cells[baseline ?? -1]?.incumbent ? "the incumbent" : "the default";
  if (sooner !== null) return "as fast as any other cell, with a measurably lower TTFT";
  if (fastest === baseline) return `${name} stays: no cell is measurably better`;
  const { ratio } = told(difference(belief, fastest, baseline ?? fastest));
  return `${percent(ratio)} % faster than ${name}, ${Math.floor(100 * (standing.proof ?? 1))} % sure that it is faster`;
}

/** What was still in doubt where the search was cut; "" where nothing was. */
function doubtLeft(state: DoubtState): string {
  const { standing } = viewOf(state);
  if (standing?.pair === undefined || standing.pair === null) return "";
  const cut = isSpent(state) ? "time was up" : "the search was cut short";
  if (standing.doubt > SETTLED) return `; ${cut}, doubt left: ${percent(standing.doubt)} %`;
  return `; ${cut}, the leader was ${percent(standing.proof ?? 0)} % sure to be faster and ${percent(PROOF)} % are asked for`;
}

/** Throughput within this (of ln) of the answer's is as fast. */
const AS_FAST = 0.03;
/** TTFT lower by this at the mean, and by `SURELY_SOONER` with the probability `SURE`. */
const [SOONER, SURELY_SOONER, SURE] = [0.03, 0.015, 0.975];
/** As fast as: more than 5 % slower is this unlikely. */
const UNLIKELY = 0.05;

/** A measured cell that is as fast as the answer and answers measurably sooner; null = there is none. */
function soonest(state: DoubtState, belief: Posterior, answer: number, measured: readonly number[]): number | null {
  const ttft = ttftBelief(state);
  if (ttft === null) return null;
  const beats = (cell: number, other: number): boolean =>
    (ttft.mean[other] ?? 0) - (ttft.mean[cell] ?? 0) >= SOONER &&
    chanceFaster(ttft, other, cell, SURELY_SOONER) >= SURE;
  const isAsFast = (cell: number): boolean =>
    (belief.mean[answer] ?? 0) - (belief.mean[cell] ?? 0) < AS_FAST &&
    chanceFaster(belief, answer, cell, WORTHWHILE) <= UNLIKELY;
  let best: number | null = null;
  for (const cell of measured)
    if (cell !== answer && isAsFast(cell) && beats(cell, answer) && (best === null || beats(cell, best))) best = cell;
  return best;
}

/** A cell replaces the baseline only once that is proven. */
function upliftOf({ cell }: Answer, belief: Posterior, { baseline, measured }: Field): SearchOutcome["uplift"] {
  if (baseline === null || baseline === cell || !measured.includes(baseline)) return null;
  return { against: baseline, ...told(difference(belief, cell, baseline)), confirmed: true };
}

function summaryOf(cell: Cell, state: DoubtState, winner: number | null): CellSummary {
  const { belief } = viewOf(state);
  const tps = tpsOf(state.visits, cell.index);
  const tpsMedian = median(tps);
  const verdict = verdictOf(cell, state, winner);
  const sd = Math.sqrt(belief?.covariance[cell.index]?.[cell.index] ?? 0);
  const isTold = tpsMedian !== null && tps.length >= 2 && belief !== null && verdict.status !== "misfit";
  return {
    cellIndex: cell.index,
    tpsMedian,
    interval: isTold ? [tpsMedian * Math.exp(-1.96 * sd), tpsMedian * Math.exp(1.96 * sd)] : null,
    ttftP95Ms: percentile(ttftOf(state.visits, cell.index), 0.95),
    replicates: tps.length,
    ...verdict,
  };
}

function verdictOf(cell: Cell, state: DoubtState, winner: number | null): Pick<CellSummary, "status" | "reason"> {
  const misfit = misfitOf(state.visits, cell.index);
  if (misfit !== null) return { status: "misfit", reason: misfit.reason };
  if (cell.index === winner) return { status: "won", reason: null };
  const { field, belief } = viewOf(state);
  if (!field.measured.includes(cell.index))
    return { status: "unvisited", reason: field.untried.get(cell.index) ?? unneeded(state, cell.index, winner) };
  if (belief === null || winner === null) return { status: "survived", reason: null };
  const chance = chanceFaster(belief, cell.index, winner, WORTHWHILE);
  if (chance > SETTLED) return { status: "survived", reason: null };
  return { status: "dropped", reason: `${percent(chance)} % chance of being more than 5 % faster` };
}

/** Why a cell was never asked although it may fit; null where that is not known. */
function unneeded(state: DoubtState, cell: number, winner: number | null): string | null {
  const { belief } = viewOf(state);
  if (belief === null || winner === null) return null;
  const chance = chanceFaster(belief, cell, winner, WORTHWHILE);
  return chance > SETTLED ? null : `not measured: ${percent(chance)} % chance of being more than 5 % faster`;
}

/** What is called no difference, relative. */
const SAME = 0.05;

function findingOf({ axis, effects }: Belief["axes"][number]): string[] {
  const isSame = effects.every(({ interval: [low, high] }) => low >= -SAME && high <= SAME && low <= 0 && high >= 0);
  return effects.length > 0 && isSame ? [`${axis}: no measurable difference`] : [];
}
