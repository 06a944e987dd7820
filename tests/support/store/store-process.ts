// Starts store-child.ts and talks to it line by line. Every child is killed by `endChildren`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("./store-child.ts", import.meta.url));
const children: StoreChild[] = [];

export interface StoreChild {
  pid: number;
  /** Next line of output; "" when there is none any more. */
  said(): Promise<string>;
  /** Send the line it waits for. */
  tell(): void;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
}

export type Role = "open" | "begin" | "write" | "watch";

/** Start a child and wait until it is ready to begin. */
export async function startChild(role: Role, database: string, runId = ""): Promise<StoreChild> {
  const child = spawn(process.execPath, ["--no-warnings", SCRIPT, role, database, runId], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const started: StoreChild = {
    pid: child.pid ?? -1,
    said: async () => ((await lines.next()) as IteratorResult<string, undefined>).value ?? "",
    tell: () => void child.stdin.write("go\n"),
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
  children.push(started);
  if ((await started.said()) !== "ready") throw new Error(`child ${role} did not start`);
  return started;
}

/** Kill what is left of them. */
export async function endChildren(): Promise<void> {
  await Promise.all(children.splice(0).map((child) => child.kill()));
}
