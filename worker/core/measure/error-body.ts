// What a server says of a failed request, in one line and in its own words, whatever shape it wraps them in. Pure.
// Source: contract §4; shapes of OpenAI, FastAPI (`detail`), LM Studio, llama.cpp, vllm-mlx, gateways and proxies (HTML).
import { parsePythonJson } from "../text/python-json.ts";

/** The words of an error body; the text itself where it has no known shape; at most 200 characters. */
export function errorBodyText(body: string): string {
  const data = eventData(body);
  const json = parsePythonJson(data);
  return snippet((json === undefined ? null : wordsOf(json)) ?? plainText(data));
}

/** The words of an error value of any shape. */
export function errorValueText(error: unknown): string {
  return snippet(wordsOf(error) ?? JSON.stringify(error) ?? String(error));
}

/**
 * What a JSON object of an answer tells of a failure.
 * @returns its words, or null if it tells of none
 */
export function faultText(json: object): string | null {
  const said = json as Record<string, unknown>;
  if (isSet(said["error"])) return errorValueText(typeof said["error"] === "boolean" ? said : said["error"]);
  if (said["object"] === "error" || said["type"] === "error") return errorValueText(said);
  if (said["choices"] !== undefined || said["usage"] !== undefined) return null;
  const bare = ["detail", "errors", "message"].find((key) => key !== "message" || typeof said[key] === "string");
  return bare !== undefined && isSet(said["detail"] ?? said["errors"] ?? said[bare]) ? wordsOf(said) : null;
}

/** Cut foreign text to one line of at most 200 characters. */
export function snippet(text: string): string {
  const line = text.slice(0, LOOK_CHARS).replace(/\s+/g, " ").trim();
  return line.length > LINE_CHARS ? `${line.slice(0, LINE_CHARS)}…` : line;
}

const LINE_CHARS = 200;
/** So much of a foreign text is looked at for its one line. */
const LOOK_CHARS = 65_536;
/** Keys under which servers put their words, the most telling first. */
const WORD_KEYS = ["message", "msg", "detail", "error", "errors", "error_message", "error_description", "title"];
const DEPTH = 5;
const MOST_PARTS = 5;

/** @returns the words of a value, or null if it has none */
function wordsOf(value: unknown, depth = 0): string | null {
  if (typeof value === "string") return value.trim() === "" ? null : value;
  if (typeof value !== "object" || value === null || depth > DEPTH) return null;
  if (Array.isArray(value)) {
    const parts = value.slice(0, MOST_PARTS).flatMap((part) => wordsOf(part, depth + 1) ?? []);
    return parts.length === 0 ? null : parts.join("; ");
  }
  const own = value as Record<string, unknown>;
  const words = WORD_KEYS.map((key) => wordsOf(own[key], depth + 1)).find((found) => found !== null);
  if (words === undefined) return null;
  const code = [own["code"], own["error"]].find((one) => typeof one === "string" && one !== "" && one !== words);
  return `${placeOf(own["loc"])}${words}${typeof code === "string" ? ` (${code})` : ""}`;
}

/** Which part of a request FastAPI means. */
function placeOf(loc: unknown): string {
  return Array.isArray(loc) && loc.length > 0 ? `${loc.slice(0, 8).map(String).join(".")}: ` : "";
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== false && value !== "";

/** The data of a body that is itself an event stream; any other body as it is. */
function eventData(body: string): string {
  if (!/^\s*(event|data|id|retry):/.test(body)) return body;
  const lines = body.split(/\r\n|\r|\n/).filter((line) => line.startsWith("data:"));
  const data = lines.map((line) => line.slice(5).trim()).filter((line) => line !== "[DONE]");
  return data.length === 0 ? body : data.join("\n");
}

/** A short page is shown as it came; of a long one its title or what it shows, as its words stand far below its head. */
function plainText(body: string): string {
  if (body.length <= LINE_CHARS || !/^\s*(<!doctype html|<html|<head|<body)/i.test(body)) return body;
  const look = body.slice(0, LOOK_CHARS);
  const text = tagless(cutBlocks(cutBlocks(cutBlocks(look, "style"), "script"), "title"));
  const title = between(look, "title");
  const words = [title, text].filter((part) => part.trim() !== "").join(": ");
  return words === "" ? body : words;
}

function between(html: string, tag: string): string {
  const lower = html.toLowerCase();
  const open = lower.indexOf(">", Math.max(0, lower.indexOf(`<${tag}`)));
  const close = lower.indexOf(`</${tag}>`);
  return lower.includes(`<${tag}`) && open !== -1 && close > open ? html.slice(open + 1, close) : "";
}

function cutBlocks(html: string, tag: string): string {
  const lower = html.toLowerCase();
  const kept: string[] = [];
  let from = 0;
  for (let open = lower.indexOf(`<${tag}`); open !== -1; open = lower.indexOf(`<${tag}`, from)) {
    kept.push(html.slice(from, open));
    const close = lower.indexOf(`</${tag}>`, open);
    if (close === -1) return kept.join(" ");
    from = close + tag.length + 3;
  }
  return [...kept, html.slice(from)].join(" ");
}

function tagless(html: string): string {
  const text = html.split("<").map((part, index) => (index === 0 ? part : part.slice(part.indexOf(">") + 1)));
  return text.join(" ").replace(/\s+/g, " ").trim();
}
