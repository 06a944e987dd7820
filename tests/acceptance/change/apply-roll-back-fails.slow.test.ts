// A provider that does not come up, and a recipe that cannot be taken back: never silent, never exit 2, and always with what helps.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { configText, createApplyWorld, LABEL, NEW, OLD, type ApplyWorld } from "../../support/worlds/apply-world.ts";
import { eventually } from "../../support/worlds/live-world.ts";

interface Document {
  state: string;
  exit_code: number;
  roll_back_problem: string | null;
  remedies: string[];
  application_id: number;
  backup_path: string;
}

let world: ApplyWorld;
let text: string;
beforeAll(async () => {
  world = await createApplyWorld();
  text = configText(world.port);
});
beforeEach(() => world.writeConfig(text));
afterEach(() => world.reset());
afterAll(async () => expect(await world.close()).toEqual([]));

const kickstart = () => `launchctl kickstart -k ${world.mac.domain}/${LABEL}`;
const state = () => world.rows<{ state: string }>("SELECT state FROM v_applications ORDER BY id").at(-1)?.state;

/** Apply a recipe whose model does not load, and disturb the config while the provider is waited for. */
async function applyDisturbed(
  disturb: () => void,
  env: Record<string, string> = {},
): Promise<{ document: Document; code: number | null; stderr: string }> {
  await world.loadProvider();
  world.setScenario({ models: { [NEW]: { loadExit: { code: 1 } } } });
  world.storeRecipe();
  world.mac.addFault({ verb: "kickstart", delayMs: 3000 });
  const done = world.start(["apply", "--json", "--ready-timeout", "6"], env).finished;
  await eventually("the restart is asked for", () => world.config() !== text && state() === "restarting");
  disturb();
  const { code, stdout, stderr } = await done;
  return { document: JSON.parse(stdout) as Document, code, stderr };
}

const told = () => world.rows<{ step: string }>("SELECT step FROM v_application_steps").map(({ step }) => step);

test("read-only: exit 8, told, known to the next command, and a plain revert is enough", async () => {
  const { document, code, stderr } = await applyDisturbed(() => chmodSync(world.configPath, 0o444));
  expect([code, document.exit_code, document.state]).toEqual([8, 8, "roll_back_failed"]);
  expect(document.roll_back_problem).toContain("read-only");
  expect(document.remedies).toEqual([
    `Make it writable first: chmod u+w ${world.configPath}.`,
    `mlx-autotune revert ${document.application_id}`,
    kickstart(),
  ]);
  expect(stderr).toContain("THE RECIPE COULD NOT BE TAKEN BACK");
  expect(stderr).toContain(`${LABEL} IS NOT SERVING`);
  expect(told()).toContain("notification");

  const status = await world.run(["status", "--json"]);
  expect(status.stderr).toContain(`NOT SERVING since`);
  expect(JSON.parse(status.stdout)).toMatchObject({
    down: [
      {
        kind: "stuck",
        commands: ["mlx-autotune restore", `mlx-autotune revert ${document.application_id}`, kickstart()],
      },
    ],
  });
  expect((await world.run(["status"])).stdout).toContain("NOT SERVING");
  expect((await world.run(["runs"])).stderr).toContain("NOT SERVING");

  const still = await world.run(["restore", "--json", "--ready-timeout", "6"]);
  expect(still.code).toBe(8);
  expect(JSON.parse(still.stdout)).toMatchObject({ failed: [{ name: LABEL }] });

  chmodSync(world.configPath, 0o644);
  expect(await world.run(["restore"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`Back in service: ${LABEL}`),
  });
  expect([world.config(), await world.served(), state()]).toEqual([text, [OLD], "reverted"]);
  expect((await world.run(["status"])).stderr).toBe("");
});

