// Processes and listeners of this machine, read both ways: /proc, and the ps and lsof that macOS has.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { afterEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { findListeners, isPortFree, listenerPids, portsOfPids } from "../../worker/platform/processes/port-listener.ts";
import { isSameProcess } from "../../worker/platform/processes/process-identity.ts";
import { listProcesses, readSurroundings } from "../../worker/platform/processes/processes.ts";
import { freePort } from "../support/worlds/live-world.ts";

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listenOn(host: string, port = 0): Promise<number> {
  const server = createServer().listen(port, host);
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

test("a process is listed with its words, parent, group, user and a start that names it", async () => {
  const words = ["-c", "read line # two  words"];
  const cwd = realpathSync(tmpdir());
  const child = spawn("/bin/sh", words, { cwd, env: { ONLY: "a=b c" }, detached: true });
  await once(child, "spawn");
  const found = (await listProcesses()).find((p) => p.pid === child.pid);
  expect(found).toMatchObject({
    ppid: process.pid,
    pgid: child.pid,
    uid: process.getuid?.(),
    argv: ["/bin/sh", ...words],
  });
  expect(isSameProcess(found?.pid ?? 0, found?.start ?? "")).toBe(true);
  if (found === undefined) throw new Error("not found");
  expect(await readSurroundings(found)).toMatchObject({ argv: ["/bin/sh", ...words], cwd, env: { ONLY: "a=b c" } });
  child.stdin.end();
  await once(child, "exit");
  expect((await listProcesses()).some((p) => p.pid === child.pid)).toBe(false);
  expect(isSameProcess(found.pid, found.start)).toBe(false);
});

test("ps tells the same of a process as /proc", async () => {
  const pick = (list: Awaited<ReturnType<typeof listProcesses>>) => {
    const own = list.find((p) => p.pid === process.pid);
    return { ...own, start: "", argv: own?.argv.slice(0, 1) };
  };
  expect(pick(await listProcesses({ platform: "darwin" }))).toEqual(pick(await listProcesses()));
});

test("a port is free only while nobody listens on it, on this address or on all", async () => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  for (const host of ["127.0.0.1", "0.0.0.0", "::"]) {
    await listenOn(host, port);
    expect([host, await isPortFree(port)]).toEqual([host, false]);
    expect(await listenerPids(port)).toEqual([process.pid]);
    await new Promise((resolve) => servers.pop()?.close(resolve));
  }
  expect(await isPortFree(port)).toBe(true);
  expect(await findListeners(port)).toEqual([]);
});

test("the ports of a process are those it listens on", async () => {
  const ports = [await listenOn("127.0.0.1"), await listenOn("0.0.0.0")].sort((a, b) => a - b);
  expect(await portsOfPids([process.pid])).toEqual(ports);
  expect(await portsOfPids([])).toEqual([]);
});

test("lsof, where it is installed, names the same listener", async () => {
  const port = await listenOn("127.0.0.1");
  if ((await execa("lsof", ["-v"], { reject: false })).code === "ENOENT") return;
  const asOnMac = { platform: "darwin" } as const;
  expect(await findListeners(port, asOnMac)).toEqual([{ pid: process.pid, port }]);
  expect(await portsOfPids([process.pid, 2 ** 22 + 1], asOnMac)).toEqual([port]);
  expect(await findListeners(await freePort(), asOnMac)).toEqual([]);
});
