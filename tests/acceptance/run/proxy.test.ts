// What is on this machine is asked directly, whatever proxies the environment names; the Hub goes through one where Node is told to.
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startHub } from "../../support/servers/hub-server.ts";
import { startLiveInTheWay } from "../../support/worlds/live-in-the-way.ts";
import { modelFiles } from "../../support/servers/model-files.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

/** A proxy that refuses everything and keeps the first line of what it was asked. */
let proxy: Server;
let asked: string[];
beforeEach(async () => {
  asked = [];
  proxy = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (bytes) => {
      asked.push(bytes.toString("latin1").split("\r\n")[0] ?? "");
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
});
afterEach(() => new Promise((resolve) => proxy.close(resolve)));

const proxied = (more: Record<string, string> = {}) => {
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  return { ...Object.fromEntries(names.map((name) => [name, url])), NODE_USE_ENV_PROXY: "1", ...more };
};

test("a tune asks its candidate directly, with the user's own NO_PROXY as well", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: {} });
    const run = (env: Record<string, string>) => world.tune(shortTune(), env);
    expect((await run(proxied())).code).toBe(0);
    expect((await run(proxied({ NO_PROXY: "example.com", no_proxy: "example.org" }))).code).toBe(0);
    expect(asked).toEqual([]);
  }));

test("a sweep of localhost and of 127.0.0.1 is direct", () =>
  inWorld(async (world) => {
    const live = await startLiveInTheWay(world);
    try {
      for (const host of ["localhost", "127.0.0.1"]) {
        const grid = ["--contexts", "200", "--concurrency", "1", "--max-tokens", "32"];
        const swept = await world.run(["sweep", "--base-url", `http://${host}:${live.port}`, ...grid], proxied());
        expect([swept.code, swept.stderr]).toEqual([0, expect.anything()]);
      }
      expect(asked).toEqual([]);
    } finally {
      await live.end();
    }
  }));

test("a Hub on this machine is asked directly, with the user's own NO_PROXY as well", () =>
  inWorld(async (world) => {
    const hub = await startHub({ [MODEL]: modelFiles() });
    try {
      const plan = ["plan", "--provider", "macprovider", "--provider-bin", world.provider.program];
      for (const more of [{}, { NO_PROXY: "example.com", no_proxy: "example.org" }]) {
        hub.requests.length = 0;
        await world.run([...plan, "--candidate-models", MODEL], proxied({ HF_ENDPOINT: hub.url, ...more }));
        expect(hub.requests.length).toBeGreaterThan(0);
      }
      expect(asked).toEqual([]);
    } finally {
      await hub.close();
    }
  }));

test("the Hub is asked through the proxy; one that Node is not told to use is named when the Hub cannot be reached", () =>
  inWorld(async (world) => {
    const plan = ["plan", "--provider", "macprovider", "--provider-bin", world.provider.program];
    const hub = { HF_ENDPOINT: "http://hub.invalid" };
    await world.run([...plan, "--candidate-models", "t/Far-7B"], proxied(hub));
    expect(asked).toContainEqual(expect.stringContaining("hub.invalid"));
    asked = [];
    const { stderr } = await world.run([...plan, "--candidate-models", "t/Far-7B"], {
      ...proxied(hub),
      NODE_USE_ENV_PROXY: "",
    });
    expect(asked).toEqual([]);
    expect(stderr).toMatch(/HTTPS_PROXY is only used with NODE_USE_ENV_PROXY=1/);
  }));
