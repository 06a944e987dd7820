// Which words, variables and folder a service was started with, where ps has joined its words: what launchd lists, else its plist.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { configNamedBy } from "../../worker/core/config/config-launch.ts";
import type { LaunchdProvider } from "../../worker/core/live/live-provider.ts";
import { listProcesses } from "../../worker/platform/processes/processes.ts";
import { startOfService } from "../../worker/platform/live/provider-start.ts";
import { createMacTools, type MacTools } from "../support/mac/mac-process-tools.ts";
import { plistText } from "../support/mac/write-plist.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";
import { macprovider } from "../../worker/providers/macprovider.ts";

const CONFIG = "/Users/tester/Library/Application Support/macprovider/config.yaml";
const ARGV = ["/opt/bin/malibu-cli", "serve", "--config", CONFIG];
let mac: MacTools;
let home: string;
beforeEach(() => {
  mac = createMacTools();
  mac.breakTool("perl", "exit 2");
  home = mkdtempSync(join(tmpdir(), "provider-start-"));
});
afterEach(() => {
  mac.close();
  removeFolder(home);
});

/** A service whose plist holds `plist`, and of which launchd lists `listed`. */
async function start(listed: string[], plist: Record<string, unknown>, isRunning = true) {
  const plistPath = join(home, "a.plist");
  writeFileSync(plistPath, plistText({ Label: "me.provider", ...plist }));
  const service: LaunchdProvider = {
    kind: "launchd-managed",
    role: "provider",
    domain: "gui/501",
    label: "me.provider",
    plistPath,
    argv: listed,
    program: "malibu-cli",
    processes: [],
    ports: [],
    listening: [],
  };
  const source = { platform: "darwin" as const, env: mac.env };
  if (isRunning) mac.run({ pid: 4001, argv: ARGV, cwd: "/w" });
  const processes = isRunning ? (await listProcesses(source)).filter(({ pid }) => pid === 4001) : [];
  return (await startOfService({ ...service, processes }, macprovider, { homeDir: home, ...source })).launch;
}

test("what launchd lists counts, whatever the plist says by now", async () => {
  expect((await start(ARGV, { ProgramArguments: ["/opt/bin/malibu-cli"] })).argv).toEqual(ARGV);
});

test("where launchd lists nothing, the plist does", async () => {
  expect((await start([], { ProgramArguments: ARGV })).argv).toEqual(ARGV);
});

test("words of neither are no way to a config", async () => {
  const other = ["/opt/bin/malibu-cli", "serve"];
  await expect(start(other, { ProgramArguments: other })).rejects.toThrow(/which config .* reads cannot be told/);
});

test("one that does not run is read as launchd would start it: no shell, from its folder or from /", async () => {
  const config = (plist: Record<string, unknown>) =>
    start([], { ProgramArguments: ["/opt/bin/malibu-cli", "serve"], ...plist }, false).then((launch) =>
      configNamedBy(launch, macprovider.config.launch),
    );
  const EnvironmentVariables = { MACPROVIDER_CONFIG: "$HOME/c.yaml" };
  expect(await config({ EnvironmentVariables })).toBe("/$HOME/c.yaml");
  expect(await config({ EnvironmentVariables, WorkingDirectory: "/srv" })).toBe("/srv/$HOME/c.yaml");
  expect(await config({ ProgramArguments: [...ARGV.slice(0, 3), "~/c.yaml"] })).toBe(`${home}/c.yaml`);
});
