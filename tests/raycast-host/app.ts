// One launched command as a test sees it: look at the top view, act in it, wait for it, and end it.
import { dump } from "./dump.ts";
import { find, findAll, panelOf, rows, selectedRow, textOf, type Match } from "./find.ts";
import type { Paint, ViewNode } from "./protocol.ts";
import { Recorded } from "./recorded.ts";
import type { Answer, Session } from "./session.ts";

/** ms that a view may take to become what is waited for. */
const PATIENCE_MS = 30_000;

export interface UntilOptions {
  timeoutMs?: number;
}

export class App extends Recorded {
  readonly #session: Session;
  readonly #release: () => Promise<void>;
  #ended = false;

  constructor(session: Session, release: () => Promise<void>) {
    super(session.records);
    this.#session = session;
    this.#release = release;
  }

  /** The top view as it is drawn now; null before the first paint and where the command drew nothing. */
  tree(): ViewNode | null {
    return this.#session.paints.at(-1)?.tree ?? null;
  }

  /** The same as readable lines. */
  text(): string {
    return dump(this.tree());
  }

  /** Every commit, oldest first. */
  get paints(): readonly Paint[] {
    return this.#session.paints;
  }

  /** Views on the navigation stack. */
  get depth(): number {
    return this.#session.paints.at(-1)?.depth ?? 0;
  }

  find(type: string, match?: Match): ViewNode | undefined {
    return find(this.tree(), type, match);
  }

  findAll(type: string, match?: Match): ViewNode[] {
    return findAll(this.tree(), type, match);
  }

  /** Titles of the rows that the search leaves. */
  rows(): string[] {
    return rows(this.tree()).map(({ props }) => textOf(props["title"]));
  }

  selected(): ViewNode | undefined {
    return selectedRow(this.tree());
  }

  /** Titles of the actions that ⌘K shows now. */
  actions(): string[] {
    return findAllActions(panelOf(this.tree())).map(({ props }) => textOf(props["title"]));
  }

  /**
   * Wait for a drawn view that satisfies `predicate`.
   * @returns what the predicate returned
   * @throws with the view as text when the patience ends, or at once when the command failed
   */
  async until<T>(
    predicate: (tree: ViewNode, app: App) => T,
    description: string,
    { timeoutMs = PATIENCE_MS }: UntilOptions = {},
  ): Promise<NonNullable<T>> {
    return this.#wait(
      () => {
        const tree = this.tree();
        return tree === null ? undefined : predicate(tree, this);
      },
      description,
      timeoutMs,
    );
  }

  /** Wait for a toast of that title (or matching), in its present look. */
  toast(title: string | RegExp, options: UntilOptions = {}) {
    const fits = (text: string) => (typeof title === "string" ? text === title : title.test(text));
    return this.#wait(
      () => this.toasts.find((toast) => fits(toast.title)),
      `toast ${String(title)}`,
      options.timeoutMs,
    );
  }

  /** Wait for anything that is not drawn: a record, a file, a row. */
  eventually<T>(check: () => T, description: string, options: UntilOptions = {}): Promise<NonNullable<T>> {
    return this.#wait(check, description, options.timeoutMs);
  }

  /** Wait until a no-view command (or tool) has returned. @returns its value */
  async done(timeoutMs = PATIENCE_MS): Promise<unknown> {
    return (await this.#wait(() => this.#session.done, "the end of the command", timeoutMs)).value;
  }

  async #wait<T>(check: () => T, description: string, timeoutMs = PATIENCE_MS): Promise<NonNullable<T>> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      this.#throwFaults();
      const value = check();
      if (value) return value;
      const left = deadline - performance.now();
      if (left <= 0)
        throw new Error(`waited ${timeoutMs} ms in vain for ${description}; there is:\n${this.describe()}`);
      await this.#nextEvent(Math.min(left, 100));
    }
  }

  #nextEvent(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer);
        unwatch();
        resolve();
      };
      const timer = setTimeout(over, limitMs);
      const unwatch = this.#session.watch(over);
    });
  }

  #throwFaults(): void {
    const { faults } = this.#session;
    if (faults.length > 0) throw new Error(`the command failed: ${faults.join("\n")}`);
  }

  /** The view and all records, for a message. */
  describe(): string {
    const { toasts, huds, alerts, launches, opened, logs } = this.#session.records;
    const told = Object.entries({ toasts, huds, alerts, launches, opened, logs }).filter(([, list]) => list.length > 0);
    return [this.text(), ...told.map(([name, list]) => `${name}: ${JSON.stringify(list, null, 1)}`)].join("\n");
  }

  /** Press the action (menu item, metadata tag) of that title and wait for its handler's promise. */
  async act(title: string): Promise<void> {
    await this.#session.call("act", title);
  }

  /** Press a shortcut, such as "cmd+shift+c". */
  async press(keys: string): Promise<void> {
    await this.#session.call("press", keys);
  }

  /** Choose the row of that id or title. */
  async select(row: string): Promise<void> {
    await this.#session.call("select", row);
  }

  /** Type into the search bar. */
  async search(text: string): Promise<void> {
    await this.#session.call("search", text);
  }

  /** Choose in the dropdown of the search bar, by value or title. */
  async choose(value: string): Promise<void> {
    await this.#session.call("choose", value);
  }

  /** Give fields of a form their values by id, in this order. Dropdowns also take a title. */
  async fill(values: Record<string, unknown>): Promise<void> {
    for (const [id, value] of Object.entries(values)) await this.#session.call("fill", id, value);
  }

  /** Press the form's first send action, or the one of that title, and wait for its handler's promise. */
  async submit(title?: string): Promise<void> {
    await this.#session.call("submit", title);
  }

  /** What the form would send now, by id. */
  async values(): Promise<Record<string, unknown>> {
    return (await this.#session.call("values")) as Record<string, unknown>;
  }

  /** Escape: back to the view below. */
  async pop(): Promise<void> {
    await this.#session.call("goBack");
  }

  /** Press an action of a visible toast. */
  async pressToast(title: string): Promise<void> {
    await this.#session.call("pressToast", title);
  }

  /** Say how dialogs are answered from now on. */
  answer(answer: Answer): void {
    this.#session.answer = answer;
  }

  /** Errors so far; reading them does not forgive them. */
  get faults(): readonly string[] {
    return this.#session.faults;
  }
  /** Take the errors so far as expected. */
  forgive(): string[] {
    return this.#session.faults.splice(0);
  }

  /**
   * Unmount, end the thread and its process, remove a home folder of the host's own.
   * @throws when React complained, a promise was rejected unhandled, a handle kept the thread alive or a zombie is left
   */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const left = await this.#session.end();
    await this.#release();
    const wrong = [...this.#session.faults, ...left];
    if (wrong.length > 0) throw new Error(`the command left behind or complained:\n${wrong.join("\n")}`);
  }
}

function findAllActions(panel: ViewNode | undefined): ViewNode[] {
  return (panel?.children ?? []).flatMap((child) =>
    child.type.startsWith("ActionPanel") ? findAllActions(child) : [child],
  );
}
