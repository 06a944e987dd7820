// Reads a drawn menu of the menu bar: what stands in it, and what each item does.
import { textOf, type App, type ViewNode } from "../../raycast-host/index.ts";

/** What stands beside the icon; "" if nothing. */
export const title = (app: App) => textOf(app.tree()?.props["title"]);
const itemsOf = (node: ViewNode | null | undefined) =>
  (node?.children ?? []).flatMap((child) => (child.type === "MenuBarExtra.Item" ? [child] : child.children));
export const titles = (app: App) => itemsOf(app.tree()).map(({ props }) => textOf(props["title"]));
/** Titles of the sections that have one. */
export const sections = (app: App) =>
  app.findAll("MenuBarExtra.Section").flatMap(({ props }) => textOf(props["title"]) || []);

/** What each item of a menu launches; those that cannot be pressed are left out. */
export async function launchesOf(app: App): Promise<Record<string, unknown>> {
  const launched: Record<string, unknown> = {};
  for (const item of itemsOf(app.tree())) {
    const name = textOf(item.props["title"]);
    const before = app.launches.length + app.opened.length;
    if (item.state["enabled"] !== true) continue;
    await app.act(name);
    await app.eventually(() => app.launches.length + app.opened.length > before, `what ${name} does`);
    const { name: command, type, context } = app.launches.at(-1) ?? { name: "", type: "" };
    const opened = app.opened.at(-1)?.how;
    launched[name] = opened ?? (type === "userInitiated" ? [command, ...(context ? [context] : [])] : type);
  }
  return launched;
}

/** The one number that the whole menu shows over full-speed-writer.ts. @throws where two parts show different ones */
export function numberOf(app: App): number {
  const text = app.text();
  const recipe = /([\d.]+) tok\/s · TTFT/.exec(text)?.[1];
  const progress = [/number (\d+)/, /Number-(\d+)/, /^ *([\d.]+) tok\/s$/m].flatMap(
    (part) => part.exec(text)?.[1] ?? [],
  );
  const numbers = new Set([recipe, ...progress].map(Number));
  if (app.find("MenuBarExtra.Section", { title: "Database" }) || numbers.size !== 1) throw new Error(text);
  return [...numbers][0] ?? Number.NaN;
}
