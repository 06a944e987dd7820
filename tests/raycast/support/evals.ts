// The evals of ai.yaml, and whether what they pretend a tool answers has the shape of what it really answers.
import { readFileSync } from "node:fs";
import { parse } from "yaml";

export interface Eval {
  input: string;
  usedAsExample?: boolean;
  mocks?: Record<string, unknown>;
  expected: Expectation[];
}
export interface Expectation {
  callsTool?: string | { name: string; arguments?: Record<string, unknown> };
  not?: Expectation;
  [check: string]: unknown;
}

export const readEvals = (): Eval[] => (parse(readFileSync("ai.yaml", "utf8")) as { evals: Eval[] }).evals;

/** Every way in which a mock of this tool differs in shape from the real answers; [] = an answer may look like each of them. */
export function mockProblems(tool: string, answers: unknown[]): string[] {
  const mocks = readEvals().flatMap(({ mocks = {} }) => (tool in mocks ? [mocks[tool]] : []));
  if (mocks.length === 0) return [`no eval has a mock of ${tool}`];
  return [...new Set(mocks.flatMap((mock) => differences(tool, mock, answers)))];
}

/** @param reals what really stands at this place, in one answer or another */
function differences(path: string, mock: unknown, reals: unknown[]): string[] {
  if (mock === null) return [];
  const known = reals.filter((real) => real !== null && real !== undefined);
  if (known.length === 0) return [`${path}: no real answer has anything here`];
  if (Array.isArray(mock)) {
    if (!known.every((one) => Array.isArray(one))) return [`${path}: is no list`];
    return mock.flatMap((element) => differences(`${path}[]`, element, known.flat()));
  }
  if (typeof mock !== "object") {
    const kinds = [...new Set(known.map((real) => typeof real))];
    return kinds.includes(typeof mock) ? [] : [`${path}: ${typeof mock}, really ${kinds.join(" or ")}`];
  }
  return objectDifferences(path, { ...mock }, known);
}

function objectDifferences(path: string, mock: Record<string, unknown>, known: unknown[]): string[] {
  if (known.some((one) => typeof one !== "object" || Array.isArray(one))) return [`${path}: is no object`];
  const objects = known as Record<string, unknown>[];
  const real = [...new Set(objects.flatMap((one) => Object.keys(one)))];
  const always = real.filter((key) => objects.every((one) => key in one));
  return [
    ...always.filter((key) => !(key in mock)).map((key) => `${path}.${key}: left out`),
    ...Object.entries(mock).flatMap(([key, value]) =>
      real.includes(key)
        ? differences(
            `${path}.${key}`,
            value,
            objects.map((one) => one[key]),
          )
        : [`${path}.${key}: does not exist`],
    ),
  ];
}
