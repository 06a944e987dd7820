// Another program that listens on a port of this machine, in a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";

const CODE = `require("node:net").createServer().listen(Number(process.argv[1]), "127.0.0.1", () => process.stdout.write("ready"))`;

export interface ForeignListener {
  pid: number;
  close(): Promise<void>;
}

export async function startListener(port: number): Promise<ForeignListener> {
  const child = spawn(process.execPath, ["-e", CODE, String(port)], { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  await Promise.race([once(child.stdout, "data"), closed.then(() => Promise.reject(new Error("no listener")))]);
  const close = async () => {
    child.kill();
    await closed;
  };
  return { pid: child.pid ?? 0, close };
}
