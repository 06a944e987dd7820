// How the JSON of a model's files is read: as Python's json module writes it, which is what model tools write and mlx-lm reads.
// Beyond JSON.parse: bare NaN, Infinity and -Infinity, and a byte order mark. Linear in the text.

/**
 * Parse a text. Numbers that JSON does not know become null.
 * @returns undefined if it is no JSON even so
 */
export function parsePythonJson(text: string): unknown {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const plain = parse(body);
  return plain === undefined ? parse(withoutBareWords(body)) : plain;
}

function parse(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // "No JSON" is a finding of the caller, who names the file.
    return undefined;
  }
}

/** @returns the text with null for each bare word outside of strings; null if there is none, or a string does not end */
function withoutBareWords(text: string): string | null {
  const token = /"|-?Infinity|NaN/g;
  const parts: string[] = [];
  let copied = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    if (found[0] === '"') {
      const end = stringEnd(text, token.lastIndex);
      if (end === null) return null;
      token.lastIndex = end;
      continue;
    }
    parts.push(text.slice(copied, found.index), "null");
    copied = token.lastIndex;
  }
  return parts.length === 0 ? null : parts.join("") + text.slice(copied);
}

/** @returns where the string that began before `from` is over; null if it never is */
function stringEnd(text: string, from: number): number | null {
  for (let quote = text.indexOf('"', from); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (quote - 1 - slashes >= from && text[quote - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
  }
  return null;
}
