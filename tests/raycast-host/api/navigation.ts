// The stack of views: pushed ones lie over the command's own, which stays mounted, as in Raycast.
import { createElement, Fragment, useSyncExternalStore, type ReactNode } from "react";

interface Level {
  key: number;
  element: ReactNode;
  onPop: (() => unknown) | undefined;
}

let levels: Level[] = [];
let keys = 0;
const listeners = new Set<() => void>();

function change(next: Level[]): void {
  levels = next;
  for (const listener of listeners) listener();
}

export function push(element: ReactNode, onPop?: () => unknown): void {
  change([...levels, { key: ++keys, element, onPop }]);
}

/** @returns whether there was something to go back to */
export function pop(): boolean {
  const top = levels.at(-1);
  if (top === undefined || levels.length === 1) return false;
  change(levels.slice(0, -1));
  top.onPop?.();
  return true;
}

export const useNavigation = () => ({ push, pop: () => void pop() });

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** Draws every level; the last one is what the user sees. */
export function Navigation(): ReactNode {
  const drawn = useSyncExternalStore(subscribe, () => levels);
  return createElement(
    Fragment,
    null,
    drawn.map(({ key, element }) => createElement("view", { key }, element)),
  );
}
