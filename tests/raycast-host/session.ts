// The test's end of one launch: the process of its thread, what it drew and did, and the calls to it.
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { AlertRecord, Confirmation, HostCall, HostEvent, Paint, Records, Spec } from "./protocol.ts";

const PROCESS = fileURLToPath(new URL("./process.mjs", import.meta.url));

/** What the user presses in a dialog. A function may do something first, while the dialog is open. */
export type Answer = boolean | ((alert: AlertRecord) => boolean | Promise<boolean>);
export type ConfirmationAnswer = boolean | ((question: Confirmation) => boolean | Promise<boolean>);

export interface Session {
  records: Records;
  paints: Paint[];
  confirmations: Confirmation[];
  /** What must not happen: errors while rendering, complaints of React, unhandled rejections, wrong props. */
  faults: string[];
  /** How a no-view command or tool ended; undefined as long as it runs. */
  done: { value: unknown; error?: string } | undefined;
  answer: Answer | undefined;
  call(method: string, ...args: unknown[]): Promise<unknown>;
  /** Called after every event; returns its own removal. */
  watch(listener: () => void): () => void;
  /** Unmount, end the thread, end the process. @returns what it left behind */
  end(): Promise<string[]>;
}

export function openSession(
  spec: Spec,
  env: Record<string, string>,
  answer?: Answer,
  confirm?: ConfirmationAnswer,
): Session {
  const child = fork(PROCESS, [], {
    env,
    serialization: "advanced",
    execArgv: ["--no-warnings"],
    cwd: spec.supportPath,
  });
  const records: Records = {
    ...{ toasts: [], huds: [], alerts: [], clips: [], launches: [], opened: [], windows: [], subtitles: [], logs: [] },
  };
  const listeners = new Set<() => void>();
  const waiting = new Map<number, Call>();
  let calls = 0;
  const session: Session = {
    ...{ records, paints: [], confirmations: [], faults: [], done: undefined, answer },
    call: (method, ...args) =>
      new Promise((resolve, reject) => {
        const id = ++calls;
        const awake = setInterval(() => undefined, 60_000);
        const last = (settled: () => void) => {
          clearInterval(awake);
          settled();
        };
        waiting.set(id, {
          resolve: (value) => last(() => resolve(value)),
          reject: (error) => last(() => reject(error)),
        });
        post(child, { kind: "call", id, method, args });
      }),
    watch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    end: () => end(child),
  };
  child.on("message", (event: HostEvent) => {
    if (event.kind === "ask") void reply(child, session, event, confirm);
    else if (event.kind === "reply") settle(waiting, event);
    else take(session, event);
    for (const listener of [...listeners]) listener();
  });
  child.once("exit", (code) => {
    if (code !== 0) session.faults.push(`the process of the command ended with ${code}`);
    for (const { reject } of waiting.values()) reject(new Error("the command has ended"));
    for (const listener of [...listeners]) listener();
  });
  child.send(spec);
  // A test that forgot to close must not keep the test runner; the process ends when the line breaks.
  child.unref();
  child.channel?.unref();
  return session;
}

function post(child: ChildProcess, call: HostCall): void {
  if (child.connected) child.send(call);
  else throw new Error("the command has ended");
}

interface Call {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

function settle(waiting: Map<number, Call>, { id, value, error }: HostEvent & { kind: "reply" }): void {
  const call = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) call?.resolve(value);
  else call?.reject(new Error(error));
}

function take(session: Session, event: HostEvent): void {
  const { records, paints, faults } = session;
  switch (event.kind) {
    case "paint":
      paints.push(event.paint);
      break;
    case "toast":
      records.toasts[event.toast.id - 1] = event.toast;
      break;
    case "note":
      (records[event.list] as unknown[]).push(event.value);
      break;
    case "fault":
      faults.push(event.text);
      break;
    case "done":
      session.done = { value: event.value, ...(event.error === undefined ? {} : { error: event.error }) };
      if (event.error !== undefined) faults.push(event.error);
      break;
    case "ended":
    case "ask":
    case "reply":
      break;
  }
}

async function reply(
  child: ChildProcess,
  session: Session,
  { id, about, question }: HostEvent & { kind: "ask" },
  confirm: ConfirmationAnswer | undefined,
): Promise<void> {
  let value: boolean | undefined;
  try {
    if (about === "alert") {
      const alert = { ...(question as AlertRecord), answer: undefined };
      session.records.alerts.push(alert);
      const { answer } = session;
      value = typeof answer === "function" ? await answer(alert) : answer;
      session.records.alerts[session.records.alerts.indexOf(alert)] = { ...alert, answer: value };
    } else {
      session.confirmations.push(question as Confirmation);
      value = typeof confirm === "function" ? await confirm(question as Confirmation) : confirm;
    }
  } catch (error) {
    session.faults.push(`the test's own answer failed: ${String(error)}`);
  }
  if (child.connected) post(child, { kind: "answer", id, value });
}

function end(child: ChildProcess): Promise<string[]> {
  if (!child.connected) return Promise.resolve([]);
  const left: string[] = [];
  child.ref();
  child.channel?.ref();
  const exited = new Promise<string[]>((done) => child.once("exit", () => done(left)));
  child.on("message", (event: HostEvent) => {
    if (event.kind !== "ended") return;
    left.push(...event.openHandles);
    if (event.children.length > 0)
      left.push(`children of the thread that nobody will wait for (zombies): ${event.children.join(", ")}`);
  });
  post(child, { kind: "call", id: -1, method: "end", args: [] });
  return exited;
}
