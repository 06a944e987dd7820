// Reading an XML property list into plain values. Only what job descriptions use; a date or data stays text.
// Source: Apple's PropertyList-1.0 DTD.

export type PlistValue = string | number | boolean | PlistValue[] | { [key: string]: PlistValue };

/** @throws Error with the position of what is not a property list */
export function parsePlistXml(text: string): PlistValue {
  const tokens = new Tokens(text);
  let tag = tokens.open();
  if (tag.name === "plist") tag = tokens.open();
  return value(tag, tokens);
}

interface Tag {
  name: string;
  empty: boolean;
}

function value(tag: Tag, tokens: Tokens): PlistValue {
  switch (tag.name) {
    case "dict":
      return tag.empty ? {} : dict(tokens);
    case "array":
      return tag.empty ? [] : array(tokens);
    case "true":
    case "false":
      if (!tag.empty) tokens.text(tag);
      return tag.name === "true";
    case "integer":
    case "real":
      return number(tokens.text(tag), tokens);
    case "string":
    case "date":
    case "data":
      return tokens.text(tag);
    default:
      return tokens.fail(`<${tag.name}>`);
  }
}

function dict(tokens: Tokens): PlistValue {
  const entries: [string, PlistValue][] = [];
  for (;;) {
    const tag = tokens.openOrClose("dict");
    // fromEntries defines own properties, so a key "__proto__" is a key like any other.
    if (tag === null) return Object.fromEntries(entries);
    if (tag.name !== "key") return tokens.fail(`<${tag.name}> where a <key> belongs`);
    entries.push([tokens.text(tag), value(tokens.open(), tokens)]);
  }
}

function array(tokens: Tokens): PlistValue {
  const items: PlistValue[] = [];
  for (;;) {
    const tag = tokens.openOrClose("array");
    if (tag === null) return items;
    items.push(value(tag, tokens));
  }
}

function number(text: string, tokens: Tokens): number {
  const parsed = Number(text.trim());
  return text.trim() === "" || Number.isNaN(parsed) ? tokens.fail(`the number "${text}"`) : parsed;
}

/** The text cut into tags; white space, comments, the prolog and the document type are skipped. */
class Tokens {
  private at = 0;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  open(): Tag {
    return this.openOrClose(null) ?? this.fail("a closing tag");
  }

  /** The next opening tag, or null if it is `</name>`. */
  openOrClose(name: string | null): Tag | null {
    this.take(/(?:\s+|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!DOCTYPE[^>[]*(?:\[[\s\S]*?\]\s*)?>)*/y);
    const tag = this.take(/<(\/?)([A-Za-z]+)(?:\s[^>]*?)?(\/?)>/y);
    if (tag === null) return this.fail(JSON.stringify(this.source.slice(this.at, this.at + 20)));
    if (tag[1] !== "/") return { name: tag[2] ?? "", empty: tag[3] === "/" };
    return name !== null && tag[2] === name ? null : this.fail(`</${tag[2]}>`);
  }

  /** The text up to the closing tag of `tag`. */
  text(tag: Tag): string {
    if (tag.empty) return "";
    const parts: string[] = [];
    for (;;) {
      const part = this.take(/<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|([^<]+)/y);
      if (part === null) break;
      parts.push(part[1] ?? unescapeXml(part[2] ?? ""));
    }
    if (this.openOrClose(tag.name) !== null) return this.fail(`a tag inside <${tag.name}>`);
    return parts.join("");
  }

  fail(what: string): never {
    const line = this.source.slice(0, this.at).split("\n").length;
    throw new Error(`not a property list: ${what} near line ${line}`);
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.source);
    if (match !== null) this.at = pattern.lastIndex;
    return match;
  }
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replaceAll(/&(#x[\dA-Fa-f]+|#\d+|\w+);/g, (all, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name] ?? all;
    const code = name.startsWith("#x") ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
