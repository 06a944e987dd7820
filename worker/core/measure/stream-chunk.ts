// What one event of a streamed answer says. Only what the figures need is checked; any other field may have any shape. Pure.
// Source: contract §4 and §8; events of mlx_lm, mlx_vlm, vllm-mlx, Rapid-MLX, oMLX, llama-server, LM Studio, Ollama, macprovider.
import { errorValueText, faultText, snippet } from "./error-body.ts";
import type { FailureClass, Misfit } from "./measurement.ts";
import { parsePythonJson } from "../text/python-json.ts";

export interface ChunkUsage {
  promptTokens: number | null;
  completionTokens: number | null;
  /** The provider's own count of generated tokens, hidden ones included; null where it gives none. */
  generatedTokens: number | null;
  cachedTokens: number | null;
}

/** An event that belongs to the answer. */
export interface Chunk {
  /** Text, thoughts and tool calls; "" for a role, a heartbeat or a bare count. */
  output: string;
  usage: ChunkUsage | null;
  finishReason: string | null;
  fingerprint: string | null;
}

/** What an event turned out to be; `said` is plain text, which is no part of an answer but may be all that a server says. */
export type Event =
  | { kind: "chunk"; chunk: Chunk }
  | { kind: "misfit"; misfit: Misfit }
  | { kind: "heartbeat" }
  | { kind: "said"; text: string };

const HEARTBEAT: Event = { kind: "heartbeat" };

/** @param type the event's own type, undefined for the usual one */
export function readEvent(data: string, type: string | undefined): Event {
  const json = parsePythonJson(data);
  if (type !== undefined && /error/i.test(type))
    return misfit(
      "request_failed",
      `error in the stream: ${json === undefined ? snippet(data) : errorValueText(json)}`,
    );
  if (json === undefined) return notJson(data, type);
  if (typeof json !== "object" || json === null) return HEARTBEAT;
  if (Array.isArray(json)) return misfit("bad_response", `a chunk has a wrong shape (an array): ${snippet(data)}`);
  const fields = json as Record<string, unknown>;
  const choices = listOf(fields["choices"]).map(recordOf);
  const fault =
    faultText(fields) ?? choices.map((choice) => faultText({ error: choice["error"] })).find(isText) ?? null;
  if (fault !== null) return misfit("request_failed", `error in the stream: ${fault}`);
  const usage = usageOf(fields, data);
  if (usage !== null && "class" in usage) return { kind: "misfit", misfit: usage };
  return {
    kind: "chunk",
    chunk: {
      output: choices.map(outputOf).join(""),
      usage,
      finishReason: choices.map((choice) => choice["finish_reason"]).find(isText) ?? null,
      fingerprint: textOrNull(fields["system_fingerprint"]),
    },
  };
}

/** Text in the place of JSON: a heartbeat, a word of a gateway, or a chunk that broke. */
function notJson(data: string, type: string | undefined): Event {
  const text = data.trim();
  if (text === "" || (type !== undefined && type !== "message")) return HEARTBEAT;
  if (!/^[[{"]/.test(text)) return { kind: "said", text: snippet(text) };
  return misfit("bad_response", `a chunk is not JSON: ${snippet(data)}`);
}

function outputOf(choice: Record<string, unknown>): string {
  const delta = recordOf(choice["delta"]);
  const content = textIn(delta["content"]);
  // Servers that were renamed give the same thought under both names.
  const thought = THOUGHT_KEYS.map((key) => textIn(delta[key])).find((text) => text !== "") ?? "";
  const calls = [...listOf(delta["tool_calls"]), { function: delta["function_call"] }].map(callText);
  return [content, thought, ...calls, textIn(choice["text"])].join("");
}

const THOUGHT_KEYS = ["reasoning", "reasoning_content", "thinking", "reasoning_text", "reasoning_details"];
/** Where a part of a structured text holds its words. */
const PART_KEYS = ["text", "content", "thinking", "reasoning", "summary"];
const DEPTH = 4;

/** The text of a delta's field: a string, a list of parts, or an object that holds one. */
function textIn(value: unknown, depth = 0): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || depth > DEPTH) return "";
  if (Array.isArray(value)) return value.map((part) => textIn(part, depth + 1)).join("");
  const part = value as Record<string, unknown>;
  return PART_KEYS.map((key) => textIn(part[key], depth + 1)).find((text) => text !== "") ?? "";
}

function callText(call: unknown): string {
  const called = recordOf(recordOf(call)["function"]);
  const given = called["arguments"];
  const argumentsText = typeof given === "object" && given !== null ? JSON.stringify(given) : textIn(given);
  return `${textIn(called["name"])}${argumentsText}`;
}

/** @returns the counts; null where the event has none; a misfit where a count that the figures need is none */
function usageOf(fields: Record<string, unknown>, data: string): ChunkUsage | Misfit | null {
  const given = fields["usage"];
  if (typeof given !== "object" || given === null || Array.isArray(given)) return null;
  const usage = given as Record<string, unknown>;
  for (const key of COUNTS) {
    const value = usage[key];
    if (value === null && isLoose(data)) return notACount(`a chunk is not JSON: ${snippet(data)}`);
    if (value !== undefined && value !== null && !isCount(value))
      return notACount(`a chunk has a wrong usage.${key} (a count of tokens wanted): ${snippet(data)}`);
  }
  const details = recordOf(usage["prompt_tokens_details"]);
  const timings = recordOf(fields["timings"]);
  return {
    promptTokens: countOrNull(usage["prompt_tokens"]),
    completionTokens: countOrNull(usage["completion_tokens"]),
    generatedTokens: countOrNull(usage["macprovider_generated_completion_tokens"]),
    cachedTokens: [details["cached_tokens"], usage["cached_tokens"], timings["cache_n"]].find(isCount) ?? null,
  };
}

const COUNTS = ["prompt_tokens", "completion_tokens", "macprovider_generated_completion_tokens"];

/** Whether a count that reads as null stood there as NaN: what a server could not count is no count. */
const isLoose = (data: string): boolean => /"[a-z_]*tokens"\s*:\s*(NaN|-?Infinity)/.test(data);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const countOrNull = (value: unknown): number | null => (isCount(value) ? value : null);
const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const textOrNull = (value: unknown): string | null => (isText(value) ? value : null);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

const notACount = (reason: string): Misfit => ({ class: "bad_response", reason });
const misfit = (failure: FailureClass, reason: string): Event => ({
  kind: "misfit",
  misfit: { class: failure, reason },
});
