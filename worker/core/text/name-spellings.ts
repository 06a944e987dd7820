// How tools spell a name that is not ASCII: a path that ps prints under LC_ALL=C looks like another one, and is the same secret.
// Source: vis(3) (ps), lsof(8) (\xHH), RFC 3986, RFC 8259; HFS+ decomposes letters (NFD).

export interface Spelling {
  text: string;
  /** What is special about it; "" for the name as people write it. */
  kind: string;
}

/** Every spelling in which a name may turn up, each once; the plain one first. */
export function spellingsOf(name: string): Spelling[] {
  const plain = [
    { text: name.normalize("NFC"), kind: "" },
    { text: name.normalize("NFD"), kind: "decomposed" },
  ];
  const escaped = plain.flatMap(({ text, kind }) =>
    ESCAPES.map(([how, escape]) => ({ text: escape(text), kind: kind === "" ? how : `${kind}, ${how}` })),
  );
  const seen = new Set<string>();
  return [...plain, ...escaped].filter(({ text }) => !seen.has(text) && seen.add(text));
}

const ESCAPES: readonly [kind: string, escape: (text: string) => string][] = [
  ["M-escaped", (text) => eachByte(text, visible)],
  ["\\x-escaped", (text) => eachByte(text, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`)],
  ["octal", (text) => eachByte(text, (byte) => `\\${byte.toString(8).padStart(3, "0")}`)],
  ["percent-encoded", (text) => text.split("/").map(encodeURIComponent).join("/")],
  [
    "JSON-escaped",
    (text) => text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  ],
];

/** ASCII stays as it is. */
function eachByte(text: string, escape: (byte: number) => string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : escape(byte)))
    .join("");
}

/** "M-C" for 0xC3; "M^I" for 0x89, whose lower seven bits are a control character. */
function visible(byte: number): string {
  const low = byte & 0x7f;
  if (low < 0x20) return `M^${String.fromCharCode(low ^ 0x40)}`;
  return low === 0x7f ? "M^?" : `M-${String.fromCharCode(low)}`;
}
