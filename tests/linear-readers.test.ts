// Whatever others wrote is read in time that grows with its length alone: every function of the product that reads foreign text is fed
// lines of a quarter of a megabyte, and none can be left out of the list. More shapes: tests/linear-shapes.slow.test.ts.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import ts from "typescript";
import { NOT_FOREIGN, OURS, READERS } from "./support/readers/foreign-readers.ts";
import { COMMON_SHAPES } from "./support/readers/foreign-text.ts";
import { nonLinearReaders } from "./support/readers/linear-readers.ts";

test("a quarter of a megabyte of any common shape is read in linear time by every reader", async () => {
  expect(await nonLinearReaders(COMMON_SHAPES)).toEqual([]);
}, 900_000);

const FOLDERS = ["worker/core", "worker/platform", "worker/providers", "src/lib"];
const TEXT = /^(readonly )?(string|Uint8Array|Buffer|unknown)(\[\]| \| (string|null|undefined|Uint8Array))*$/;

interface Found {
  name: string;
  file: string;
  /** Names of the parameters that may hold text. */
  texts: string[];
}

/** Exported functions of a module that are handed text. */
function functionsOf(file: string): Found[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((node): Found[] => {
    const isExported =
      ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (isExported !== true) return [];
    const declared: [name: string, parameters: readonly ts.ParameterDeclaration[]][] = ts.isFunctionDeclaration(node)
      ? [[node.name?.text ?? "", node.parameters]]
      : ts.isVariableStatement(node)
        ? node.declarationList.declarations
            .flatMap(({ name, initializer }) =>
              initializer !== undefined && ts.isArrowFunction(initializer)
                ? [[name.getText(), initializer.parameters] as const]
                : [],
            )
            .map(([name, parameters]) => [name, parameters])
        : [];
    return declared.map(([name, parameters]) => ({
      name,
      file,
      texts: parameters.filter(({ type }) => TEXT.test(type?.getText() ?? "")).map((one) => one.name.getText()),
    }));
  });
}

const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
).filter((file) => file.endsWith(".ts"));
const handedText = [...files, "worker/cli/config-file.ts"]
  .flatMap(functionsOf)
  .filter(({ texts }) => texts.some((name) => !OURS.has(name)));
const fed = new Set(Object.keys(READERS).map((name) => name.replace(/ \(.*\)$/, "")));

test("every function that is handed text is fed, or is known not to be handed what others wrote", () => {
  const unknown = handedText.filter(({ name }) => !fed.has(name) && NOT_FOREIGN[name] === undefined);
  // Add it to READERS of tests/support/readers/foreign-readers.ts; or, if the text is never another's, to NOT_FOREIGN with the reason.
  expect(unknown.map(({ name, file, texts }) => `${file}: ${name}(${texts.join(", ")})`)).toEqual([]);
});

test("the list names no function that is gone", () => {
  const there = new Set(
    [...files, "worker/cli/config-file.ts", "worker/tune/read-answer.ts"].flatMap(functionsOf).map(({ name }) => name),
  );
  const methods = ["readSettings", "configNamedBy", "overridesOf", "describeAnswer", "readError", "readStream"];
  expect([...fed, ...Object.keys(NOT_FOREIGN)].filter((name) => !there.has(name) && !methods.includes(name))).toEqual(
    [],
  );
});
