// What must be true of journal, launchd and run row at any step of a draining run: computed from the steps that were passed, and
// compared with what really is.
import type { DrainWorld, Problem } from "../support/worlds/drain-world.ts";
import type { Passed } from "./stage.ts";

interface Model {
  /** States of this run's journal rows, in the order in which they were written. */
  rows: string[];
  /** Whether launchd has each of them; null where it is just being told. */
  loaded: (boolean | null)[];
  active: boolean;
}

/** Follow the steps; rows that were open before this command are given. */
export function modelOf(lines: readonly Passed[], before: Model = { rows: [], loaded: [], active: false }): Model {
  const model: Model = { rows: [...before.rows], loaded: [...before.loaded], active: before.active };
  const newest = () => model.rows.findLastIndex((state) => ["intended", "out", "failed"].includes(state));
  for (const { side, name } of lines) {
    const at = newest();
    if (name === "drain.bootout" || name === "drain.sigterm") model.loaded[at] = side === "before" ? true : null;
    if (name === "restore.bootstrap") model.loaded[at] = side === "after" ? true : null;
    if (name === "restore.start") model.loaded[at] = null; // it answers some time after its start
    if (side !== "after") continue;
    if (name === "journal.intend")
      [model.rows, model.loaded] = [
        [...model.rows, "intended"],
        [...model.loaded, true],
      ];
    if (name === "journal.out") [model.rows[at], model.loaded[at]] = ["out", false];
    if (name === "journal.settle") [model.rows[at], model.loaded[at]] = ["restored", true];
    if (name === "run.begin") model.active = true;
    if (name === "run.ended" || name === "run.close-dead") model.active = false;
  }
  return model;
}

/** @param since id of the last journal row before this play */
export async function differences(world: DrainWorld, model: Model, since: number): Promise<Problem[]> {
  const rows = world.journal().filter(({ id }) => id > since);
  const found: Problem[] = [];
  const states = rows.map(({ state }) => state).join();
  if (states !== model.rows.join())
    found.push({
      kind: "torn",
      what: `the journal says ${states || "nothing"}, not ${model.rows.join() || "nothing"}`,
    });
  for (const [index, row] of rows.entries()) {
    // Only the newest row of a service says where it is.
    if (rows.findLastIndex(({ name }) => name === row.name) !== index) continue;
    const expected = model.loaded[index] ?? null;
    const loaded = await isInService(world, row.name);
    if (expected !== null && loaded !== expected)
      found.push({ kind: "drained", what: `${row.name} is ${loaded ? "" : "not "}in service` });
    if (!loaded && !["intended", "out", "failed"].includes(row.state))
      found.push({ kind: "drained", what: `${row.name} is out, and its row says ${row.state}` });
  }
  const active = world.rows("SELECT run_id FROM tune_active").length > 0;
  if (active !== model.active) found.push({ kind: "torn", what: `a run is ${active ? "" : "not "}active` });
  return found;
}

async function isInService(world: DrainWorld, name: string): Promise<boolean> {
  const label = /^launchd-managed (\S+)/.exec(name)?.[1];
  if (label === undefined) return world.isLive();
  return (await world.mac.launchctl(["print", `${world.mac.domain}/${label}`])).code === 0;
}

export interface RowBefore {
  /** Runs that were there before this play. */
  count: number;
  /** How a run ends that nobody kills. */
  endsAs: string;
  /** How many runs a run leaves. */
  keeps: number;
}

/** What the run's row must say once the next command has been. */
export function rowTruth(world: DrainWorld, lines: readonly Passed[], { count, endsAs, keeps }: RowBefore): Problem[] {
  const did = (name: string) => lines.some((one) => one.role === "run" && one.side === "after" && one.name === name);
  const rows = world.rows<{
    exit_reason: string | null;
    exit_detail: string | null;
    recommendation_json: string | null;
  }>("SELECT exit_reason, exit_detail, recommendation_json FROM tune_runs ORDER BY rowid");
  const wantedRows = Math.min(count + (did("run.begin") ? 1 : 0), did("runs.retain") ? keeps : Infinity);
  if (rows.length !== wantedRows) return [{ kind: "torn", what: `there are ${rows.length} rows` }];
  const row = rows.at(-1);
  if (!did("run.begin") || row === undefined) return [];
  const found: Problem[] = [];
  const wanted = did("run.ended") ? endsAs : "internal_error";
  if (row.exit_reason !== wanted) found.push({ kind: "torn", what: `the run ended ${row.exit_reason}, not ${wanted}` });
  if (!did("run.ended") && !/^the worker \(pid \d+\) died in phase /.test(row.exit_detail ?? ""))
    found.push({ kind: "torn", what: `the run says ${row.exit_detail}` });
  if (did("run.found") !== (row.recommendation_json !== null))
    found.push({
      kind: "torn",
      what: `its result is ${row.recommendation_json === null ? "lost" : "there too early"}`,
    });
  return found;
}

/** @param told how many notifications there were since the run began, once the next command has been */
export function toldTruth(lines: readonly Passed[], told: number): Problem[] {
  const did = (side: string, name: string) => lines.some((one) => one.side === side && one.name === name);
  if (!did("after", "run.begin")) return [];
  // Who dies while it is being shown cannot say that it was: then it is shown again.
  const hasSaidSo = (pid: number) =>
    lines.some((one) => one.pid === pid && one.side === "after" && one.name === "untold.told");
  const inDoubt = lines.some((one) => one.side === "during" && one.name === "notify.show" && !hasSaidSo(one.pid));
  return told === 1 || (inDoubt && told === 2) ? [] : [{ kind: "untold", what: `the user was told ${told} times` }];
}
