// Macs whose provider's config `apply` and `revert` change: at every step it is wholly old or wholly new, and the next command says which.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { configText, createApplyWorld, NEW, OLD, type ApplyWorld } from "../support/worlds/apply-world.ts";
import type { Problem } from "../support/worlds/drain-world.ts";
import type { Passed, Stage } from "./stage.ts";

export interface ApplyPlay {
  command: "apply" | "revert";
  always?: readonly string[];
  /** Without a config before, and without a provider that reads it. */
  absent?: boolean;
  /** The provider does not come up with the new model. */
  refuses?: boolean;
  /** So many backups are there already, and stay. */
  backups?: number;
  /** Just before the command, after the config is as it must be. */
  eachTime?(world: ApplyWorld): void;
  meanwhile?(world: ApplyWorld, line: Passed): void;
  /** Once the command has ended or was killed. */
  afterwards?(world: ApplyWorld): void;
}

export async function openApplyStage(options: ApplyPlay): Promise<Stage> {
  const { command, absent = false, refuses = false, backups = 0 } = options;
  const world = await createApplyWorld();
  world.storeRecipe();
  const old = absent ? null : configText(world.port);
  if (old !== null) {
    world.writeConfig(old);
    await world.loadProvider();
  }
  const text = () => (existsSync(world.configPath) ? world.config() : null);
  const fresh = await must(world, "apply").then(text);
  await must(world, "revert");
  for (let made = 2; made <= backups; made += 2) for (const one of ["apply", "revert"]) await must(world, one);
  const known = (): Problem[] =>
    [old, fresh].includes(text()) ? [] : [{ kind: "torn", what: `the config is neither old nor new: ${text()}` }];
  return {
    ...{ home: world.mac.home, dbPath: world.dbPath, always: options.always ?? [] },
    prepare: async () => {
      if (command === "revert") await must(world, "apply");
      if (refuses) world.setScenario({ models: { [NEW]: { loadExit: { code: 1 } } } });
      options.eachTime?.(world);
    },
    start: (env) => world.start([command, "--ready-timeout", "30"], env),
    meanwhile: (line) => options.meanwhile?.(world, line),
    look: (lines) => {
      const turned = lines.filter(({ side, name }) => side === "after" && CHANGES.includes(name)).length % 2 === 1;
      const wanted = turned === (command === "apply") ? fresh : old;
      return text() === wanted ? [] : [{ kind: "torn", what: `the config is not ${wanted === old ? "old" : "new"}` }];
    },
    complete: async () => {
      options.afterwards?.(world);
      const found = [...known(), ...(await saysTheTruth(world, text() === fresh))];
      world.setScenario({});
      await must(world, "apply");
      if (text() !== fresh || (!absent && !(await world.served()).includes(NEW)))
        found.push({ kind: "torn", what: "the next apply does not complete it" });
      await must(world, "revert");
      if (text() !== old) found.push({ kind: "torn", what: "revert does not bring the old config back" });
      if (!absent && !(await world.served()).includes(OLD))
        found.push({ kind: "drained", what: "the provider does not serve the old model" });
      return [...found, ...leftovers(world, backups > 0)];
    },
    close: async () => {
      const left = await world.close();
      if (left.length > 0) throw new Error(`left behind: ${left.join()}`);
    },
  };
}

/** Steps that turn the file from old to new or back. */
const CHANGES = ["config.rename", "config.remove"];

async function must(world: ApplyWorld, command: string): Promise<void> {
  const { code, stderr } = await world.run([command, "--ready-timeout", "30"]);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr}`);
}

/** `status` settles what a dead one left: what it then says of the application is what the file holds. */
async function saysTheTruth(world: ApplyWorld, isNew: boolean): Promise<Problem[]> {
  const { code, stderr } = await world.run(["status"]);
  if (code !== 0) return [{ kind: "torn", what: `status ended with ${code}: ${stderr}` }];
  const [last] = world.rows<{ state: string; owner_pid: number | null }>(
    "SELECT state, owner_pid FROM v_applications ORDER BY id DESC LIMIT 1",
  );
  const found: Problem[] = [];
  if (last?.owner_pid != null) found.push({ kind: "torn", what: "a dead process still owns the application" });
  const state = last?.state ?? "none";
  const fits = (isNew ? IN_FORCE : NOT_IN_FORCE).includes(state);
  if (!fits && !/revert/.test(stderr))
    found.push({ kind: "torn", what: `the config is ${isNew ? "new" : "old"} and the application ${state}` });
  return found;
}

const IN_FORCE = ["applied", "unverified"];
const NOT_IN_FORCE = ["failed", "rolled_back", "reverted", "none"];

function leftovers(world: ApplyWorld, keep: boolean): Problem[] {
  const names = existsSync(dirname(world.configPath)) ? readdirSync(dirname(world.configPath)) : [];
  // `.config.yaml.lock` is the provider's, and stays: whoever removed it could take it from one who waits for it.
  const left = names.filter((name) => /\.mlx-autotune\.(tmp|lock)(\.\d+)?$/.test(name));
  for (const name of names.filter((one) => !keep && one.includes(".bak-")))
    rmSync(`${dirname(world.configPath)}/${name}`);
  return left.length === 0 ? [] : [{ kind: "torn", what: `left behind: ${left.join()}` }];
}
