// Inputs of the AI tools as the types of their default exports declare them, read with the TypeScript compiler.
import { resolve } from "node:path";
import ts from "typescript";

export interface ToolInput {
  /** "string", "number", "boolean"; "list" with the kind of its elements. */
  kind: string;
  /** The values of a union of literals; null = any of that kind. */
  values: unknown[] | null;
  element: ToolInput | null;
}

/** @returns by tool, by input */
export function inputsOf(tools: string[]): Record<string, Record<string, ToolInput>> {
  const files = tools.map((name) => resolve(`src/tools/${name}.ts`));
  const { config } = ts.readConfigFile("tsconfig.json", (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ".");
  const program = ts.createProgram(files, { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  return Object.fromEntries(tools.map((name, index) => [name, inputs(program, checker, files[index] ?? "")]));
}

function inputs(program: ts.Program, checker: ts.TypeChecker, file: string): Record<string, ToolInput> {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  const tool = module && checker.getExportsOfModule(module).find(({ name }) => name === "default");
  if (source === undefined || tool === undefined) throw new Error(`${file} has no default export`);
  const parameter = checker.getTypeOfSymbolAtLocation(tool, source).getCallSignatures()[0]?.getParameters()[0];
  if (parameter === undefined) return {};
  const properties = checker.getTypeOfSymbolAtLocation(parameter, source).getProperties();
  return Object.fromEntries(
    properties.map((one) => [one.name, inputOf(checker, checker.getTypeOfSymbolAtLocation(one, source))]),
  );
}

function inputOf(checker: ts.TypeChecker, declared: ts.Type): ToolInput {
  const type = checker.getNonNullableType(declared);
  if (checker.isArrayType(type)) {
    const [element] = checker.getTypeArguments(type as ts.TypeReference);
    if (element === undefined) throw new Error("a list of nothing");
    return { kind: "list", values: null, element: inputOf(checker, element) };
  }
  const values = type.isUnion() ? type.types.flatMap((one) => (one.isStringLiteral() ? [one.value] : [])) : [];
  const kind = values.length > 0 ? "string" : checker.typeToString(type);
  return { kind, values: values.length > 0 ? values : null, element: null };
}
