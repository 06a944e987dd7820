// Processes and listeners as a Mac tells them: by ps, lsof and perl, which may be late, cut, wrong, or set to another language.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { describeLive, refusal } from "../../worker/core/live/conflict.ts";
import { AutotuneError } from "../../worker/core/errors.ts";
import { describeOther } from "../../worker/core/live/other-servers.ts";
import { findLiveProviders } from "../../worker/platform/live/live-providers.ts";
import { findListeners, listenerPids, portsOfPids } from "../../worker/platform/processes/port-listener.ts";
import {
  listProcesses,
  type ProcessSource,
  readSurroundings,
  tryListProcesses,
} from "../../worker/platform/processes/processes.ts";
import { eventually, stillThere } from "../support/worlds/live-world.ts";
import { createMacTools, type MacTools } from "../support/mac/mac-process-tools.ts";

let mac: MacTools;
beforeEach(() => {
  mac = createMacTools();
});
afterEach(() => mac.close());

const source = () => ({ platform: "darwin" as const, env: mac.env });
/** So that a tool that hangs does not hold the test up; whatever else it does, it has done long before. */
const hurried = () => ({ ...source(), limitS: 3 });
const uid = process.getuid?.() ?? 501;
const search = (how: ProcessSource = source()) =>
  findLiveProviders({ ...how, env: mac.env, port: 18_080, homeDir: "/nowhere", uid, ownPid: 1 });

const PROVIDER = { pid: 4001, argv: ["/Users/josé/.malibu/bin/malibu-cli", "serve", "--port", "8080"] };
const JSON_ARGV = [
  "/opt/mlx_lm.server",
  "--chat-template",
  "",
  "--chat-template-args",
  '{"a": "x --y"}',
  "--port",
  "81",
];

const FAULTS: [string, string, RegExp][] = [
  ["ends with an error", "echo 'went wrong' >&2; exit 1", /ended with 1: went wrong$/],
  ["is killed half way", "echo '1 0 1 0 S x'; kill -9 $$", /was ended by SIGKILL$/],
  ["takes too long", "exec sleep 60", /did not answer within 3 s$/],
  ["is cut off", "printf '1 0 1'; exit 0", /is cut off$/],
];

describe("an answer that cannot be relied on is an error, never a Mac on which nothing runs", () => {
  const conflict = (message: RegExp) =>
    expect.objectContaining({ code: "provider_conflict", message: expect.stringMatching(message) });

  test.each(FAULTS)("ps that %s", async (_, fault, message) => {
    mac.breakTool("ps", fault);
    await expect(listProcesses(hurried())).rejects.toEqual(conflict(message));
    await expect(search(hurried())).rejects.toBeInstanceOf(AutotuneError);
    expect(await tryListProcesses(hurried())).toBeNull();
  });

  test.each(FAULTS)("lsof that %s", async (_, fault, message) => {
    mac.breakTool("lsof", fault);
    await expect(findListeners(18_080, hurried())).rejects.toEqual(conflict(message));
    await expect(portsOfPids([1], hurried())).rejects.toEqual(conflict(message));
    await expect(search(hurried())).rejects.toBeInstanceOf(AutotuneError);
    expect(await listenerPids(18_080, hurried())).toBeNull();
  });

  test("a list without this very process", async () => {
    mac.breakTool("ps", "echo '1 0 1 0 Ss Mon Nov 23 08:00:01 2026 /sbin/launchd'; exit 0");
    await expect(listProcesses(source())).rejects.toEqual(conflict(/this very process is missing/));
  });
});

test("a tool that leaves its output open when it is killed is given up, too", async () => {
  mac.breakTool("ps", `while [ -d '${mac.env["HOME"]}' ]; do sleep 0.1; done & wait`);
  await expect(listProcesses({ ...source(), limitS: 1 })).rejects.toThrow(/did not answer within 1 s$/);
});

test("a PATH that lacks the system's folders is no Mac without ps", async () => {
  const listed = await tryListProcesses({ platform: "darwin", env: { PATH: "/nowhere" } });
  expect(listed?.some(({ pid }) => pid === process.pid)).toBe(true);
});

describe("a signal ends the waiting for a tool, and the tool", () => {
  /** What each of them prints first: that it was asked. */
  const hang = (tool: "ps" | "lsof" | "perl") => mac.breakTool(tool, `echo $$ >>hung; exec sleep 600`);
  const hung = () =>
    existsSync(join(mac.folder, "hung"))
      ? readFileSync(join(mac.folder, "hung"), "utf8").split("\n").filter(Boolean).map(Number)
      : [];

  test.each<["ps" | "lsof" | "perl", (how: ProcessSource) => Promise<unknown>]>([
    ["ps", (how) => listProcesses(how)],
    ["ps", (how) => search(how)],
    ["lsof", (how) => findListeners(18_080, how)],
    ["lsof", (how) => search(how)],
    ["perl", (how) => readSurroundings({ ...PROVIDER, ppid: 1, pgid: 1, uid, start: "" }, how)],
  ])("%s", async (tool, ask) => {
    mac.run(PROVIDER);
    hang(tool);
    const reason = new Error("Ctrl-C");
    const stop = new AbortController();
    const asked = ask({ ...source(), signal: stop.signal, limitS: 600 });
    asked.catch(() => undefined);
    await eventually("it is asked", () => hung().length > 0);
    stop.abort(reason);
    await expect(asked).rejects.toBe(reason);
    expect(await stillThere(hung())).toEqual([]);
    await expect(ask({ ...source(), signal: stop.signal })).rejects.toBe(reason);
  });
});

