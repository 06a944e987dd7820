// Whether an argv serves a model: which program it really runs, looking through interpreters and wrappers.
// Only argv[0], an interpreter's script or a python -m count, so an editor, a grep or a tail never does. Source: contract §5.
import { OTHER_APPLICATIONS, OTHER_COMMANDS, PROVIDER_COMMANDS, serves } from "./server-commands.ts";
import type { ServerCommand } from "../../providers/server-command.ts";
import { simpleCommands } from "../text/shell-words.ts";

/** The provider program that a running process is, by its argv; null if it is none or does something else than serve. */
export function servedBy(argv: readonly string[]): string | null {
  return servedAmong(PROVIDER_COMMANDS, argv);
}

/** The server that a running process is, if it is one of those that no run stops; null if it is none. */
export function otherServerOf(argv: readonly string[]): string | null {
  const application = OTHER_APPLICATIONS.find(({ path }) => path.test(argv[0] ?? ""));
  return application?.name ?? servedAmong(OTHER_COMMANDS, argv);
}

/**
 * The provider program that an agent's ProgramArguments would run, also behind `env`, `nohup`, `uv run`, `sh -c '…'` and the like.
 * A running process is never judged this way: the shell that waits for a provider is not the provider.
 */
export function startedBy(argv: readonly string[]): string | null {
  const direct = servedBy(argv);
  if (direct !== null) return direct;
  const name = baseName(argv[0] ?? "").toLowerCase();
  if (SHELLS.has(name)) return byShell(argv);
  if (!WRAPPERS.has(name)) return null;
  // Every word may begin the command; wrappers in between would only try the same words again.
  const words = argv.slice(0, MOST_WORDS);
  return firstMatch(words.slice(1), (_, at) => servedBy(words.slice(at + 1)) ?? byShell(words.slice(at + 1)));
}

/** Behind so many words no command is looked for. */
const MOST_WORDS = 500;

function byShell([program = "", ...args]: readonly string[]): string | null {
  return SHELLS.has(baseName(program).toLowerCase()) ? byShellCommand(args) : null;
}

/** Interpreters go by many names and versions. */
const PYTHON = /^python[\d.]*$/;
const SHELLS = new Set(["sh", "bash", "zsh", "dash", "ksh", "fish"]);
const INTERPRETERS = new Set([...SHELLS, "node", "bun", "deno", "ruby", "perl"]);
const WRAPPERS = new Set(
  "env nohup nice caffeinate arch time timeout taskpolicy sandbox-exec stdbuf setsid sudo uv uvx pipx poetry conda mamba".split(
    " ",
  ),
);
/** Words that may stand before a command in a shell text. */
const SHELL_PREFIX = /^([A-Za-z_]\w*=.*|exec|command|builtin|do|then|else|elif|if|while|until|time|!|\{)$/;
/** Python options that take the next word, and a `-m` at the end of a cluster (with the module glued to it or not). */
const PYTHON_VALUE = /^-[A-Za-z]*[WXQ]$/;
const PYTHON_MODULE = /^-[bBdEhiIOPqRsSuvVx]*m(.*)$/;

function servedAmong(commands: readonly ServerCommand[], argv: readonly string[]): string | null {
  const [first, ...rest] = argv;
  if (first === undefined) return null;
  const direct = byProgram(commands, first, rest);
  if (direct !== null) return direct;
  const name = baseName(first).toLowerCase();
  if (PYTHON.test(name)) return byPython(commands, rest);
  return INTERPRETERS.has(name) ? byScript(commands, rest) : null;
}

type Commands = readonly ServerCommand[];

function byProgram(commands: Commands, program: string, args: readonly string[]): string | null {
  const name = baseName(program).replace(/\.(mjs|cjs|js|py|sh)$/, "");
  // `python …/mlx_lm/server.py` is the module by the path of its file.
  const module = program.endsWith(".py") ? program.slice(0, -3).split("/").slice(-2).join(".") : null;
  const isCalled = ({ programs, modules }: ServerCommand) =>
    programs.includes(name) || (module !== null && modules.includes(module));
  return commands.find((one) => isCalled(one) && serves(one, args))?.name ?? null;
}

function byPython(commands: Commands, args: readonly string[]): string | null {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    const module = PYTHON_MODULE.exec(arg);
    if (module !== null) {
      const glued = module[1] ?? "";
      return byModule(commands, glued === "" ? args.slice(i + 1) : [glued, ...args.slice(i + 1)]);
    }
    if (arg === "-c") return null;
    if (PYTHON_VALUE.test(arg)) i++;
    else if (!arg.startsWith("-")) return byProgram(commands, arg, args.slice(i + 1));
  }
  return null;
}

function byModule(commands: Commands, [module, ...args]: readonly string[]): string | null {
  if (module === undefined) return null;
  return commands.find((one) => one.modules.includes(module) && serves(one, args))?.name ?? null;
}

function byScript(commands: Commands, args: readonly string[]): string | null {
  const at = args.findIndex((arg) => !arg.startsWith("-"));
  // `sh -c text` has no script: the word after -c is a command line.
  if (at < 0 || args.slice(0, at).some((arg) => /^-[A-Za-z]*[ce]$/.test(arg))) return null;
  return byProgram(commands, args[at] ?? "", args.slice(at + 1));
}

function byShellCommand(args: readonly string[]): string | null {
  const at = args.findIndex((arg) => /^-[A-Za-z]*c$/.test(arg));
  if (at < 0) return null;
  return firstMatch(simpleCommands(args[at + 1] ?? ""), (words) => {
    const start = words.findIndex((word) => !SHELL_PREFIX.test(word));
    return start < 0 ? null : startedBy(words.slice(start));
  });
}

function firstMatch<T, R>(items: readonly T[], match: (item: T, index: number) => R | null): R | null {
  for (const [index, item] of items.entries()) {
    const found = match(item, index);
    if (found !== null) return found;
  }
  return null;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
