// Which calls of the worker change the world or the disk: signals, programs that are started, launchd, files, rows.
// Source: contract §5, §6, §11, §12.
import ts from "typescript";

/** Functions of the worker that are effects as a whole: their callers stand in a step. */
export const EFFECT_FUNCTIONS = [
  ...["signalGroup", "openChildLog", "copyWithAttributes"],
  ...["insertRow", "updateRows", "closePhases", "release", "claim", "closeIfDead", "markSuspect", "clearSuspect"],
  ...["copyVisits", "retainNewest", "removeRun", "importDatabase", "importDocument", "insertRunDocument"],
  ...[
    "adopt",
    "adoptContractTables",
    "addColumns",
    "addFigureColumns",
    "addResumeColumns",
    "recreateViews",
    "addDrainView",
  ],
  ...["createOwnTables", "createDrainTables", "createApplicationTables", "createSweepTables"],
  ...["createUntoldTable", "addStartColumns", "oweEnd"],
];

const LAUNCHD = ["bootout", "bootstrap", "enable", "kickstart"];

/** Of node:fs and node:fs/promises, without "Sync"; `open` only where it may create or change a file. */
const FILES = [
  ...["rename", "writeFile", "appendFile", "unlink", "rm", "rmdir", "mkdir", "mkdtemp", "symlink", "link", "copyFile"],
  ...["cp", "chmod", "fchmod", "chown", "fchown", "lchown", "truncate", "ftruncate", "utimes", "write"],
];
const ONLY_IMPORTED = ["link", "write", "cp"];

/** Programs that are asked and change nothing. */
const PROBES = ["ps", "lsof", "vm_stat", "sysctl", "pmset", "plutil", "arch", "xcode-select", "sw_vers"];
/** Where the program is a variable, and only asked. */
const PROBING_FILES = [
  ...[
    "worker/platform/candidate/find-binary.ts",
    "worker/platform/machine/host.ts",
    "worker/platform/processes/processes.ts",
  ],
  "worker/platform/processes/system-tool.ts",
  "worker/platform/machine/memory.ts",
  ...["worker/cli/doctor/doctor-provider.ts", "worker/platform/processes/ask-program.ts"],
  // Its verbs are the effects, where they are called.
  "worker/platform/launchd/launchd.ts",
];

/** Starts and gives up a process that only reads files. */
const READER = "worker/platform/files/foreign-reader.ts";

/** @returns how a person calls the effect; null if the call is none */
export function effectName(call: ts.CallExpression, file: ts.SourceFile): string | null {
  if (file.fileName === READER) return null;
  const callee = call.expression.getText();
  const method = ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : null;
  if (method === null) return imported(callee, call, file);
  if (method === "kill") return isSignal(call) ? callee : null;
  if (LAUNCHD.includes(method)) return callee;
  if (method === "immediate" || method === "exclusive") return "a transaction";
  if (method === "run" && /\.prepare\b/.test(callee)) return "a statement";
  if (method === "exec" && /(^|[#.])db\.exec$/.test(callee)) return "a statement";
  return isFileCall(method, call) && !ONLY_IMPORTED.includes(method) ? callee : null;
}

/** A function of this worker or one that Node brings, by its plain name. */
function imported(name: string, call: ts.CallExpression, file: ts.SourceFile): string | null {
  if (EFFECT_FUNCTIONS.includes(name)) return isImported(name, file, /^\./) ? name : null;
  if (!isImported(name, file, /^(node:|execa)/)) return null;
  if (["spawn", "spawnSync", "fork"].includes(name)) return name;
  if (["execa", "execFile", "execFileSync", "exec"].includes(name)) return isProbe(call, file) ? null : name;
  return isFileCall(name, call) ? name : null;
}

function isProbe(call: ts.CallExpression, { fileName }: ts.SourceFile): boolean {
  const [program] = call.arguments;
  const known = program !== undefined && ts.isStringLiteral(program) && PROBES.includes(program.text);
  return known || PROBING_FILES.includes(fileName);
}

/** Signal 0 asks; a signal to oneself is no one else's matter. */
function isSignal({ arguments: [who, signal] }: ts.CallExpression): boolean {
  return signal?.getText() !== "0" && who?.getText() !== "process.pid";
}

function isFileCall(name: string, { arguments: [, flags] }: ts.CallExpression): boolean {
  const plain = name.replace(/Sync$/, "");
  if (plain === "open") return flags !== undefined && ts.isStringLiteral(flags) && flags.text !== "r";
  return FILES.includes(plain);
}

function isImported(name: string, file: ts.SourceFile, from: RegExp): boolean {
  return file.statements.some((one) => {
    if (!ts.isImportDeclaration(one) || !from.test((one.moduleSpecifier as ts.StringLiteral).text)) return false;
    const named = one.importClause?.namedBindings;
    return named !== undefined && ts.isNamedImports(named) && named.elements.some(({ name: own }) => own.text === name);
  });
}
