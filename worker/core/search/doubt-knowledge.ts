// What the rows of a state have taught, kept beside the state: a state read back from JSON learns it anew and comes to the same.
import { believed, taught, untaught, type Learned } from "../doubt/learned.ts";
import { standingOf, type Standing } from "../doubt/decide.ts";
import type { Posterior } from "../doubt/posterior.ts";
import { levelsOf } from "./cell-axes.ts";
import { fieldOf, speedRows, ttftRows, type DoubtState, type Field } from "./doubt-state.ts";

interface Knowledge {
  speed: Learned;
  ttft: Learned;
}

/** What is believed of a state; the belief is null before its second row. */
export interface View {
  field: Field;
  belief: Posterior | null;
  standing: Standing | null;
}

const KNOWN = new WeakMap<DoubtState, Knowledge>();
const VIEWS = new WeakMap<DoubtState, View>();

/** Rows without which nothing can be believed. */
export const FIRST_ROWS = 2;

export function viewOf(state: DoubtState): View {
  const seen = VIEWS.get(state) ?? look(state);
  VIEWS.set(state, seen);
  return seen;
}

function look(state: DoubtState): View {
  const field = fieldOf(state);
  const { speed } = knowledgeOf(state);
  if (speed.rows.length < FIRST_ROWS) return { field, belief: null, standing: null };
  const belief = believed(speed, speed.rows.at(-1)?.at ?? 0);
  return { field, belief, standing: standingOf(belief, field) };
}

/** Same rows, same knowledge; `before` is the state that this one came from and saves the learning. */
export function inherit(state: DoubtState, before: DoubtState): DoubtState {
  KNOWN.set(state, learn(state, knowledgeOf(before)));
  return state;
}

function knowledgeOf(state: DoubtState): Knowledge {
  const known = KNOWN.get(state) ?? learn(state, fresh(state));
  KNOWN.set(state, known);
  return known;
}

function fresh({ settings }: DoubtState): Knowledge {
  const none = untaught(levelsOf(settings.cells));
  return { speed: none, ttft: none };
}

const learn = ({ visits }: DoubtState, { speed, ttft }: Knowledge): Knowledge => ({
  speed: taught(speed, speedRows(visits)),
  ttft: taught(ttft, ttftRows(visits)),
});

/** The belief about ln TTFT; null before its second row. */
export function ttftBelief(state: DoubtState): Posterior | null {
  const { ttft } = knowledgeOf(state);
  return ttft.rows.length < FIRST_ROWS ? null : believed(ttft, ttft.rows.at(-1)?.at ?? 0);
}

/** In the order in which the belief weighs them. */
export const heldHypotheses = (state: DoubtState) => knowledgeOf(state).speed.hypotheses;
