// Started as a thread or a process by worker-start.test.ts: starts runs as a Raycast command does, and ends at once or stays.
import { isMainThread, workerData } from "node:worker_threads";
import { startRunAt } from "../../../src/lib/worker/worker-start.ts";
import type { WorkerPlace } from "../../../src/lib/worker/worker-place.ts";

interface Order {
  place: WorkerPlace;
  /** Of each run to start. */
  flags: string[][];
}

const { place, flags } = (isMainThread ? JSON.parse(process.argv[2] ?? "") : workerData) as Order;
const here = { ...place, deepLink: (runId: string) => `raycast://test/${runId}` };
const started = flags.map((one) => startRunAt(here, one));
for (const one of started) one.catch(() => undefined);
// A command's thread is ended as soon as the command returns; nothing after its first await is sure to happen.
if (!isMainThread) process.exit(0);
process.stdout.write(`${JSON.stringify(await started[0])}\n`);
setInterval(() => undefined, 1000);
