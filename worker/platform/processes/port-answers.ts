// Whether a port of this machine answers again, and whether it is the expected process that does.
// Source: contract §5 (restored = its own port answers again).
import { connect } from "node:net";
import { ancestors } from "../../core/live/provider-family.ts";
import { tryFindListeners } from "./port-listener.ts";
import { tryListProcesses } from "./processes.ts";

/** ms; a provider that is busy with a prefill is asked again by the caller. */
const ANSWER_TIMEOUT_MS = 2_000;

/** Whether `rootPid`, its group or anything it started answers on `port`. Where owners cannot be seen, any answer counts. */
export async function answersFrom(rootPid: number, port: number): Promise<boolean> {
  const answering = (await answersAt("127.0.0.1", port)) || (await answersAt("::1", port));
  return answering && (await listensFor(rootPid, port));
}

/** One byte back is an answer, whatever it says: some providers know no /v1/models, some speak TLS. */
function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => socket.write("GET /v1/models HTTP/1.0\r\n\r\n"));
    const done = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => done(false));
    socket.once("data", () => done(true));
    socket.once("error", () => done(false));
    socket.once("close", () => done(false));
  });
}

async function listensFor(rootPid: number, port: number): Promise<boolean> {
  const [listeners, processes] = await Promise.all([tryFindListeners(port), tryListProcesses()]);
  // Who listens cannot be told at this moment: whoever waits asks again.
  if (listeners === null || processes === null) return false;
  const pids = listeners.map((listener) => listener.pid);
  if (pids.length === 0 || pids.includes(null) || pids.includes(rootPid)) return true;
  const byPid = new Map(processes.map((one) => [one.pid, one]));
  return processes.some(
    (one) =>
      pids.includes(one.pid) && (one.pgid === rootPid || ancestors(one, byPid).some(({ pid }) => pid === rootPid)),
  );
}
