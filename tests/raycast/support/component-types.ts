// Props of the API's components as its types declare them, read with the TypeScript compiler.
import ts from "typescript";

export interface DeclaredProps {
  props: string[];
  required: string[];
}

/** @param names such as "List.Item.Detail" */
export function componentsOfTypes(names: string[]): Record<string, DeclaredProps> {
  const file = "component-types-probe.ts";
  const source = names.map((name, index) => `export const c${index} = api.${name};`).join("\n");
  const text = `import * as api from "@raycast/api";\n${source}`;
  const options: ts.CompilerOptions = {
    ...{ strict: true, skipLibCheck: true, noEmit: true, types: [] },
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true) : read(name, ...rest);
  const program = ts.createProgram([file], options, host);
  const checker = program.getTypeChecker();
  const probe = program.getSourceFile(file);
  if (probe === undefined) throw new Error("the probe is not in the program");
  const found: Record<string, DeclaredProps> = {};
  ts.forEachChild(probe, (node) => {
    if (!ts.isVariableStatement(node)) return;
    const declaration = node.declarationList.declarations[0];
    if (declaration === undefined) return;
    const name = names[Number(declaration.name.getText().slice(1))] ?? "";
    found[name] = propsOf(checker, declaration);
  });
  return found;
}

function propsOf(checker: ts.TypeChecker, declaration: ts.VariableDeclaration): DeclaredProps {
  const signature = checker.getTypeAtLocation(declaration).getCallSignatures()[0];
  const parameter = signature?.getParameters()[0];
  if (parameter === undefined) throw new Error(`${declaration.getText()} is no component`);
  const type = checker.getTypeOfSymbolAtLocation(parameter, declaration);
  const symbols = type.getProperties().filter(({ name }) => name !== "key" && name !== "ref");
  const optional = (symbol: ts.Symbol) => (symbol.flags & ts.SymbolFlags.Optional) !== 0;
  return {
    props: symbols.map(({ name }) => name).sort(),
    required: symbols
      .filter((symbol) => !optional(symbol))
      .map(({ name }) => name)
      .sort(),
  };
}
