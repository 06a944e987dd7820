// A provider that an apply or revert left down, told from the stored rows; and what to type.
import { describe, expect, test } from "@jest/globals";
import type { ApplicationRow, ApplicationStepRow } from "../../../worker/core/runs/read-model.ts";
import { applicationAlarm, applicationAlarms, stuckCommands } from "../../../worker/core/runs/stuck-recipe.ts";

const row = (part: Partial<ApplicationRow> = {}): ApplicationRow => ({
  ...{ id: 3, run_id: "4f1c", provider: "macprovider", model: "m/New", at_utc: "1", updated_utc: "2" },
  ...{ state: "unverified", config_path: "/c.yaml", backup_path: "/c.yaml.bak-1-0", edits_json: null },
  ...{ before_sha256: "a", after_sha256: "b", owner_pid: null, owner_started_at: null, is_current: true },
  ...part,
});
const steps = (...list: [step: string, ok: boolean, detail?: string][]): ApplicationStepRow[] =>
  list.map(([step, ok, detail = null], id) => ({ id, application_id: 3, at_utc: String(id), step, ok, detail }));
const ASKED = ["restart asked", true, "gui/501/live.x"] as [string, boolean, string];
const SILENT = ["provider answers", false, "it did not answer"] as [string, boolean, string];

describe("an alarm", () => {
  test("a recipe that could not be taken back names the file, the reason and the commands", () => {
    expect(applicationAlarm(row(), steps(ASKED, SILENT, ["rolled back", false, "the disk is full"]))).toMatchObject({
      kind: "stuck",
      title: "Not serving: live.x",
      why: "The recipe is still in /c.yaml, it could not be taken back: the disk is full.",
      commands: ["mlx-autotune restore", "mlx-autotune revert 3", "launchctl kickstart -k gui/501/live.x"],
    });
  });

  test("a provider that does not come up with its old config is down", () => {
    const down = steps(ASKED, SILENT, ["rolled back", true], ASKED, SILENT);
    expect(applicationAlarm(row({ state: "rolled_back" }), down)).toMatchObject({ kind: "down" });
    expect(applicationAlarm(row({ state: "reverted" }), steps(ASKED, SILENT, ["reverted", true]))).not.toBeNull();
  });

  test("none while a process works on it, once it serves, or where nobody saw the end", () => {
    const stuck = steps(ASKED, SILENT, ["rolled back", false]);
    expect(applicationAlarm(row({ owner_pid: 7 }), stuck)).toBeNull();
    const later: [string, boolean][] = [["provider looked at", true]];
    expect(applicationAlarm(row(), [...stuck, ...steps(...later)])).toBeNull();
    expect(applicationAlarm(row(), steps(ASKED, SILENT))).toBeNull();
    expect(applicationAlarm(row({ state: "applied" }), steps(ASKED, ["provider answers", true]))).toBeNull();
  });

  test("a later change of the same config stands for it", () => {
    const rows = [row({ id: 4, state: "applied", updated_utc: "9" }), row()];
    const applicationSteps = (id: number) =>
      id === 3 ? steps(ASKED, SILENT, ["rolled back", false]) : steps(ASKED, ["provider answers", true]);
    expect(applicationAlarms({ applications: () => rows, applicationSteps })).toEqual([]);
    expect(applicationAlarms({ applications: () => rows.slice(1), applicationSteps })).toHaveLength(1);
  });
});

test.each([
  ["recipe", ["mlx-autotune revert 3"]],
  ["edited", ["mlx-autotune revert 3 --force"]],
  ["gone", ["cp -p '/my c.yaml.bak-1-0' '/my c.yaml'", "mlx-autotune revert 3"]],
  ["broken", ["cp -p '/my c.yaml.bak-1-0' '/my c.yaml'", "mlx-autotune revert 3"]],
] as const)("a config that is %s is mended so", (file, commands) => {
  const stuck = { id: 3, path: "/my c.yaml", backup: "/my c.yaml.bak-1-0", file };
  expect(stuckCommands({ ...stuck, service: null })).toEqual(commands);
  const service = { domain: "gui/501", label: "live.x" };
  expect(stuckCommands({ ...stuck, service }).at(-1)).toBe("launchctl kickstart -k gui/501/live.x");
});
