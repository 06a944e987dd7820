// What the worker's remedies are in Raycast, where nobody types a flag.
import { expect, test } from "@jest/globals";
import { check, type DoctorReport } from "../../worker/core/result/check.ts";
import { NAMED_ANEW, type Remedy } from "../../worker/core/errors.ts";
import { withPreferences } from "../../src/lib/doctor/doctor-preferences.ts";
import { remedyHere } from "../../src/lib/worker/remedy-here.ts";
import { WorkerError } from "../../src/lib/worker/worker-error.ts";

const DATABASE: Remedy = { kind: "setting", setting: "db-path" };

test.each(NAMED_ANEW)("the setting %s is a preference", (setting) => {
  expect(remedyHere([{ kind: "setting", setting }])).toMatch(/^[^-]+ in the extension's preferences\.$/);
});

test("where no preference is named the worker's own sentence stays", () => {
  expect(remedyHere([])).toBeNull();
  expect(remedyHere([{ kind: "flag", flag: "--force", lifts: "edited" }, { kind: "look-again" }])).toBeNull();
});

test("a newer version comes first, a known value is named", () => {
  expect(remedyHere([{ kind: "update" }, DATABASE])).toBe(
    "Update the extension. Change Database in the extension's preferences.",
  );
  expect(remedyHere([{ kind: "setting", setting: "provider-bin", value: "/p/bin/mlx_lm.server" }])).toBe(
    "Choose /p/bin/mlx_lm.server in the extension's preferences.",
  );
});

const report: DoctorReport = {
  ...{ could_start: true, simulated: false },
  checks: [
    check("node", "Node", "ok", "22"),
    check("provider", "Provider", "error", "none", "brew install x", { text: "--provider-bin", remedies: [DATABASE] }),
    check("database", "Database", "ok", "1 run"),
    check("last-run", "Last run", "ok", "fine"),
  ],
};

test("of a check's repairs only those that name a setting are said anew", () => {
  const { checks, report: shown } = withPreferences(report, []);
  expect(shown.could_start).toBe(true);
  expect(checks.map(({ id, preferences }) => [id, preferences])).toEqual([
    ...[
      ["node", false],
      ["provider", true],
      ["database", false],
      ["last-run", false],
    ],
  ]);
  expect(checks[1]?.repair).toEqual(["brew install x", "Change Database in the extension's preferences."]);
});

test("a preference that names nothing stands for all checks that went by it", () => {
  const error = new WorkerError("The folder /x is not there.", { remedy: "Make it.", preferences: true });
  const { checks, report: shown } = withPreferences(report, [{ preference: "databasePath", error }]);
  expect([shown.could_start, checks.map(({ id }) => id)]).toEqual([false, ["node", "provider", "database"]]);
  expect(checks[2]).toMatchObject({ state: "error", text: error.message, repair: ["Make it."], preferences: true });
});
