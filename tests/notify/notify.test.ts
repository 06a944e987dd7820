// Contract §13: the chain of notifiers with programs on PATH, and the outcome of `notify-test`, as a user of the program sees it.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ifNothingAppeared, notifiedSchema } from "../../worker/core/result/notified.ts";
import { processorArch, type NotifierHost } from "../../worker/notify/notifiers.ts";
import { notify } from "../../worker/notify/notify.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const PROGRAM = resolve("assets/worker/cli.cjs");

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "notify-"));
  mkdirSync(join(home, "bin"));
});
afterEach(() => removeFolder(home));

const MESSAGE = {
  title: 'Recipe ready: a "b"',
  message: "41.8 tok/s · $(touch /tmp/no)",
  link: "raycast://x?context=%7B%7D",
};
const LINUX: NotifierHost = { platform: "linux", arch: "x64", helper: null };

/** Put a program on the test's PATH that notes its arguments, one per line. */
function tool(name: string, then = "exit 0", folder = join(home, "bin")): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nfor arg in "$@"; do echo "$arg" >>'${home}/${name}.log'; done\n${then}\n`);
  chmodSync(path, 0o755);
  return path;
}

const told = (name: string): string[] => {
  const log = join(home, `${name}.log`);
  return existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
};

const env = (): NodeJS.ProcessEnv => ({ PATH: join(home, "bin"), HOME: home });

/** A Mac whose worker was shipped with the helper. */
function mac(arch: string, then?: string): NotifierHost {
  mkdirSync(join(home, "helper"));
  return { platform: "darwin", arch, helper: tool("helper-notifier", then, join(home, "helper")) };
}

test("the native terminal-notifier comes first and gets text and link as arguments", async () => {
  for (const name of ["terminal-notifier", "osascript", "notify-send"]) tool(name);
  expect(await notify(MESSAGE, env(), mac("x64"))).toEqual({ via: "terminal-notifier", tried: [] });
  expect(told("terminal-notifier")).toEqual([
    ...["-title", MESSAGE.title, "-message", MESSAGE.message],
    ...["-group", "mlx-autotune", "-open", MESSAGE.link],
  ]);
  expect([told("helper-notifier"), told("osascript"), told("notify-send")]).toEqual([[], [], []]);
});

test("on Apple silicon osascript goes before the bundled helper, which may hang there, and Rosetta must run it", async () => {
  tool("arch");
  const silicon = mac("arm64", "trap '' TERM; while :; do /bin/sleep 0.2; done");
  tool("osascript");
  expect((await notify(MESSAGE, env(), silicon, 300)).via).toBe("osascript");
  expect([told("arch"), told("helper-notifier")]).toEqual([[], []]);
  tool("osascript", "echo 'execution error: Not authorised (-1743)' >&2; exit 1");
  expect(await notify(MESSAGE, env(), silicon, 300)).toEqual({
    via: null,
    tried: [
      "terminal-notifier: not there",
      "osascript: execution error: Not authorised (-1743)",
      "the bundled terminal-notifier: did not return within 0.3 s, so whether it was shown is unknown",
      "notify-send: not there",
    ],
  });
  expect(told("arch")).toEqual(["-x86_64", "/usr/bin/true"]);
  expect(told("helper-notifier")).toContain(MESSAGE.link);
  tool("arch", "echo 'arch: posix_spawnp: true: Bad CPU type in executable' >&2; exit 1");
  tool("notify-send");
  const shown = await notify({ ...MESSAGE, link: null }, env(), silicon);
  expect(shown.tried.at(-1)).toBe("the bundled terminal-notifier: needs Rosetta");
});

test("a Mac with Intel's processor is not asked for Rosetta", async () => {
  tool("arch", "exit 1");
  expect((await notify(MESSAGE, env(), mac("x64"))).via).toBe("the bundled terminal-notifier");
  expect(told("arch")).toEqual([]);
});

test("Node for Intel on Apple silicon does not make it Intel's", () => {
  expect(processorArch("darwin", "x64", "VirtualApple @ 2.50GHz processor")).toBe("arm64");
  expect(processorArch("darwin", "arm64", "Apple M4 Max")).toBe("arm64");
  expect(processorArch("darwin", "x64", "Intel(R) Core(TM) i7-9750H CPU @ 2.60GHz")).toBe("x64");
  expect(processorArch("linux", "x64", "Apple")).toBe("x64");
});

test("osascript gets the text after its script, never inside it", async () => {
  tool("osascript");
  expect((await notify(MESSAGE, env(), LINUX)).via).toBe("osascript");
  const lines = told("osascript");
  expect(lines.slice(-2)).toEqual([MESSAGE.title, MESSAGE.message]);
  expect(lines.slice(0, -2).join(" ")).toBe(
    "-e on run argv -e display notification (item 2 of argv) with title (item 1 of argv) -e end run",
  );
});

test("notify-send is the last; what each one before it said is told", async () => {
  tool("terminal-notifier", "echo 'no Notification Center' >&2; exit 1");
  tool("osascript", "exit 3");
  tool("notify-send");
  const shown = await notify(MESSAGE, env(), LINUX);
  expect(shown.via).toBe("notify-send");
  expect(shown.tried).toEqual(["terminal-notifier: no Notification Center", expect.stringMatching(/^osascript: .*3/)]);
  expect(told("notify-send")).toEqual(["--app-name=MLX Autotune", "--", MESSAGE.title, MESSAGE.message]);
});

test("a tool that hangs and does not heed SIGTERM is left behind after its time", async () => {
  tool("terminal-notifier", "trap '' TERM; while :; do /bin/sleep 0.2; done");
  tool("notify-send");
  const shown = await notify(MESSAGE, env(), LINUX, 300);
  expect(shown).toEqual({
    via: "notify-send",
    tried: [
      "terminal-notifier: did not return within 0.3 s, so whether it was shown is unknown",
      "osascript: not there",
    ],
  });
});

test("text that terminal-notifier would take for an option or a list arrives as text", async () => {
  tool("terminal-notifier");
  await notify({ title: "[1] done", message: "-3 % slower", link: null }, env(), LINUX);
  expect(told("terminal-notifier").slice(0, 4)).toEqual(["-title", "\\[1] done", "-message", "\\-3 % slower"]);
});

test("where nothing can show it the outcome says so of every tool, and nothing is thrown", async () => {
  expect(await notify(MESSAGE, env(), LINUX)).toEqual({
    via: null,
    tried: ["terminal-notifier: not there", "osascript: not there", "notify-send: not there"],
  });
});

/** The built program with only the test's tools on PATH. */
function program(...args: string[]) {
  const link = { MLX_AUTOTUNE_DEEP_LINK: MESSAGE.link };
  return spawnSync(process.execPath, [PROGRAM, ...args], {
    env: { ...env(), ...link, MLX_AUTOTUNE_TEST_SCOPE: home },
    encoding: "utf8",
  });
}

test("notify-test shows one with the link, prints how, and notes it on the latest run", () => {
  tool("notify-send");
  program("run", "--provider", "simulated", "--max-tokens", "many");
  const text = program("notify-test");
  expect([text.status, text.stdout]).toEqual([
    0,
    "Handed to notify-send, which reported no error. If nothing appeared, see whether your desktop is set to show notifications.\n",
  ]);
  rmSync(join(home, "bin/notify-send"));
  const failed = program("notify-test", "--json");
  expect(failed.status).toBe(1);
  expect(notifiedSchema.parse(JSON.parse(failed.stdout))).toMatchObject({ via: null });
  tool("terminal-notifier");
  expect(JSON.parse(program("notify-test", "--json").stdout)).toEqual({ via: "terminal-notifier", tried: [] });
  expect(told("terminal-notifier")).toContain(MESSAGE.link);
  const db = new DatabaseSync(join(home, ".config/mlx-autotune/autotune.sqlite"), { readOnly: true, timeout: 5000 });
  const notes = db.prepare("SELECT text FROM v_notes WHERE kind = 'notification-test' ORDER BY id").all();
  db.close();
  expect(notes).toEqual([
    { text: "handed to notify-send, which reported no error" },
    { text: expect.stringMatching(/^no tool took it \(terminal-notifier: not there; /) },
    { text: "handed to terminal-notifier, which reported no error" },
  ]);
});

test("what to do if nothing appeared names the program that macOS has to allow", () => {
  expect(ifNothingAppeared("osascript")).toMatch(/allow Script Editor in System Settings > Notifications .*Focus/);
  for (const via of ["terminal-notifier", "the bundled terminal-notifier"])
    expect(ifNothingAppeared(via)).toMatch(/allow terminal-notifier in System Settings > Notifications and .*Focus/);
});

test("notify-test works before there is any run", () => {
  tool("notify-send");
  expect(program("notify-test").status).toBe(0);
});
