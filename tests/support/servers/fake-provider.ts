// Installs the fake macprovider-cli in a test's folder, tells it how to behave, and reads what it noted.
import { readFileSync, symlinkSync, writeFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

export type Answer =
  | "ok"
  | "status" // errorStatus with errorBody or errorMessage, before the stream
  | "in-stream-error"
  | "die-mid-stream" // exits with dieCode after half the tokens
  | "never-ends" // ignores max_tokens
  | "empty"
  | "stop-token"
  | "truncated-prompt"
  | "no-usage"
  | "nan-usage"
  | "not-json"
  | "invalid-utf8"
  | "huge-line"
  | "huge-lines"
  | "keepalive-forever"
  | "silence" // accepts the request and never answers
  | "reset";

export interface Behaviour {
  /** Time before the port opens; 20. */
  loadMs?: number;
  hangLoad?: boolean;
  /** Go on loading until this file is there: a phase lasts until its test has seen it. */
  loadUntilFile?: string;
  /** End the load: exit code, or a signal that the process sends itself, and the lines on stderr before it. */
  loadExit?: { code?: number; signal?: string; stderr?: string; afterMs?: number };
  /** Exit 2 with this line on stderr. */
  badKnob?: string;
  /** Bytes of log written to stderr during the load. */
  logBytes?: number;
  /** A list gives one value per replicate of a process; its last value stays. */
  ttftMs?: number | number[];
  /** So much longer takes the first request of a process: a cold engine compiles and pages in. */
  coldMs?: number;
  /** Tokens of a constant text that the chat template puts in front of every prompt; every request but the first finds it cached. */
  templateTokens?: number;
  /** Tokens per second over the whole request of a replicate, TTFT included; goes before interTokenMs. */
  tps?: number | number[];
  interTokenMs?: number | number[];
  answer?: Answer;
  /** One per replicate; goes before `answer`. */
  answers?: Answer[];
  /** Warm-ups and sizing requests are answered well with "replicates"; "all". */
  answerFor?: "all" | "replicates";
  /** Replicates are answered only while somebody listens on this port of 127.0.0.1: a run cannot end before its test wants it to. */
  holdUntilPort?: number;
  /** What counts as a replicate: prompt tokens ≥ 200 and max_tokens ≥ 32. */
  replicateMinPrompt?: number;
  replicateMinTokens?: number;
  errorStatus?: number;
  errorBody?: unknown;
  errorMessage?: string;
  dieCode?: number;
  hugeBytes?: number;
  /** Text of each token; " word". */
  text?: string;
  tokensPerChunk?: number;
  /** Prompt tokens = words x 1.3 + 12. */
  tokensPerWord?: number;
  promptOverhead?: number;
  cachedTokens?: number;
  /** 413 above this (or above --max-context) by more than contextSlack, 0.02. */
  maxContext?: number;
  contextSlack?: number;
  /** Go on serving for so long after a SIGTERM; -1 = until SIGKILL. */
  ignoreSigtermMs?: number;
  sigtermCode?: number;
  /** A grandchild of the same process group holds the port. */
  portInGrandchild?: boolean;
  processTitle?: string;
}

export interface Scenario {
  version?: string;
  /** Flags that this version lists and knows beside --no-join; all. */
  flags?: string[];
  defaults?: Behaviour;
  models?: Record<
    string,
    Behaviour & {
      knobs?: (Behaviour & { when: Partial<Record<"kv_bits" | "max_batch" | "max_context", number | null>> })[];
    }
  >;
}

/** One line of the fake's log; which fields are there depends on the event. */
export interface Noted {
  event:
    | "start"
    | "grandchild"
    | "coordinator"
    | "coordinator-refused"
    | "listening"
    | "request"
    | "answered"
    | "signal"
    | "end";
  pid: number;
  at: number;
  [fact: string]: unknown;
}

export interface FakeProvider {
  /** The program, in a folder of its own that may go onto PATH. */
  program: string;
  binFolder: string;
  /** Variables that the fake needs; they survive the stripping of MACPROVIDER_*. */
  env: Record<string, string>;
  setScenario(scenario: Scenario): void;
  noted(event?: Noted["event"]): Noted[];
}

/** Link the fake into `folder`/bin under a program name. */
export function installFakeProvider(folder: string, scenario: Scenario, name = "macprovider-cli"): FakeProvider {
  const binFolder = join(folder, "bin");
  const program = join(binFolder, name);
  const scenarioFile = join(folder, "scenario.json");
  const logFile = join(folder, "provider-log.jsonl");
  mkdirSync(binFolder, { recursive: true });
  symlinkSync(join(import.meta.dirname, "../fake-macprovider-cli.mjs"), program);
  const setScenario = (next: Scenario) => writeFileSync(scenarioFile, JSON.stringify(next));
  setScenario(scenario);
  const noted = (event?: Noted["event"]) => {
    const lines = existsSync(logFile) ? readFileSync(logFile, "utf8").split("\n").filter(Boolean) : [];
    return lines.map((line) => JSON.parse(line) as Noted).filter((line) => event === undefined || line.event === event);
  };
  const env = { FAKE_PROVIDER_SCENARIO: scenarioFile, FAKE_PROVIDER_LOG: logFile };
  return { program, binFolder, env, setScenario, noted };
}
