// The process that stands for Raycast's: starts the thread of one command, passes messages on, and looks what it left behind.
// JavaScript, so that it starts at once.
import { readdirSync, readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";

/** ms that a thread may take to end by itself once its view is gone. */
const GRACE_MS = 5000;

let ended = false;

process.once("message", (spec) => {
  const thread = new Worker(new URL("./thread.ts", import.meta.url), {
    workerData: spec,
    stdout: false,
    stderr: false,
  });
  thread.on("message", (event) => process.send?.(event));
  thread.on("error", (error) => process.send?.({ kind: "fault", text: error.stack ?? String(error) }));
  thread.on("exit", () => void report([]));
  process.on("message", (call) => {
    thread.postMessage(call);
    if (call.method === "end") setTimeout(() => void giveUp(thread), GRACE_MS).unref();
  });
});
process.once("disconnect", () => process.exit());

async function giveUp(thread) {
  if (ended) return;
  report([`the thread of the command did not end within ${GRACE_MS} ms: a timer, socket or server was left open`]);
  await thread.terminate();
}

function report(openHandles) {
  if (ended) return;
  ended = true;
  process.send?.({ kind: "ended", openHandles, children: ownChildren() }, () => process.disconnect());
}

/**
 * Direct children of this process after their thread has ended: nobody will wait for them, so each is a zombie or will be one.
 * Linux only; empty elsewhere.
 */
function ownChildren() {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/stat`, "utf8");
        return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]) === process.pid;
      } catch (error) {
        if (error.code === "ENOENT" || error.code === "ESRCH") return false;
        throw error;
      }
    })
    .map(Number);
}
