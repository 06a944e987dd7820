// How each program that serves models is called: by which names, with which subcommand, and what it does without one.
// Source: contract §5; the programs' own help and sources.
import { SERVERS } from "../../providers/index.ts";
import { SERVE, SERVE_BY_DEFAULT, SERVER, type ServerCommand } from "../../providers/server-command.ts";

/** What a run drains and brings back. */
export const PROVIDER_COMMANDS: readonly ServerCommand[] = SERVERS.flatMap(({ live }) => live.commands);

/** Servers that share the machine and are left alone. `omlx-server` and `llmster` are titles that these programs give themselves. */
export const OTHER_COMMANDS: readonly ServerCommand[] = [
  { name: "mlx_vlm.server", programs: ["mlx_vlm.server"], modules: ["mlx_vlm.server"], ...SERVER },
  { name: "mlx_vlm.server", programs: ["mlx_vlm"], modules: ["mlx_vlm"], ...SERVER, subcommands: ["server"] },
  { name: "vllm-mlx", programs: ["vllm-mlx"], modules: ["vllm_mlx.cli", "vllm_mlx"], ...SERVE },
  { name: "vllm-mlx", programs: [], modules: ["vllm_mlx.server"], ...SERVER },
  { name: "rapid-mlx", programs: ["rapid-mlx"], modules: ["rapid_mlx"], ...SERVE },
  { name: "oMLX", programs: ["omlx"], modules: ["omlx", "omlx.cli"], ...SERVE },
  { name: "oMLX", programs: ["omlx-server"], modules: ["omlx.server"], ...SERVER },
  { name: "mlx-openai-server", programs: ["mlx-openai-server"], modules: [], ...SERVER, subcommands: ["launch"] },
  { name: "vLLM", programs: ["vllm"], modules: [], ...SERVE },
  { name: "vLLM", programs: [], modules: ["vllm.entrypoints.openai.api_server"], ...SERVER },
  { name: "vMLX", programs: ["vmlx"], modules: ["vmlx_engine.cli"], ...SERVE },
  { name: "mlx-serve", programs: ["mlx-serve"], modules: [], ...SERVE_BY_DEFAULT },
  { name: "mlx-omni-server", programs: ["mlx-omni-server"], modules: [], ...SERVER },
  { name: "llama-server", programs: ["llama-server"], modules: ["llama_cpp.server"], ...SERVER },
  { name: "Ollama", programs: ["ollama"], modules: [], ...SERVER, subcommands: ["serve", "runner"] },
  { name: "LM Studio", programs: ["llmster"], modules: [], ...SERVER },
  { name: "exo", programs: ["exo"], modules: ["exo", "exo.main"], ...SERVER },
];

/** Applications, by the folder that their program lies in. Matched against argv[0] only. */
export const OTHER_APPLICATIONS: readonly { name: string; path: RegExp }[] = [
  {
    name: "LM Studio",
    path: /\/(LM Studio|Bionic)\.app\/Contents\/MacOS\/|\/\.lmstudio\/(\.internal\/utils\/node$|llmster\/)/,
  },
  { name: "oMLX", path: /\/oMLX\.app\/Contents\//i },
  { name: "exo", path: /\/EXO\.app\/Contents\//i },
];

/** Whether a command line, words or not, may be a server's: only those are worth a second look. */
export function mentionsServer(line: string): boolean {
  return MENTIONED.test(line);
}

const MENTIONED = new RegExp(
  [
    ...[...PROVIDER_COMMANDS, ...OTHER_COMMANDS].flatMap(({ programs, modules }) => [...programs, ...modules]),
    "LM Studio",
    "Bionic",
    ".lmstudio",
    "oMLX",
  ]
    .map((name) => (/^\w+$/.test(name) ? `\\b${name}\\b` : name.replaceAll(".", "\\.")))
    .join("|"),
  "i",
);

/** They answer and end. */
const ENDS_AT_ONCE = new Set(["--help", "-h", "--version", "--generate-completion-script"]);

/** Whether the command serves with these arguments. */
export function serves(command: ServerCommand, args: readonly string[]): boolean {
  const [first] = args;
  if (first !== undefined && ENDS_AT_ONCE.has(first)) return false;
  if (command.subcommands.length === 0) return true;
  const given = subcommandOf(args, command.subcommands) ?? command.defaultSubcommand;
  return given !== null && command.subcommands.includes(given);
}

/** Before the subcommand only options and their values may stand: `autotune serve` and `logs --grep serve` are no serve. */
function subcommandOf(args: readonly string[], wanted: readonly string[]): string | null {
  const at = args.findIndex(
    (arg, i) => wanted.includes(arg) || (!arg.startsWith("-") && !(args[i - 1] ?? "").startsWith("-")),
  );
  return at < 0 ? null : (args[at] ?? null);
}
