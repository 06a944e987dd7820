// Toasts: every look of a toast is told, and its actions can be pressed by the test.
import type { ToastRecord } from "../protocol.ts";
import { emit } from "./channel.ts";
import { ToastStyle } from "./enums.ts";

export interface ToastAction {
  title: string;
  shortcut?: unknown;
  onAction?: (toast: Toast) => unknown;
}

export interface ToastOptions {
  title: string;
  message?: string | undefined;
  style?: string | undefined;
  primaryAction?: ToastAction | undefined;
  secondaryAction?: ToastAction | undefined;
}

const shown: Toast[] = [];

export class Toast {
  static Style = ToastStyle;
  readonly #options: ToastOptions;
  readonly #record: ToastRecord;
  #isChanging = false;

  constructor(options: ToastOptions) {
    this.#options = { ...options };
    const { title, message, style = "SUCCESS" } = options;
    this.#record = {
      id: shown.push(this),
      ...{ style, title, message, primaryAction: undefined, secondaryAction: undefined },
      ...{ visible: false, history: [] },
    };
  }

  get style() {
    return this.#options.style ?? "SUCCESS";
  }
  set style(style: string) {
    this.#change({ style });
  }
  get title() {
    return this.#options.title;
  }
  set title(title: string) {
    this.#change({ title });
  }
  get message() {
    return this.#options.message;
  }
  set message(message: string | undefined) {
    this.#change({ message });
  }
  get primaryAction() {
    return this.#options.primaryAction;
  }
  set primaryAction(primaryAction: ToastAction | undefined) {
    this.#change({ primaryAction });
  }
  get secondaryAction() {
    return this.#options.secondaryAction;
  }
  set secondaryAction(secondaryAction: ToastAction | undefined) {
    this.#change({ secondaryAction });
  }

  show(): Promise<void> {
    this.#tell(true);
    return Promise.resolve();
  }

  hide(): Promise<void> {
    this.#tell(false);
    return Promise.resolve();
  }

  get isVisible() {
    return this.#record.visible;
  }

  /** What is set in one go is one look: nobody sees the title of one toast with the message of another. */
  #change(options: Partial<ToastOptions>) {
    Object.assign(this.#options, options);
    if (!this.#record.visible || this.#isChanging) return;
    this.#isChanging = true;
    queueMicrotask(() => {
      this.#isChanging = false;
      this.#tell(this.#record.visible);
    });
  }

  #tell(visible: boolean) {
    const { style, title, message } = this;
    Object.assign(this.#record, { style, title, message, visible });
    Object.assign(this.#record, {
      primaryAction: this.primaryAction?.title,
      secondaryAction: this.secondaryAction?.title,
    });
    if (visible) this.#record.history.push({ style, title, message });
    emit({ kind: "toast", toast: this.#record });
  }
}

export async function showToast(options: ToastOptions | string, title = "", message?: string): Promise<Toast> {
  const toast = new Toast(typeof options === "string" ? { style: options, title, message } : options);
  await toast.show();
  return toast;
}

/** Press an action of the newest visible toast that has it. @throws when none has, naming those that are there */
export function pressToast(title: string): unknown {
  const visible = shown.filter((toast) => toast.isVisible).reverse();
  for (const toast of visible)
    for (const action of [toast.primaryAction, toast.secondaryAction])
      if (action?.title === title) return action.onAction?.(toast);
  const there = visible.flatMap((toast) => [toast.primaryAction?.title, toast.secondaryAction?.title]);
  throw new Error(`no visible toast has an action "${title}"; there is: ${there.filter(Boolean).join(", ") || "none"}`);
}
