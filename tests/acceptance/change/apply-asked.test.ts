// On a terminal apply and revert show a coloured diff and ask; only a yes writes.
import { spawn, spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { configText, createApplyWorld, NEW, type ApplyWorld } from "../../support/worlds/apply-world.ts";
import { eventually } from "../../support/worlds/live-world.ts";

const ON_TERMINAL = join(import.meta.dirname, "../../support/on-terminal.py");
const HAS_PYTHON = spawnSync("python3", ["--version"]).status === 0;
const [RED, GREEN, CTRL_C] = ["\u001b[31m", "\u001b[32m", "\u0003"];

let world: ApplyWorld;
let text: string;
beforeAll(async () => {
  world = await createApplyWorld();
  text = configText(world.port);
});
beforeEach(() => {
  world.writeConfig(text);
  world.storeRecipe();
});
afterEach(() => world.reset());
afterAll(async () => expect(await world.close()).toEqual([]));

/** Type `answer` once the question stands there. */
async function asked(args: string[], answer: string, env: Record<string, string> = {}, beforeAnswer = () => {}) {
  const words = [ON_TERMINAL, "100", process.execPath, resolve("assets/worker/cli.cjs"), ...args];
  const terminal = spawn("python3", words, {
    env: { ...world.mac.env, TERM: "xterm", NO_COLOR: "", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let drawn = "";
  terminal.stdout.setEncoding("utf8").on("data", (part: string) => (drawn += part));
  const code = new Promise<number | null>((done) => terminal.once("close", done));
  await eventually("the question or the end", () => drawn.includes("[y/N]") || terminal.exitCode !== null);
  beforeAnswer();
  if (terminal.exitCode === null) terminal.stdin.write(answer);
  return { code: await code, drawn };
}

(HAS_PYTHON ? describe : describe.skip)("on a terminal", () => {
  test("no and Ctrl-C write nothing; yes writes, and takes back", async () => {
    const no = await asked(["apply"], "\r");
    expect([no.code, world.config()]).toEqual([1, text]);
    expect(no.drawn).toContain(`${GREEN}+model: "${NEW}"`);
    expect(no.drawn).toContain(`${RED}-kv_bits: 4`);
    expect(no.drawn).toContain("Nothing was written.");
    expect((await asked(["apply"], CTRL_C)).code).toBe(130);
    expect([world.config(), world.backups()]).toEqual([text, []]);
    const yes = await asked(["apply"], "y\r", { NO_COLOR: "1" });
    expect([yes.code, world.config()]).toEqual([0, expect.stringContaining(NEW)]);
    expect(yes.drawn).not.toContain(GREEN);
    expect((await asked(["revert"], "yes\r")).code).toBe(0);
    expect(world.config()).toBe(text);
  }, 60_000);

  test("what changes while the question stands is not overwritten; --yes asks nothing", async () => {
    const later = `${text}\r\nby_hand: 1\r\n`;
    const late = await asked(["apply"], "y\r", {}, () => world.writeConfig(later));
    expect(late).toMatchObject({ code: 2, drawn: expect.stringContaining("was changed since the diff was made") });
    expect(world.config()).toBe(later);
    expect((await asked(["apply", "--yes"], "")).code).toBe(0);
  }, 60_000);
});
