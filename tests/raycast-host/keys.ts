// The keys of actions: how they are written, and that no panel gives the same ones twice (Raycast would take the first, silently).
import { fault } from "./api/channel.ts";

/** What is read of an instance of the host. */
interface Instance {
  type: string;
  props: Record<string, unknown>;
  children: Instance[];
  parent: Instance | null;
}

interface Keys {
  key: string;
  modifiers: string[];
}

/** Key and modifiers in one order, such as "c+cmd+shift"; undefined without a shortcut. */
export function keyName(shortcut: unknown): string | undefined {
  if (typeof shortcut !== "object" || shortcut === null) return undefined;
  const { key, modifiers } = ("macOS" in shortcut ? shortcut.macOS : shortcut) as Keys;
  return [key, ...modifiers].sort().join("+");
}

/** Panels whose actions came or changed since the last check. */
const changed = new Set<Instance>();

/** To be told of every instance that was put somewhere or got new props. */
export function noteKeys(instance: Instance): void {
  for (let at: Instance | null = instance; at !== null; at = at.parent) if (at.type === "ActionPanel") changed.add(at);
}

/** Fault every changed panel in which two actions have the same keys. */
export function checkKeys(): void {
  for (const panel of changed) checkPanel(panel);
  changed.clear();
}

function checkPanel(panel: Instance): void {
  const holders = new Map<string, string>();
  const visit = ({ props, children }: Instance) => {
    const keys = keyName(props["shortcut"]);
    const title = String(props["title"]);
    const holder = keys === undefined ? undefined : holders.get(keys);
    if (holder !== undefined) fault(`<ActionPanel> has the same keys for ${holder} and ${title}`);
    if (keys !== undefined) holders.set(keys, title);
    children.forEach(visit);
  };
  visit(panel);
}
