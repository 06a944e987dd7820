// The evals of ai.yaml against the tools as they are built: names, arguments and their types, and that asking changes nothing.
// What the mocks answer is compared with real answers in tools-{read,change,start}.test.ts. Source: contract §14 (AI tools).
import { beforeAll, expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { readEvals, type Expectation } from "./support/evals.ts";
import { inputsOf, type ToolInput } from "./support/tool-inputs.ts";

const CHANGING = ["start-tune", "apply-recipe", "revert-recipe"];
const evals = readEvals();
const names = (JSON.parse(readFileSync("package.json", "utf8")) as { tools: { name: string }[] }).tools.map(
  ({ name }) => name,
);
let inputs: Record<string, Record<string, ToolInput>>;

beforeAll(() => {
  inputs = inputsOf(names);
});

type Call = { name: string; arguments: Record<string, unknown> };
const callOf = ({ callsTool }: Expectation): Call[] =>
  callsTool === undefined
    ? []
    : typeof callsTool === "string"
      ? [{ name: callsTool, arguments: {} }]
      : [{ arguments: {}, ...callsTool }];
const wanted = (expected: Expectation[]) => expected.flatMap(callOf);
const unwanted = (expected: Expectation[]) => expected.flatMap(({ not }) => (not === undefined ? [] : callOf(not)));
/** Tools that must not be called at all. */
const forbidden = (expected: Expectation[]) =>
  unwanted(expected).flatMap((call) => (Object.keys(call.arguments).length === 0 ? [call.name] : []));

test.each(evals.map((one) => [one.input, one] as const))("%s", (input, { expected, mocks = {} }) => {
  expect(input).toMatch(/^@mlx-autotune \S/);
  const calls = [...wanted(expected), ...unwanted(expected)];
  expect(names).toEqual(expect.arrayContaining([...Object.keys(mocks), ...calls.map(({ name }) => name)]));
  // A tool that is to be called would really run without a mock.
  expect(Object.keys(mocks)).toEqual(expect.arrayContaining(wanted(expected).map(({ name }) => name)));
  expect(calls.flatMap(({ name, arguments: given }) => problemsOf(name, given))).toEqual([]);
});

/** Arguments that the tool's type does not have, or values that it would not take. */
function problemsOf(tool: string, given: Record<string, unknown>): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const input = inputs[tool]?.[name];
    if (input === undefined) return [`${tool} has no input ${name}`];
    // A matcher such as { includes: … } names what the value has.
    const shown = typeof value === "object" && value !== null && "includes" in value ? value.includes : value;
    const takes = input.element ?? input;
    const fits = takes.values === null ? typeof shown === takes.kind : takes.values.includes(shown);
    return fits ? [] : [`${tool} does not take ${JSON.stringify(value)} as ${name}`];
  });
}

test("each tool has two evals, and one in which nothing is changed although the user talks about it", () => {
  for (const name of names) {
    const calling = evals.filter(({ expected }) => wanted(expected).some((call) => call.name === name));
    expect([name, calling.length >= 2]).toEqual([name, true]);
    const keepsOff = CHANGING.includes(name)
      ? evals.filter(({ expected }) => forbidden(expected).includes(name))
      : calling.filter(({ expected }) => forbidden(expected).some((other) => CHANGING.includes(other)));
    expect([name, keepsOff.length >= 1]).toEqual([name, true]);
  }
});

test("no eval forbids what it expects, and force, drain and context are never expected unasked", () => {
  for (const { input, expected } of evals) {
    const calls = wanted(expected);
    expect(calls.map(({ name }) => name).filter((name) => forbidden(expected).includes(name))).toEqual([]);
    const drastic = calls.flatMap((call) => Object.keys(call.arguments)).filter((name) => DRASTIC.includes(name));
    expect([input, drastic]).toEqual([input, []]);
  }
});
const DRASTIC = ["force", "drain", "context"];

test("the schema that Raycast hands to the model is that of the TypeScript types", () => {
  const path = `${process.env["MLX_AUTOTUNE_DIST"] ?? "dist"}/package.json`;
  expect(existsSync(path)).toBe(true);
  const { tools } = JSON.parse(readFileSync(path, "utf8")) as { tools: Built[] };
  for (const { name, input, confirmation } of tools) {
    expect([name, Object.keys(input?.properties ?? {})]).toEqual([name, Object.keys(inputs[name] ?? {})]);
    expect([name, confirmation]).toEqual([name, CHANGING.includes(name)]);
    for (const [property, { description }] of Object.entries(input?.properties ?? {}))
      expect([name, property, description]).toEqual([name, property, expect.stringMatching(/\S/)]);
  }
});

interface Built {
  name: string;
  confirmation: boolean;
  input?: { properties: Record<string, { description?: string }> };
}