test("lsof that finds nothing, and a warning of it about a volume, are answers", async () => {
  expect(await findListeners(18_080, source())).toEqual([]);
  mac.breakTool(
    "lsof",
    "echo \"lsof: WARNING: can't stat() smbfs file system /V\" >&2; printf 'p7\\nf1\\nn*:18080\\n'; exit 0",
  );
  expect(await findListeners(18_080, source())).toEqual([{ pid: 7, port: 18_080 }]);
});

test("a provider in a folder whose name ps has cut at its spaces is a live one", async () => {
  const program = "/Users/tester/Library/Application Support/macprovider/bin/macprovider-cli";
  mac.run({ pid: 4005, argv: [program, "serve", "--port", "8080"] });
  expect((await search()).live.map(describeLive)).toEqual(["foreground-PID-4005 (macprovider-cli, port 8080)"]);
});

test("names that are not ASCII are true in any language", async () => {
  mac.run(PROVIDER);
  for (const language of [{}, { LC_ALL: "C" }, { LC_ALL: "en_US.UTF-8" }, { LANG: "C" }, { LC_CTYPE: "C" }]) {
    const found = await listProcesses({ ...source(), env: { ...mac.env, ...language } });
    expect(found[0]?.argv).toEqual(PROVIDER.argv);
  }
});

describe("what a process was started with", () => {
  const around = async () => {
    const [process] = await listProcesses(source());
    if (process === undefined) throw new Error("none listed");
    return readSurroundings(process, source());
  };

  test("comes word by word from the kernel", async () => {
    const env = { TEXT: "two words and A=b", EMPTY: "" };
    mac.run({ pid: 4002, argv: JSON_ARGV, env, cwd: "/Users/josé/My Models" });
    expect(await around()).toEqual({ argv: JSON_ARGV, env, cwd: "/Users/josé/My Models", doubt: null });
  });

  test("is put together from ps where the kernel cannot be asked, and says so where that is a guess", async () => {
    mac.run({ pid: 4002, argv: JSON_ARGV, env: { HOME: "/h" } });
    mac.breakTool("perl", "exit 2");
    expect(await around()).toMatchObject({ argv: expect.arrayContaining(["--port", "81"]), env: { HOME: "/h" } });
    expect((await around()).doubt).toMatch(/where the value of --chat-template-args ends/);
    mac.run({ pid: 4002, argv: ["/opt/mlx_lm.server", "--chat-template", "", "--port", "81"] });
    expect(await around()).toMatchObject({
      argv: ["/opt/mlx_lm.server", "--chat-template", "", "--port", "81"],
      doubt: null,
    });
  });

  test("is not believed where it does not give the line of ps", async () => {
    mac.run({ pid: 4002, argv: ["/opt/mlx_lm.server", "--port", "99"], line: "/opt/mlx_lm.server --port 81" });
    expect(await around()).toMatchObject({ argv: ["/opt/mlx_lm.server", "--port", "81"], doubt: null });
  });

  test("is unknown of a process that has ended", async () => {
    const gone = { pid: 9, ppid: 1, pgid: 9, uid, start: "", argv: ["mlx_lm.server"] };
    expect(await readSurroundings(gone, source())).toMatchObject({ argv: [], env: null, doubt: "it has ended" });
  });
});

test("a foreground provider whose words cannot be told is not drained to be started again, and nothing is touched", async () => {
  mac.run({ pid: 4002, argv: JSON_ARGV, env: { HOME: "/h" } });
  expect(refusal(await search(), true, true)).toBeNull();
  mac.breakTool("perl", "exit 2");
  const found = await search();
  expect(found.live.map(describeLive)).toEqual(["foreground-PID-4002 (mlx_lm.server, port 81)"]);
  expect(refusal(found, true, false)).toBeNull();
  expect(refusal(found, true, true)).toEqual({
    message: expect.stringMatching(/^foreground-PID-4002 .* could not be started again as it was: ps joins arguments/),
    remedy: expect.stringContaining("kill 4002"),
  });
});

test("nor is one whose environment cannot be read", async () => {
  mac.run({ pid: 4002, argv: ["/opt/mlx_lm.server", "--port", "81"] });
  const found = await search();
  expect(refusal(found, true, false)).toBeNull();
  expect(refusal(found, true, true)?.message).toMatch(/could not be started again as it was: its environment cannot/);
});

test("another server is named with its memory and its helpers', and is in nobody's way", async () => {
  mac.run(
    { pid: 501, argv: ["/opt/bin/python3", "/opt/bin/mlx_vlm.server", "--model", "x"], rss: 13_000_000 },
    { pid: 502, argv: ["omlx-server"], rss: 2_000_000 },
    PROVIDER,
  );
  const { live, others } = await search();
  expect(live.map(describeLive)).toEqual(["foreground-PID-4001 (malibu-cli, port 8080)"]);
  expect(others.map(describeOther)).toEqual([
    "mlx_vlm.server (PID 501, 12.4 GB resident)",
    "oMLX (PID 502, 1.9 GB resident)",
  ]);
});

test("another server that holds our port is in the way, and named once", async () => {
  mac.run({ pid: 501, argv: ["llama-server", "-m", "q.gguf", "--port", "18080"] });
  mac.breakTool("lsof", "case \"$*\" in *-iTCP:*) printf 'p501\\nf1\\nn127.0.0.1:18080\\n'; exit 0;; esac");
  const { live, others } = await search();
  expect(live.map(describeLive)).toEqual(["port-18080 (PID 501, llama-server -m q.gguf)"]);
  expect(others).toEqual([]);
});
