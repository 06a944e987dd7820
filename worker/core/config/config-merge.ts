// Names of top-level keys, and what a merge key (<<) brings in. Providers differ in whether they honour `<<`, so both readings must be safe.
import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Document, Node } from "yaml";

/** The key as text; aliases are followed. @returns null for keys that are no text; "<<" only for a merge key */
export function keyName(key: Node, document: Document): string | null {
  const node = isAlias(key) ? key.resolve(document) : key;
  if (!isScalar(node)) return null;
  if (node.source === "<<") return node.type === "PLAIN" ? "<<" : null;
  return typeof node.value === "string" ? node.value : null;
}

/** All keys that the value of a merge key provides, over all its levels; null if it leads to anything but mappings. */
export function mergedKeys(value: Node | null, document: Document): Map<string, Node | null> | null {
  const found = new Map<string, Node | null>();
  return collect(value, document, found, new Set()) ? found : null;
}

function collect(value: Node | null, document: Document, found: Map<string, Node | null>, seen: Set<Node>): boolean {
  const node = isAlias(value) ? value.resolve(document) : value;
  if (!node) return false;
  if (seen.has(node)) return true;
  seen.add(node);
  if (isSeq(node)) return node.items.every((item) => collect(item as Node, document, found, seen));
  if (!isMap(node)) return false;
  return node.items.every((pair) => {
    const name = keyName(pair.key as Node, document);
    if (name === "<<") return collect(pair.value as Node | null, document, found, seen);
    if (name !== null) found.set(name, pair.value as Node | null);
    return true;
  });
}
