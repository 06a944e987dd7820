import { expect, test } from "@jest/globals";
import { check, doctorText, type DoctorReport } from "../../../worker/core/result/check.ts";

const report = (checks: DoctorReport["checks"], more: Partial<DoctorReport> = {}): DoctorReport => ({
  could_start: checks.every((one) => one.state !== "error"),
  simulated: false,
  checks,
  ...more,
});

test("each check has a mark, its finding and below it what to do, within the width", () => {
  const text = doctorText(
    report([
      check("node", "Node", "ok", "22.23.3"),
      check("disk", "Disk", "warning", "only 3.0 GB free for models, which is hardly one model", "Free some space."),
      check("port", "Port", "error", "18080 is taken: port-18080 (PID 7)", "Choose another --port."),
      check("launchd", "launchd", "skipped", "launchd"),
      check("rosetta", "Rosetta", "skipped", "Rosetta"),
    ]),
    60,
    false,
  );
  expect(text.split("\n")).toEqual([
    "✓ fine   ! worth knowing   ✗ a run could not start",
    "✓ Node          22.23.3",
    "! Disk          only 3.0 GB free for models, which is hardly",
    "                one model",
    "                → Free some space.",
    "✗ Port          18080 is taken: port-18080 (PID 7)",
    "                → Choose another --port.",
    "– Not here: launchd; Rosetta",
    "",
    "A run could NOT start. Mend what is marked ✗ (Port).",
  ]);
});

test("without an error it says what to type, and on the simulator that nothing is measured", () => {
  const fine = [check("node", "Node", "ok", "22")];
  expect(doctorText(report(fine), 80, false)).toMatch(/A run could start: `mlx-autotune run`/);
  expect(doctorText(report(fine, { simulated: true }), 200, false)).toMatch(/on the simulator.*measures nothing/);
});

test("colour is on the marks only", () => {
  expect(doctorText(report([check("node", "Node", "ok", "22")]), 80, true)).toContain("\u001b[32m✓\u001b[0m Node ");
});
