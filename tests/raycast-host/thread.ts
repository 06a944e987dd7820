// The thread in which one command or tool lives, as in Raycast: loads its bundle, runs or draws it, and ends.
import { createElement, type FunctionComponent } from "react";
import { join } from "node:path";
import { inspect } from "node:util";
import { setImmediate as turn } from "node:timers/promises";
import { ask, closeChannel, emit, fault, note, serveCalls } from "./api/channel.ts";
import { commandMode, spec } from "./api/environment.ts";
import { push } from "./api/navigation.ts";
import { pressToast } from "./api/toast.ts";
import * as interact from "./interact.ts";
import { loadBundle } from "./load-bundle.ts";
import { mount, unmount } from "./react-root.ts";
import { depth, snapshot, topView } from "./screen.ts";

// `hostMs` is spent on snapshots, which is the host's own cost and is left out of the times of paints.
let [beganAt, renderedAt, hostMs] = [0, 0, 0];
const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : inspect(error));

// Measuring is done with the production build, without what only helps to read errors.
if (process.env["NODE_ENV"] !== "production") process.setSourceMapsEnabled(true);
process.on("unhandledRejection", (reason) => fault(`nobody handled the rejection ${stackOf(reason)}`));
process.on("uncaughtException", (error) => fault(`nobody caught ${stackOf(error)}`));
hearConsole();

serveCalls({
  act: (title: string) => settled(() => interact.act(title)),
  press: (keys: string) => settled(() => interact.press(keys)),
  fill: (id: string, value: unknown) => settled(() => interact.fill(id, value)),
  submit: (title?: string) => settled(() => interact.submit(title)),
  select: (row: string) => settled(() => interact.select(row)),
  search: (text: string) => settled(() => interact.search(text)),
  choose: (value: string) => settled(() => interact.choose(value)),
  goBack: () => settled(() => interact.goBack()),
  pressToast: (title: string) => settled(() => pressToast(title)),
  values: () => interact.values(),
  end: () => {
    if (renderedAt > 0) unmount();
    setImmediate(closeChannel);
  },
});

async function begin(): Promise<void> {
  try {
    beganAt = performance.now();
    const path = join(spec.dist, spec.kind === "tool" ? "tools" : "", `${spec.name}.js`);
    const { default: entry, confirmation } = loadBundle(path);
    if (typeof entry !== "function") throw new Error(`${path} has no default export to run`);
    if (spec.kind === "tool") await useTool(entry as Tool, confirmation as Tool | undefined);
    else if (commandMode === "no-view") emit({ kind: "done", value: await (entry as Tool)(launchProps()) });
    else draw(entry as FunctionComponent<Launch>);
  } catch (error) {
    emit({ kind: "done", value: undefined, error: stackOf(error) });
  }
}

type Tool = (input: unknown) => unknown;

async function useTool(run: Tool, confirmation: Tool | undefined): Promise<void> {
  const question = await confirmation?.(spec.input);
  if (question !== undefined && (await ask("confirmation", question)) !== true)
    return emit({ kind: "done", value: undefined });
  emit({ kind: "done", value: await run(spec.input) });
}

type Launch = ReturnType<typeof launchProps>;

const launchProps = () => {
  const { launchType, launchContext, draftValues, fallbackText } = spec;
  return { launchType, arguments: spec.arguments, launchContext, draftValues, fallbackText };
};

function draw(Command: FunctionComponent<Launch>): void {
  renderedAt = performance.now();
  push(createElement(Command, launchProps()));
  mount(paint);
}

function paint(): void {
  const now = performance.now();
  const top = topView();
  const tree = top === undefined ? null : snapshot(top);
  const isLoading = tree?.props["isLoading"] === true;
  const times = { atMs: now - beganAt - hostMs, sinceRenderMs: now - renderedAt - hostMs };
  emit({ kind: "paint", paint: { ...times, isLoading, depth: depth(), tree } });
  hostMs += performance.now() - now;
}

/** Run a handler, wait for its promise and for what React draws of it, and show the state that only the host keeps. */
async function settled(handler: () => unknown): Promise<unknown> {
  try {
    return plain(await handler());
  } finally {
    await turn();
    await turn();
    await turn();
    if (renderedAt > 0) paint();
  }
}

const plain = (value: unknown) => (["string", "number", "boolean"].includes(typeof value) ? value : undefined);

/** Complaints of React fail the test; other lines are kept. */
function hearConsole(): void {
  for (const method of ["log", "info", "warn", "error", "debug"] as const)
    console[method] = (...args: unknown[]) => {
      const text = format(args);
      const caller = new Error().stack?.split("\n")[2] ?? "";
      if (method === "error" && /node_modules\/(react|react-reconciler|scheduler)\//.test(caller)) fault(text);
      else note("logs", text);
    };
}

function format([first, ...rest]: unknown[]): string {
  if (typeof first !== "string") return [first, ...rest].map(show).join(" ");
  let used = 0;
  const text = first.replace(/%[sdo]/g, () => show(rest[used++]));
  return [text, ...rest.slice(used).map(show)].join(" ");
}

const show = (value: unknown) => (typeof value === "string" ? value : inspect(value));

await begin();
