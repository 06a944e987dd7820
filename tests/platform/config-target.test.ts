// Which config a live provider reads, from what a Mac tells of it: two spellings are one file, and a guess is none.
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { findConfigTarget } from "../../worker/platform/live/config-target.ts";
import { isSameFile } from "../../worker/platform/files/same-file.ts";
import { startLaunchd } from "../support/worlds/launchd-harness.ts";
import { createMacTools, type MacTools } from "../support/mac/mac-process-tools.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let tools: MacTools;
let home: string;
beforeEach(() => {
  tools = createMacTools();
  home = realpathSync(mkdtempSync(join(tmpdir(), "config-target-")));
  mkdirSync(join(home, "private/My Configs"), { recursive: true });
  symlinkSync(join(home, "private"), join(home, "var"));
});
afterEach(() => {
  tools.close();
  removeFolder(home);
});

const target = (env = tools.env) => findConfigTarget("macprovider", { homeDir: home, env, platform: "darwin" });
const serving = (pid: number, ...args: string[]) => ({ pid, argv: ["malibu-cli", "serve", ...args], cwd: home });

test.each(["there", "not there yet"])("two spellings of one path that is %s are one config", async (state) => {
  if (state === "there") writeFileSync(join(home, "private/c.yaml"), "model: x\n");
  tools.run(
    serving(4001, "--config", join(home, "private/c.yaml")),
    serving(4002, "--config", join(home, "var/c.yaml")),
    serving(4003, "--config", "var/c.yaml"),
  );
  expect((await target()).path).toBe(join(home, "private/c.yaml"));
  tools.run(serving(4001, "--config", "/a/c.yaml"), serving(4002, "--config", "/b/c.yaml"));
  await expect(target()).rejects.toThrow(/two providers read different configs/);
});

test("another case is another file only where the volume says so", async () => {
  writeFileSync(join(home, "c.yaml"), "");
  expect(await isSameFile(join(home, "c.yaml"), join(home, "C.yaml"))).toBe(process.platform === "darwin");
  expect(await isSameFile(join(home, "new/c.yaml"), join(home, "new/d.yaml"))).toBe(false);
  // NFD and NFC of "é".
  expect(await isSameFile(join(home, "jose\u0301.yaml"), join(home, "jos\u00e9.yaml"))).toBe(true);
});

test("a config that is not there yet is one in both cases where its folder is found in both, as on a Mac's volume", async () => {
  const [one, other] = [join(home, "confs/new.yaml"), join(home, "confs/NEW.yaml")];
  mkdirSync(join(home, "confs"));
  expect(await isSameFile(one, other)).toBe(process.platform === "darwin");
  if (process.platform !== "darwin") symlinkSync(join(home, "confs"), join(home, "CONFS"));
  expect(await isSameFile(one, other)).toBe(true);
  expect(await isSameFile(one, join(home, "confs/newer.yaml"))).toBe(false);
});

test("a config whose path ps has cut is read whole where the kernel or its file tells, and else not at all", async () => {
  const path = join(home, "private/My Configs/c.yaml");
  tools.run(serving(4001, `--config=${path}`));
  expect((await target()).path).toBe(path);
  tools.breakTool("perl", "exit 2");
  await expect(target()).rejects.toMatchObject({
    code: "config_error",
    message: expect.stringMatching(/^which config foreground-PID-4001 reads cannot be told: .*value of --config ends/),
  });
  writeFileSync(path, "model: x\n");
  expect((await target()).path).toBe(path);
});

test("what launchd lists tells the words of a service that ps has joined", async () => {
  const mac = await startLaunchd();
  try {
    const path = join(home, "private/My Configs/c.yaml");
    const argv = [mac.program("malibu-cli"), "serve", "--port", "0", "--config", path];
    await mac.load({ label: "live.malibu.provider", argv, keepAlive: true });
    const pid = mac.pidOf("live.malibu.provider") ?? 0;
    const env = { ...mac.env, MLX_AUTOTUNE_TEST_SCOPE: undefined, PATH: `${tools.env["PATH"]}:${mac.env["PATH"]}` };
    tools.run({ pid, argv, env: { HOME: home } });
    tools.breakTool("perl", "exit 2");
    expect(await target(env)).toMatchObject({ path, service: { label: "live.malibu.provider", pids: [pid] } });
    tools.run({ pid, argv: [`/opt/node`, ...argv], env: { HOME: home } });
    expect((await target(env)).path).toBe(path);
  } finally {
    expect(await mac.stop()).toEqual([]);
  }
});
