// Text as hostile or odd files, programs and servers may hand it in: one long line, or a million short ones, of one shape.

/** Characters; a reader that is linear takes some eight times as long for the large one, a quadratic one 64 times. */
export const SMALL = 32_768;
export const LARGE = 262_144;

/** Repeat `part` up to `size` characters. */
const filled = (part: string, size: number): string => part.repeat(Math.ceil(size / part.length)).slice(0, size);

/** Numbered parts up to `size` characters: each differs from all others. */
function numbered(part: (n: number) => string, size: number): string {
  const parts: string[] = [];
  for (let n = 0, length = 0; length < size; n += 1) length += parts[parts.push(part(n)) - 1]?.length ?? 0;
  return parts.join("").slice(0, size);
}

const REPEATED: Record<string, string> = {
  ...{ hex: "0123456789abcdef", base64url: "eyJhbGciOi-_9Zx", jwt: "eyJh.eyJz.SflK", digits: "1234567890" },
  ...{
    spaces: " ",
    tabs: "\t",
    newlines: "\n",
    "CR only": "\r",
    NUL: "\0",
    dots: "a.a.a.",
    dashes: "---",
    slashes: "/",
  },
  ...{ "double quotes": '"', "single quotes": "'", backticks: "`", backslashes: "\\", commas: ",", colons: ":" },
  ...{
    "opening braces": "{",
    "closing braces": "}",
    brackets: "[",
    "open and closed": "{}",
    tags: "<a>",
    ampersands: "&",
  },
  ...{ "comment starts": "<!--", "CDATA starts": "<![CDATA[", "document marks": "---\n", bullets: "- ", hashes: "# " },
  ...{ é: "é", emoji: "😀", combining: "e\u0301", "line separators": "\u2028", escapes: "\u001b[" },
  ...{
    "words of secrets": "token ",
    keys: "key.",
    bearers: "bearer ",
    urls: "h://",
    "users in urls": "a://b@",
    ats: "@",
  },
  ...{ wrappers: "env ", "shell words": "'a' \"b\" ; ", flags: "--model x ", assignments: " A=b", blocks: "a = {\n" },
  ...{
    malloc: "[malloc",
    mismatch: "hash mismatch ",
    "tabs and newlines": "\t\n",
    "spaces and commas": " ,",
    "question marks": "? ",
  },
  ...{
    data: "data: {}\n\n",
    "short lines": "a\n",
    "key lines": "a: 1\n",
    "secret lines": "token: 1\n",
    indented: " a\n",
  },
};

const NUMBERED: Record<string, (n: number) => string> = {
  "numbered lines": (n) => `k${n}: ${n}\n`,
  "numbered secrets in a line": (n) => `${n === 0 ? "{" : ","}token${n}: v`,
  "aliases in a line": (n) => (n === 0 ? "a: &x 1\nb: {" : `token${n}: *x,`),
  "pinned weights": (n) => `model_catalog_${n}: 1\n`,
  "merge keys": (n) => (n === 0 ? "a: &x {b: 1}\n" : "<<: *x\n"),
  "rows of ps": (n) => ` ${n} 1 ${n} 501 S Mon Jan  5 10:00:00 2026 /usr/bin/a b\n`,
  "JSON items": (n) => `${n === 0 ? '{"data":[' : ","}{"id":"m${n}"}`,
  "plist items": (n) => (n === 0 ? "<plist><array>" : `<string>${n}</string>`),
};

/** Every shape with a function that makes so many characters of it. */
export const SHAPES: Record<string, (size: number) => string> = {
  ...Object.fromEntries(Object.entries(REPEATED).map(([name, part]) => [name, (size: number) => filled(part, size)])),
  ...Object.fromEntries(Object.entries(NUMBERED).map(([name, part]) => [name, (size: number) => numbered(part, size)])),
};

/** What long lines are made of in the wild; the others are for the slow tests. */
export const COMMON_SHAPES: string[] = [
  ...[
    "hex",
    "base64url",
    "jwt",
    "spaces",
    "tabs",
    "double quotes",
    "opening braces",
    "backslashes",
    "commas",
    "digits",
    "dots",
  ],
  ...["dashes", "slashes", "CR only", "NUL", "é", "keys", "backticks", "wrappers", "malloc", "aliases in a line"],
];