test("the disk full: exit 8 with room as the remedy, and restore mends it once there is some", async () => {
  const steps = join(world.mac.home, "steps");
  const env = { MLX_AUTOTUNE_TEST_STEPS: steps, MLX_AUTOTUNE_TEST_BARRIERS: "fail:ENOSPC apply before config.temp 2" };
  const { document, code, stderr } = await applyDisturbed(() => undefined, env);
  expect([code, document.exit_code, document.state]).toEqual([8, 8, "roll_back_failed"]);
  expect(document.roll_back_problem).toContain("the disk is full");
  expect(document.remedies).toEqual([
    "Free some space, then repeat.",
    `mlx-autotune revert ${document.application_id}`,
    kickstart(),
  ]);
  expect(stderr).toContain("THE RECIPE COULD NOT BE TAKEN BACK");
  expect(told()).toContain("notification");
  expect((await world.run(["runs"])).stderr).toContain("NOT SERVING");
  expect((await world.run(["restore"])).code).toBe(0);
  expect([world.config(), await world.served()]).toEqual([text, [OLD]]);
});

test("edited meanwhile: the user's line stays, and force is named", async () => {
  const { document, code } = await applyDisturbed(() =>
    writeFileSync(world.configPath, world.config().replace("kv_bits: 8", "kv_bits: 6")),
  );
  expect([code, document.state]).toEqual([8, "roll_back_failed"]);
  expect(document.remedies).toContain(`mlx-autotune revert ${document.application_id} --force`);
  expect(world.config()).toContain("kv_bits: 6");
  expect(await world.run(["revert", String(document.application_id), "--force"])).toMatchObject({ code: 0 });
  expect([world.config(), await world.served()]).toEqual([text, [OLD]]);
});

test.each(["emptied", "deleted"])("%s meanwhile: nothing is made up, the backup is named", async (how) => {
  const { document, code } = await applyDisturbed(() =>
    how === "emptied" ? writeFileSync(world.configPath, "") : rmSync(world.configPath),
  );
  expect([code, document.state]).toEqual([8, "roll_back_failed"]);
  const [why = "", copy = "", ...rest] = document.remedies;
  expect(why).toMatch(/^Put it back \(its backup: .*\), then repeat\. Or repeat with --force/);
  expect(copy).toBe(`cp -p ${document.backup_path} ${world.configPath}`);
  expect(rest).toEqual([`mlx-autotune revert ${document.application_id}`, kickstart()]);

  writeFileSync(world.configPath, text);
  expect((await world.run(["revert", String(document.application_id)])).code).toBe(0);
  expect(await world.served()).toEqual([OLD]);
});

test("a provider that came up by itself later ends the alarm", async () => {
  const { document } = await applyDisturbed(() => chmodSync(world.configPath, 0o444));
  chmodSync(world.configPath, 0o644);
  world.setScenario({});
  await eventually("it serves", async () => (await world.served()).includes(NEW), 60_000);
  const status = await world.run(["status", "--json"]);
  expect(status.stderr).toBe("");
  expect(JSON.parse(status.stdout)).toMatchObject({
    down: [],
    applied: [{ id: document.application_id, state: "applied" }],
  });
});

describe("while another program holds the provider's own lock", () => {
  async function holdLock(lock: string) {
    const script = `import fcntl,sys,time; f = open(sys.argv[1], "w"); fcntl.flock(f, fcntl.LOCK_EX); print("held", flush=True); time.sleep(60)`;
    const other = spawn("python3", ["-c", script, lock], { stdio: ["ignore", "pipe", "inherit"] });
    await once(other.stdout, "data");
    return other;
  }

  test("apply waits, and then says who is in the way", async () => {
    world.storeRecipe();
    const lock = join(dirname(world.configPath), ".config.yaml.lock");
    const other = await holdLock(lock);
    const refused = await world.run(["apply"]);
    expect(refused).toMatchObject({ code: 75, stderr: expect.stringContaining(lock) });
    expect([world.config(), world.backups()]).toEqual([text, []]);
    const { finished } = world.start(["apply"]);
    setTimeout(() => other.kill(), 1000);
    expect((await finished).code).toBe(0);
    expect(world.config()).not.toBe(text);
  });

  test("a lock beside the link counts as much as one beside what it leads to", async () => {
    const dotfiles = join(world.mac.home, "dotfiles");
    mkdirSync(dotfiles, { recursive: true });
    renameSync(world.configPath, join(dotfiles, "mac.yaml"));
    symlinkSync(join(dotfiles, "mac.yaml"), world.configPath);
    world.storeRecipe();
    for (const lock of [join(dirname(world.configPath), ".config.yaml.lock"), join(dotfiles, ".mac.yaml.lock")]) {
      const other = await holdLock(lock);
      expect(await world.run(["apply"])).toMatchObject({ code: 75, stderr: expect.stringContaining(lock) });
      other.kill();
      await once(other, "close");
    }
    expect((await world.run(["apply"])).code).toBe(0);
  });
});

