// The steps that the worker's sources name, and the effects that stand in no step: read from the syntax, so that neither a new step
// nor a new effect is forgotten. Source: contract §16 case 10.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { effectName, EFFECT_FUNCTIONS } from "./effects.ts";

export interface NamedStep {
  name: string;
  /** "worker/service/drain.ts:82" */
  place: string;
}

export interface Sources {
  steps: NamedStep[];
  /** What breaks the rules, one line each; [] = every effect is in a step, every name is literal and unique. */
  faults: string[];
}

/** Calls whose first word names a step. `durably`, `#durably` and `#write` hand theirs on. */
const CARRIERS = ["step", "durably", "this.#durably", "this.#write"];
/** Pure; a stand-in for a provider; the steps themselves. */
const LEFT_OUT = ["worker/core/", "worker/simulator/", "worker/step.ts"];

export function readSources(root = "worker"): Sources {
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join(root, path))
    .filter((path) => !LEFT_OUT.some((start) => path.startsWith(start)))
    .sort();
  const read = paths.map((path) => readSource(path, readFileSync(path, "utf8")));
  const steps = read.flatMap((one) => one.steps);
  const twice = steps.filter(({ name }, index) => steps.findIndex((one) => one.name === name) !== index);
  const faults = twice.map(({ name, place }) => `${place}: there is a step "${name}" already`);
  return { steps, faults: [...read.flatMap((one) => one.faults), ...faults] };
}

/** @param text of one file */
export function readSource(path: string, text: string): Sources {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const placeOf = (node: ts.Node) => `${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
  const found: Sources = { steps: [], faults: [] };
  for (const call of callsIn(file)) {
    if (isCarrier(call)) {
      const [first] = call.arguments;
      if (first && ts.isStringLiteral(first)) found.steps.push({ name: first.text, place: placeOf(call) });
      else if (!handsOn(call)) found.faults.push(`${placeOf(call)}: the name of a step is no literal`);
    }
    const effect = effectName(call, file);
    if (effect !== null && !isCovered(call, file, []))
      found.faults.push(`${placeOf(call)}: ${effect} is in no step; write step("…", () => …) around it`);
  }
  return found;
}

function callsIn(file: ts.SourceFile): ts.CallExpression[] {
  const calls: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) calls.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return calls;
}

const isCarrier = (call: ts.CallExpression): boolean => CARRIERS.includes(call.expression.getText());

/** Inside of a carrier, which got the name itself. */
function handsOn(call: ts.CallExpression): boolean {
  const owner = enclosingFunction(call);
  const isOne = owner !== null && CARRIERS.some((name) => name === owner.name || name === `this.${owner.name}`);
  return isOne && call.arguments[0]?.getText() === "name";
}

/** In a step, in the body of a transaction (whose start is an effect of its own), or in a function that only steps call. */
function isCovered(node: ts.Node, file: ts.SourceFile, seen: string[]): boolean {
  for (let at = node; at.parent !== undefined; at = at.parent) {
    const { parent } = at;
    if (!ts.isCallExpression(parent) || at === parent.expression) continue;
    if (isCarrier(parent) || /\.transaction$/.test(parent.expression.getText())) return true;
  }
  const owner = enclosingFunction(node);
  if (owner === null || seen.includes(owner.name)) return false;
  if (owner.exported) return EFFECT_FUNCTIONS.includes(owner.name);
  const uses = callsIn(file).filter((call) => [owner.name, `this.${owner.name}`].includes(call.expression.getText()));
  return uses.length > 0 && uses.every((use) => isCovered(use, file, [...seen, owner.name]));
}

/** The nearest function or method with a name of its own. Methods that are not private count as exported. */
function enclosingFunction(node: ts.Node): { name: string; exported: boolean } | null {
  for (let at: ts.Node | undefined = node.parent; at !== undefined; at = at.parent) {
    if (ts.isFunctionDeclaration(at) && at.name) {
      const exported = at.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
      return { name: at.name.text, exported };
    }
    if (ts.isMethodDeclaration(at) && ts.isClassLike(at.parent))
      return { name: at.name.getText(), exported: !ts.isPrivateIdentifier(at.name) };
  }
  return null;
}
