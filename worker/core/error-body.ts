// What a provider says of a failed request, in one line. Pure.
// Source: contract §4 (real statuses before the stream, `data: {"error": …}` within it; mlx-lm's {"error": "text"}).
import * as z from "zod";

const faultSchema = z.union([z.string(), z.looseObject({ message: z.string(), code: z.unknown().optional() })]);
const bodySchema = z.looseObject({ error: faultSchema });

/** The words of an error body: its message and code where it is JSON of a known shape, else the text itself; at most 200 characters. */
export function errorBodyText(body: string): string {
  const parsed = bodySchema.safeParse(parseOrUndefined(body));
  return snippet(parsed.success ? faultText(parsed.data.error) : body);
}

/** The words of an `error` value. */
export function errorValueText(error: unknown): string {
  const parsed = faultSchema.safeParse(error);
  return snippet(parsed.success ? faultText(parsed.data) : JSON.stringify(error));
}

/** Cut foreign text to one line of at most 200 characters. */
export function snippet(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

function faultText(fault: z.infer<typeof faultSchema>): string {
  if (typeof fault === "string") return fault;
  return typeof fault.code === "string" ? `${fault.message} (${fault.code})` : fault.message;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // no JSON: shown as it is
  }
}