test("of many backups the newest ten stay", async () => {
  world.storeRecipe();
  for (let turn = 0; turn < 6; turn += 1)
    for (const command of ["apply", "revert"]) expect((await world.run([command])).code).toBe(0);
  expect(world.backups()).toHaveLength(10);
  expect(world.config()).toBe(text);
});

test("a config with a line of a megabyte is shown, applied and taken back, and a signal ends it", async () => {
  const long = `${text.replace("# end, no line break", "")}notes: "${"eyJhbGciOi-_9Zx.".repeat(62_500)}"\n`;
  world.writeConfig(long);
  await world.loadProvider();
  world.storeRecipe();
  expect((await world.run(["apply", "--dry-run"])).code).toBe(0);
  world.setScenario({ models: { [NEW]: { hangLoad: true } } });
  const { process: worker, finished } = world.start(["apply"]);
  await eventually("the restart was asked for", () => state() === "restarting");
  worker.kill("SIGINT");
  expect((await finished).code).toBe(130);
  world.setScenario({});
  expect((await world.run(["apply"])).code).toBe(0);
  expect(world.config()).toContain(NEW);
  expect((await world.run(["revert"])).code).toBe(0);
  expect(world.config()).toBe(long);
});

/** A disk that is full from the first step of taking the recipe back on: neither config nor database can be written. */
const FULL = [
  "fail:ENOSPC apply before config.temp 2",
  ...Array.from({ length: 8 }, (_, at) => `fail:ENOSPC apply before application.step ${at + 4}`),
  "fail:ENOSPC apply before application.release 1",
].join(", ");

test("a disk that is full by then, for the database, too: exit 8, told, and the next commands mend it", async () => {
  await world.loadProvider();
  world.setScenario({ models: { [NEW]: { loadExit: { code: 1 } } } });
  world.storeRecipe();
  const notified = join(world.mac.home, "notified");
  writeFileSync(join(world.mac.home, "bin/terminal-notifier"), `#!/bin/sh\necho "$@" >>'${notified}'\n`, {
    mode: 0o755,
  });
  const { code, stdout, stderr } = await world.run(["apply", "--json", "--ready-timeout", "6"], {
    MLX_AUTOTUNE_TEST_STEPS: join(world.mac.home, "steps-without-a-database"),
    MLX_AUTOTUNE_TEST_BARRIERS: FULL,
  });
  const document = JSON.parse(stdout) as Document;
  expect([code, document.exit_code, document.state]).toEqual([8, 8, "roll_back_failed"]);
  expect(document.roll_back_problem).toContain("the disk is full");
  expect(document.remedies).toEqual([
    "Free some space, then repeat.",
    `mlx-autotune revert ${document.application_id}`,
    kickstart(),
  ]);
  expect(stderr).toContain("THE RECIPE COULD NOT BE TAKEN BACK");
  expect(stderr).toContain('"rolled back" could not be written down');
  expect(readFileSync(notified, "utf8")).toMatch(/live provider is not serving .*mlx-autotune restore/);
  expect([world.config(), state()]).toEqual([expect.stringContaining(NEW), "restarting"]);

  const status = await world.run(["status"]);
  expect([status.code, state()]).toEqual([0, "unverified"]);
  expect(status.stderr).toContain(`${world.configPath} holds it, but nobody saw the provider come up`);
  expect((await world.run(["revert"])).code).toBe(0);
  expect([world.config(), await world.served(), state()]).toEqual([text, [OLD], "reverted"]);
});
