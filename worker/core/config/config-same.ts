// The proof that an edit changed one owned key and nothing else: both texts are read, and every other key must be the same tree.
// Compared node by node: expanding aliases could explode, and would hide where an anchor stands.
import { isAlias, isCollection, isPair, isScalar } from "yaml";
import type { ConfigText } from "./config-source.ts";
import type { OwnedKey } from "./config-values.ts";

/** True if both configs have the same keys, in the same order, with the same values, but for `key`. */
export function sameExcept(before: ConfigText, after: ConfigText, key: OwnedKey): boolean {
  const [ours, theirs] = [othersOf(before, key), othersOf(after, key)];
  const sameRoot = before.root?.anchor === after.root?.anchor && before.root?.tag === after.root?.tag;
  const bothExist = before.root !== null && after.root !== null;
  return (sameRoot || !bothExist) && sameList(ours, theirs);
}

function othersOf(config: ConfigText, key: OwnedKey): unknown[] {
  const at = config.fields.get(key)?.keyStart;
  return (config.root?.items ?? []).filter((pair) => at === undefined || pair.key.range?.[0] !== at);
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => sameNode(item, b[index]));
}

function sameNode(a: unknown, b: unknown): boolean {
  if (isPair(a)) return isPair(b) && sameNode(a.key, b.key) && sameNode(a.value, b.value);
  if (isAlias(a)) return isAlias(b) && a.source === b.source;
  if (isScalar(a)) {
    const same = isScalar(b) && a.type === b.type && a.source === b.source && String(a.value) === String(b.value);
    return same && a.anchor === b.anchor && a.tag === b.tag;
  }
  if (!isCollection(a)) return a === b;
  const same = isCollection(b) && a.constructor === b.constructor && a.flow === b.flow;
  return same && a.anchor === b.anchor && a.tag === b.tag && sameList(a.items, b.items);
}
