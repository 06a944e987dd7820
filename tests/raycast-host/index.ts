/**
 * Runs the built bundles of the extension as Raycast does, without Raycast: each launch in a thread of a process of its own, drawn by
 * React into plain trees, with a stand-in for @raycast/api that records instead of doing.
 *
 *   const app = await launch("tuning-runs", { home, preferences: { databasePath }, answer: true });
 *   await app.until((tree) => rows(tree).length === 2, "two runs");
 *   await app.select("01JR…");            // id or title of a row
 *   await app.act("Apply Recipe");        // title of an action at hand (selected row, empty view, view, menu, metadata tag)
 *   app.alerts[0]?.primaryAction.style    // "destructive"
 *   await app.toast("Recipe Applied");
 *   await app.close();                    // fails on React's complaints, unhandled rejections, open handles, zombies
 *
 * Looking: tree() text() rows() selected() actions() find(type, match) findAll() paints depth
 * Acting:  act(title) press("cmd+r") select(row) search(text) choose(value) fill({id: value}) submit(title?) values() pop() pressToast(title)
 * Waiting: until(predicate, description) toast(title) eventually(check, description) done()
 * Records: toasts huds alerts clipboard clips launches opened windows subtitles logs
 * Dialogs: confirmAlert is answered by `answer`: true, false, or a function that may change the world first and then says.
 *          Without an answer it rejects, which fails the test.
 * follow(app) ends a command and really launches what it gave to launchCommand last.
 * run(name, options) runs a no-view command to its end; runTool(name, input, options) a tool, its confirmation first.
 *
 * A faulty view fails the test: unknown or missing props, elements where they do not belong, text outside props, two elements in one
 * slot, complaints of React, errors while rendering, unhandled rejections. `app.faults` has them, `app.forgive()` takes them as expected.
 *
 * Bundles come from `dist/` (node scripts/ray.mjs build --if-stale), from $MLX_AUTOTUNE_DIST, or from the option `dist`:
 * tests/raycast/support/build-commands.ts and `node tests/raycast-host/quick-build.ts <folder>` fill one in a second with esbuild.
 * Pictures: preview/index.ts, and scripts/screenshots.mjs for all scenes.
 */
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { App } from "./app.ts";
import type { Confirmation, Spec } from "./protocol.ts";
import { openSession, type Answer, type ConfirmationAnswer } from "./session.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

export { App } from "./app.ts";
export { dump } from "./dump.ts";
export { find, findAll, panelOf, rows, selectedRow, textOf, walk } from "./find.ts";
export type * from "./protocol.ts";
export type { Answer, ConfirmationAnswer } from "./session.ts";

export interface LaunchOptions {
  /** Folder with package.json; the project by default. */
  extension?: string;
  /** Folder with the built bundles; $MLX_AUTOTUNE_DIST or `dist` in the extension by default. */
  dist?: string;
  /** $HOME of the command; by default a new folder that `close` removes. */
  home?: string;
  /** Extension's support folder; by default in the home as on a Mac. */
  supportPath?: string;
  /** More environment; HOME and Raycast's minimal PATH are there already. */
  env?: Record<string, string>;
  appearance?: "light" | "dark";
  preferences?: Record<string, unknown>;
  launchType?: "userInitiated" | "background";
  launchContext?: Record<string, unknown>;
  arguments?: Record<string, unknown>;
  draftValues?: Record<string, unknown>;
  fallbackText?: string;
  isDevelopment?: boolean;
  /** React's production build, for measuring. */
  production?: boolean;
  answer?: Answer;
}

const launched = new WeakMap<App, LaunchOptions>();
/** PATH that Raycast gives its extensions. */
const RAYCAST_PATH = "/usr/bin:/bin:/usr/sbin:/sbin";

/** Launch a command of any mode. It is not waited for: see `until`, `done`. */
export function launch(name: string, options: LaunchOptions = {}): Promise<App> {
  return Promise.resolve(start("command", name, undefined, options).app);
}

/** Run a no-view command until it returns, and end it. @returns the ended app, with its records */
export async function run(name: string, options: LaunchOptions = {}): Promise<App> {
  const app = await launch(name, options);
  return ended(app, () => app.done());
}

export interface ToolResult {
  value: unknown;
  /** What the tool asked before; undefined where it exports no confirmation or that returned nothing. */
  confirmation: Confirmation | undefined;
  app: App;
}

/** Run a tool with `input`; its confirmation is evaluated first and answered by `confirm` (default: yes). */
export async function runTool(
  name: string,
  input: unknown,
  { confirm = true, ...options }: LaunchOptions & { confirm?: ConfirmationAnswer } = {},
): Promise<ToolResult> {
  const { app, confirmations } = start("tool", name, input, options, confirm);
  let value: unknown;
  await ended(app, async () => (value = await app.done()));
  return { value, confirmation: confirmations[0], app };
}

/** End `app` and launch the command that it gave to launchCommand last, in the same world. */
export async function follow(app: App, more: LaunchOptions = {}): Promise<App> {
  const last = app.launches.at(-1);
  if (last === undefined) throw new Error("the command launched no other");
  await app.close();
  return launch(last.name, {
    ...launched.get(app),
    launchType: last.type as "userInitiated",
    ...(last.context ? { launchContext: last.context } : {}),
    ...(last.arguments ? { arguments: last.arguments } : {}),
    ...more,
  });
}

async function ended(app: App, work: () => Promise<unknown>): Promise<App> {
  try {
    await work();
  } catch (error) {
    app.forgive();
    await app.close();
    throw error;
  }
  await app.close();
  return app;
}

function start(kind: Spec["kind"], name: string, input: unknown, options: LaunchOptions, confirm?: ConfirmationAnswer) {
  const extension = resolve(options.extension ?? ".");
  const home = options.home ?? mkdtempSync(join(tmpdir(), "raycast-home-"));
  const supportPath =
    options.supportPath ?? join(home, "Library/Application Support/com.raycast.macos/extensions/mlx-autotune");
  mkdirSync(supportPath, { recursive: true });
  const chosenDist = options.extension === undefined ? process.env["MLX_AUTOTUNE_DIST"] : undefined;
  const spec: Spec = {
    ...{ extension, kind, name, supportPath, input },
    dist: resolve(options.dist ?? chosenDist ?? join(extension, "dist")),
    appearance: options.appearance ?? "light",
    launchType: options.launchType ?? "userInitiated",
    preferences: options.preferences ?? {},
    launchContext: options.launchContext,
    arguments: options.arguments ?? {},
    draftValues: options.draftValues,
    fallbackText: options.fallbackText,
    isDevelopment: options.isDevelopment ?? false,
  };
  const session = openSession(spec, environmentOf(options, home), options.answer, confirm);
  const app = new App(session, () => {
    if (options.home === undefined) removeFolder(home);
    return Promise.resolve();
  });
  launched.set(app, { ...options, ...(options.home === undefined ? {} : { home }) });
  return { app, confirmations: session.confirmations };
}

function environmentOf({ env = {}, production = false }: LaunchOptions, home: string): Record<string, string> {
  const scope = process.env["MLX_AUTOTUNE_TEST_SCOPE"];
  return {
    ...{ HOME: home, PATH: RAYCAST_PATH, LANG: "en_US.UTF-8", TMPDIR: tmpdir() },
    ...(scope === undefined ? {} : { MLX_AUTOTUNE_TEST_SCOPE: scope }),
    ...(production ? { NODE_ENV: "production" } : {}),
    ...env,
  };
}
