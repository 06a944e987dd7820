// Reading the system's tables of listening sockets: Linux /proc/net/tcp and tcp6, and lsof -F. Source: proc(5), lsof(8).
import type { Listener } from "./live-provider.ts";

/** Listening sockets of one table that take connections to 127.0.0.1: bound to it, to all addresses, or to ::1. */
export function parseProcNetTcp(table: string): { inode: string; port: number }[] {
  return table.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [address, port] = (fields[1] ?? "").split(":");
    const inode = fields[9];
    if (fields[3] !== LISTENING || address === undefined || port === undefined || inode === undefined) return [];
    return isLocal(address) ? [{ inode, port: Number.parseInt(port, 16) }] : [];
  });
}

/** Read `lsof -nP -iTCP… -sTCP:LISTEN -Fpn`: lines `p<pid>` and, below each, `n<address>:<port>`. */
export function parseListeners(text: string): Listener[] {
  const found: Listener[] = [];
  let pid: number | null = null;
  for (const line of text.split("\n")) {
    if (/^p\d+$/.test(line)) pid = Number(line.slice(1));
    const match = /^n(\*|127\.[\d.]+|\[::\]|\[::1\]|\[::ffff:127\.[\d.]+\]|localhost):(\d+)$/.exec(line);
    if (match?.[2] !== undefined) found.push({ pid, port: Number(match[2]) });
  }
  return found;
}

/** Read `lsof -d cwd -Fn`. @returns null if it names no folder */
export function parseCwd(text: string): string | null {
  return /^n(\/.*)$/m.exec(text)?.[1] ?? null;
}

/** State TCP_LISTEN as the kernel prints it. */
const LISTENING = "0A";

/** Addresses are printed as 32-bit words in the machine's (little-endian) order: 0100007F is 127.0.0.1. */
function isLocal(address: string): boolean {
  if (address.length === 8) return address === "00000000" || address.endsWith("7F");
  const mappedLoopback = address.startsWith("0000000000000000FFFF0000") && address.endsWith("7F");
  return /^0{32}$/.test(address) || address === "00000000000000000000000001000000" || mappedLoopback;
}
