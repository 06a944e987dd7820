// The thread's end of the line to the test: what happened goes out, answers and calls come in.
import { parentPort } from "node:worker_threads";
import { inspect } from "node:util";
import type { HostCall, HostEvent, Records } from "../protocol.ts";

const waiting = new Map<number, (answer: unknown) => void>();
let questions = 0;

export function emit(event: HostEvent): void {
  parentPort?.postMessage(event);
}

export function note<List extends Exclude<keyof Records, "toasts" | "alerts">>(
  list: List,
  value: Records[List][number],
): void {
  emit({ kind: "note", list, value });
}

/** Something that makes the test fail. */
export function fault(error: unknown): void {
  emit({ kind: "fault", text: typeof error === "string" ? error : inspect(error, { depth: 6 }) });
}

/** Ask the test; it answers or the question stays open until the thread ends. */
export function ask(about: "alert" | "confirmation", question: unknown): Promise<unknown> {
  const id = ++questions;
  return new Promise((answered) => {
    waiting.set(id, answered);
    emit({ kind: "ask", id, about, question });
  });
}

/** Serve calls of the test until `closeChannel`. */
export function serveCalls(methods: Record<string, (...args: never[]) => unknown>): void {
  parentPort?.on("message", (message: HostCall) => {
    if (message.kind === "answer") {
      waiting.get(message.id)?.(message.value);
      waiting.delete(message.id);
    } else void serve(methods, message);
  });
}

/** Stop listening, so that a thread with nothing else to do ends. */
export function closeChannel(): void {
  parentPort?.close();
}

async function serve(methods: Record<string, (...args: never[]) => unknown>, call: HostCall & { kind: "call" }) {
  try {
    const method = methods[call.method];
    if (method === undefined) throw new Error(`the host knows no call ${call.method}`);
    const value = await method(...(call.args as never[]));
    emit({ kind: "reply", id: call.id, value });
  } catch (error) {
    emit({
      kind: "reply",
      id: call.id,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}
