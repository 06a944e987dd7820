// Who listens on a port of this machine, and whether a port is free. From /proc where there is one, else from lsof.
// Source: contract §4 (the port is checked before a start) and §5.
import { readdir, readFile, readlink } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { AutotuneError } from "../../core/errors.ts";
import type { Listener } from "../../core/live/live-provider.ts";
import { parseListeners, parseProcNetTcp } from "../../core/live/listener-output.ts";
import type { ProcessSource } from "./processes.ts";
import { askTool } from "./system-tool.ts";

/**
 * Listeners on `port` that would take or shadow a connection to 127.0.0.1: bound to it or to all addresses.
 * @returns pid null where the owner cannot be seen
 * @throws AutotuneError provider_conflict if they cannot be listed
 */
export async function findListeners(port: number, source: ProcessSource = {}): Promise<Listener[]> {
  const inodes = await listeningInodes(source);
  if (inodes === null) return parseListeners(await lsof([`-iTCP:${port}`], source));
  const open = [...inodes].filter((entry) => entry[1] === port).map(([inode]) => inode);
  if (open.length === 0) return [];
  const owners = await socketOwners(await allPids());
  return open.flatMap((inode): Listener[] => {
    const pids = owners.get(inode) ?? [null];
    return pids.map((pid) => ({ pid, port }));
  });
}

/** As `findListeners`, for who can do without. @returns null if they cannot be listed */
export async function tryFindListeners(port: number, source: ProcessSource = {}): Promise<Listener[] | null> {
  return findListeners(port, source).catch((error: unknown) => {
    if (error instanceof AutotuneError) return null;
    throw error;
  });
}

/** Pids that listen on `port`, ascending; null if that cannot be told. */
export async function listenerPids(port: number, source: ProcessSource = {}): Promise<number[] | null> {
  const listeners = await tryFindListeners(port, source);
  if (listeners === null) return null;
  const pids = listeners.map((listener) => listener.pid);
  return [...new Set(pids)].filter((pid) => pid !== null).sort((a, b) => a - b);
}

/** TCP ports that the given processes listen on, ascending. @throws AutotuneError provider_conflict if they cannot be listed */
export async function portsOfPids(pids: readonly number[], source: ProcessSource = {}): Promise<number[]> {
  if (pids.length === 0) return [];
  const inodes = await listeningInodes(source);
  const ports =
    inodes === null
      ? parseListeners(await lsof(["-a", "-p", pids.join(","), "-iTCP"], source)).map((listener) => listener.port)
      : [...(await socketOwners(pids)).keys()].flatMap((inode) => inodes.get(inode) ?? []);
  return [...new Set(ports)].sort((a, b) => a - b);
}

/**
 * Whether 127.0.0.1:`port` can be bound and nobody answers there. Both are needed: macOS lets a program bind 127.0.0.1 beside
 * another one's listener on all addresses. All addresses are not bound for the test, as the firewall would ask the user.
 */
export async function isPortFree(port: number): Promise<boolean> {
  return !(await answers(port)) && (await canBind(port));
}

/** ms; a listener whose backlog is full does not answer at once, and is a listener all the same. */
const CONNECT_TIMEOUT_MS = 1_000;

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const done = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => done(true));
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Socket inode -> port of all listening sockets; null where there is no /proc. */
async function listeningInodes({ platform = process.platform }: ProcessSource): Promise<Map<string, number> | null> {
  if (platform !== "linux") return null;
  const [v4, v6] = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFile(path, "utf8").catch(() => null)),
  );
  if (typeof v4 !== "string") return null;
  return new Map([...parseProcNetTcp(v4), ...parseProcNetTcp(v6 ?? "")].map(({ inode, port }) => [inode, port]));
}

/** Socket inode -> pids that hold it open; a forked server's children hold it too. */
async function socketOwners(pids: readonly number[]): Promise<Map<string, number[]>> {
  const owners = new Map<string, number[]>();
  for (const pid of pids) {
    // Another user's process, or one that has just ended: its sockets stay without a known owner.
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
    for (const inode of new Set(targets.map((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1])))
      if (inode !== undefined) owners.set(inode, [...(owners.get(inode) ?? []), pid]);
  }
  return owners;
}

async function allPids(): Promise<number[]> {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** -w: what it cannot look at elsewhere (a volume of Time Machine) is no concern of ports. */
function lsof(selection: string[], { env = process.env, limitS, signal }: ProcessSource): Promise<string> {
  const words = ["-nP", "-w", ...selection, "-sTCP:LISTEN", "-Fpn"];
  return askTool("lsof", words, { env, limitS, signal });
}
