// What `sweep` is asked to do, read from its own flags; everything that is wrong is said at once.
// Source: contract §15, Sweep.
import { withoutEndSlashes } from "../text/last-segment.ts";
import { numberAxis } from "./axes.ts";
import { pathProblem } from "./named-path.ts";
import { hasControlCharacter, quoted, type Parsed } from "./setting-kinds.ts";

/** Flags of `sweep` beside the settings it shares with `run`. */
export const SWEEP_FLAGS: [flags: string, help: string][] = [
  ["--base-url <url>", "the endpoint (required): http or https, with or without a path or /v1"],
  ["--contexts <csv>", "prompt lengths in tokens; 1 to 16 values from 64 to 1048576 (default: 1000,2000,4000,8000)"],
  ["--concurrency <csv>", "requests at once; 1 to 16 values from 1 to 256 (default: 1,2,4)"],
  ["--model <id>", "model to ask for (default: the only one that the endpoint lists)"],
  ["--api-key-file <path>", "file with the key that the endpoint wants; sent as a bearer token, shown nowhere"],
  [
    "--decode-control",
    "before the first and after every cell, time one short request alone: its decode speed shows whether the machine itself changed",
  ],
];

export interface SweepAsked {
  /** Without a slash at the end and without /v1. */
  baseUrl: string;
  /** Ascending. */
  contexts: number[];
  concurrency: number[];
  model: string | null;
  apiKeyFile: string | null;
  decodeControl: boolean;
}

/** Read the flags as commander gives them. @returns what was asked, or a line per problem */
export function readSweepFlags(given: Record<string, unknown>): { asked: SweepAsked } | { problems: string[] } {
  const problems: string[] = [];
  const read = <T>(flag: string, key: string, parse: (text: string) => Parsed<T>): T | null => {
    const text = given[key];
    if (typeof text !== "string") return null;
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    problems.push(`${flag}: ${parsed.problem}`);
    return null;
  };
  const baseUrl = read("--base-url", "baseUrl", readBaseUrl);
  if (given["baseUrl"] === undefined)
    problems.push("--base-url: it is required; name the endpoint, e.g. --base-url http://127.0.0.1:8080");
  const contexts = read("--contexts", "contexts", axisReader(64, 1_048_576, "tokens")) ?? [1000, 2000, 4000, 8000];
  const concurrency = read("--concurrency", "concurrency", axisReader(1, 256, "requests")) ?? [1, 2, 4];
  const model = read("--model", "model", readModel);
  const apiKeyFile = read("--api-key-file", "apiKeyFile", readPath);
  if (problems.length > 0 || baseUrl === null) return { problems };
  const ascending = (values: number[]) => values.toSorted((a, b) => a - b);
  return {
    asked: {
      baseUrl,
      contexts: ascending(contexts),
      concurrency: ascending(concurrency),
      model,
      apiKeyFile,
      decodeControl: given["decodeControl"] === true,
    },
  };
}

const URL_LIMITS = "give an http or https URL without user, password, query or fragment, e.g. http://127.0.0.1:8080";

/** What may hold a secret is refused without being repeated. */
export function readBaseUrl(text: string): Parsed<string> {
  const trimmed = text.trim();
  if (/[@?#]/.test(trimmed))
    return { ok: false, problem: `it carries credentials, a query or a fragment; ${URL_LIMITS}` };
  const url = URL.canParse(trimmed) && !hasControlCharacter(trimmed) ? new URL(trimmed) : null;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === null || !isHttp || !/^https?:\/\//i.test(trimmed) || trimmed.length > 2048)
    return { ok: false, problem: `${quoted(text)} is no web address; ${URL_LIMITS}` };
  const path = withoutEndSlashes(withoutEndSlashes(url.pathname).replace(/\/v1$/, ""));
  return { ok: true, value: `${url.origin}${path}` };
}

function axisReader(least: number, most: number, unit: string): (text: string) => Parsed<number[]> {
  return (text) => {
    const kind = numberAxis(least, most, unit);
    const parsed = kind.parse(text);
    return parsed.ok ? parsed : { ok: false, problem: `${parsed.problem}; give ${kind.limits}` };
  };
}

function readModel(text: string): Parsed<string> {
  const model = text.trim();
  if (model === "") return { ok: false, problem: "the model is empty" };
  if (hasControlCharacter(model) || model.length > 1024)
    return {
      ok: false,
      problem: `${quoted(model)} is no model id; give at most 1024 characters, none of them control characters`,
    };
  return { ok: true, value: model };
}

function readPath(text: string): Parsed<string> {
  const problem = pathProblem(text.trim());
  return problem === null ? { ok: true, value: text.trim() } : { ok: false, problem };
}
