// Property lists as the launchd stand-in reads them. Apart from the product's parser on purpose:
// one mistake must not hide in both.
import { readFileSync } from "node:fs";

/** The values of an XML plist. Throws where launchd would refuse the file. */
export function readFakePlist(path) {
  const text = readFileSync(path, "utf8")
    .replaceAll(/<!--[\s\S]*?-->/g, "")
    .replaceAll(/<!\[CDATA\[([\s\S]*?)\]\]>/g, (_, raw) => raw.replaceAll("&", "&amp;").replaceAll("<", "&lt;"));
  const body = /<plist[^>]*>([\s\S]*)<\/plist>/.exec(text);
  if (body === null) throw new Error("no plist element");
  const tokens = [
    ...body[1].matchAll(
      /<(dict|array|true|false)\s*\/>|<(\/?)(dict|array)>|<(string|key|integer|real|date|data)>([^<]*)<\/\4>|<(string)\s*\/>|(\S)/g,
    ),
  ];
  const stack = [{ items: [] }];
  for (const [, empty, slash, container, leaf, content, emptyString, stray] of tokens) {
    if (stray !== undefined) throw new Error(`stray ${stray}`);
    const top = stack.at(-1);
    if (empty !== undefined) top.items.push({ dict: {}, array: [], true: true, false: false }[empty]);
    else if (emptyString !== undefined) top.items.push("");
    else if (leaf !== undefined)
      top.items.push(leaf === "integer" || leaf === "real" ? Number(content) : plain(content));
    else if (slash === "") stack.push({ container, items: [] });
    else {
      if (top.container !== container) throw new Error(`</${container}> closes <${top.container}>`);
      stack.pop();
      stack.at(-1).items.push(container === "array" ? top.items : pairs(top.items));
    }
  }
  if (stack.length !== 1 || stack[0].items.length !== 1) throw new Error("unbalanced");
  return stack[0].items[0];
}

function pairs(items) {
  if (items.length % 2 !== 0) throw new Error("key without a value");
  return Object.fromEntries(items.flatMap((item, i) => (i % 2 === 0 ? [[item, items[i + 1]]] : [])));
}

function plain(text) {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll(/&#(x?)([0-9a-f]+);/gi, (_, hex, digits) => String.fromCodePoint(parseInt(digits, hex ? 16 : 10)))
    .replaceAll("&amp;", "&");
}
