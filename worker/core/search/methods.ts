// Which methods compare the knobs; the first is the default. Another is one file and one line here. Source: contract §3 (--method), §9.
import { fixed } from "./search-fixed.ts";
import { race } from "./search-race.ts";
import type { SearchMethod } from "./search.ts";

const LIST = [
  race, // the default
  fixed,
] as const;

export type MethodName = (typeof LIST)[number]["name"];

export const METHODS: readonly SearchMethod<unknown, MethodName>[] = LIST;
export const METHOD_NAMES = LIST.map(({ name }) => name);
export const DEFAULT_METHOD: MethodName = LIST[0].name;

/** @throws TypeError for a name that is none */
export function methodOf(name: MethodName): SearchMethod<unknown, MethodName> {
  const method = METHODS.find((one) => one.name === name);
  if (method === undefined) throw new TypeError(`no search method is called ${name}`);
  return method;
}

/** Names of the methods that read a setting which not all of them read. */
export const readersOf = (setting: string): MethodName[] =>
  METHODS.filter(({ ownSettings }) => ownSettings.includes(setting)).map(({ name }) => name);

/** Settings that only some methods read. */
export const OWN_SETTINGS: readonly string[] = [...new Set(METHODS.flatMap(({ ownSettings }) => ownSettings))];

/** Whether a stored method, which may be another program's, read such a setting; null = that is not known. */
export function readsSetting(name: string | null, setting: string): boolean | null {
  return METHODS.find((one) => one.name === name)?.ownSettings.includes(setting) ?? null;
}
