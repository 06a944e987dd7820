// How the axes of Stage 2 are written: `unset,4,8`, `1,2`, `4000,8000`. An axis that is not plainly right is refused whole.
// Source: contract §3 (axes) and §16.18.
import type { Axis, AxisValues } from "../knobs.ts";
import { accept, type Kind, type Parsed, quoted, refuse } from "./setting-kinds.ts";

/** More values per axis than this is a typing error: every one of them costs a start of the provider per pass. */
export const MAX_AXIS_VALUES = 16;

type Dashed<Name extends string> = Name extends `${infer Head}_${infer Tail}` ? `${Head}-${Dashed<Tail>}` : Name;
/** null = none named. */
export type AxisKind = Kind<(number | null)[] | null>;

export type AxisFlag = `${Dashed<Axis>}-axis`;

/** The setting that names an axis' values: "max-batch-axis". */
export const axisFlag = (axis: Axis): AxisFlag => `${axis.replaceAll("_", "-")}-axis` as AxisFlag;

/** How the values of an axis are read. */
export function axisKind(asked: AxisValues): AxisKind {
  if (asked.kind === "choice") return choiceAxis(asked.values);
  if (asked.kind === "caps") return { ...capsAxis(asked.least, asked.most), unit: "tokens" };
  return { ...numberAxis(asked.least, asked.most, asked.unit), unit: asked.unit };
}

/** Some values and no others; null = `unset`, the flag is not passed. The order is kept. */
export function choiceAxis(values: readonly (number | null)[]): Kind<(number | null)[]> {
  const words = values.map((value) => (value === null ? "unset" : String(value)));
  const legal = [words.slice(0, -1).join(", "), words.at(-1)].filter((part) => part !== "").join(" or ");
  return axis(legal, (text) => {
    const at = words.indexOf(text);
    return at < 0 ? undefined : values[at];
  });
}

/** Whole numbers; the order is kept. */
export function numberAxis(least: number, most: number, unit: string): Kind<number[]> {
  return axis(`whole numbers of ${unit} from ${least} to ${most}`, (text) => wholeWithin(text, least, most));
}

/**
 * Absolute caps in tokens, returned ascending. Empty = null: the target context only.
 * That each cap is at least the target is `capsBelow`'s to say, because the target may come from elsewhere.
 */
export function capsAxis(least: number, most: number): Kind<number[] | null> {
  const legal = `whole numbers of tokens from ${least} to ${most}`;
  const parseElements = (elements: string[]): Parsed<number[] | null> => {
    if (elements.length === 0) return accept(null);
    const parsed = readAxis(elements, legal, (text) => wholeWithin(text, least, most));
    return parsed.ok ? accept(parsed.value.toSorted((a, b) => a - b)) : parsed;
  };
  return {
    placeholder: "<csv>",
    limits: `${axisLimits(legal)}, none below the target context`,
    parse: (text) => parseElements(text.trim() === "" ? [] : text.split(",")),
    parseElements,
  };
}

/** The caps that are below the target context, in tokens. */
export function capsBelow(caps: readonly (number | null)[] | null, targetContext: number): number[] {
  return (caps ?? []).filter((cap) => cap !== null && cap < targetContext).map(Number);
}

function axis<T>(legal: string, read: (text: string) => T | undefined): Kind<T[]> {
  const parseElements = (elements: string[]) => readAxis(elements, legal, read);
  return {
    placeholder: "<csv>",
    limits: axisLimits(legal),
    parse: (text) => (text.trim() === "" ? refuse("the axis is empty") : parseElements(text.split(","))),
    parseElements,
  };
}

function axisLimits(legal: string): string {
  return `1 to ${MAX_AXIS_VALUES} different values, separated by commas: ${legal}`;
}

function readAxis<T>(elements: string[], legal: string, read: (text: string) => T | undefined): Parsed<T[]> {
  if (elements.length === 0) return refuse("the axis is empty");
  if (elements.length > MAX_AXIS_VALUES) return refuse(`${elements.length} values are more than ${MAX_AXIS_VALUES}`);
  const values: T[] = [];
  for (const [index, element] of elements.entries()) {
    const text = element.trim();
    if (text === "") return refuse(`value ${index + 1} of ${elements.length} is empty`);
    const value = read(text);
    if (value === undefined) return refuse(`value ${index + 1}, ${quoted(text)}, is not legal (${legal})`);
    if (values.includes(value)) return refuse(`value ${index + 1}, ${quoted(text)}, is there twice`);
    values.push(value);
  }
  return accept(values);
}

function wholeWithin(text: string, least: number, most: number): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}
