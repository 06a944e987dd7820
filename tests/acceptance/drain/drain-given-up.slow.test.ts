// Contract §5: the live provider cannot be brought back at all. At its real length: more than 90 s of tries.
import { expect, test } from "@jest/globals";
import type { RunResult } from "../../../worker/core/result/recipe.ts";
import { LABEL, onMac } from "../../support/worlds/drain-world.ts";

test("exit 8, the commands to type, a notification, a stored state that no run is blocked by, and restore mends it", () =>
  onMac(async (world) => {
    const { mac } = world;
    mac.addFault({ verb: "bootstrap", code: 5, times: 10_000 });
    const startedAt = performance.now();
    const run = await world.start(world.drainArgs()).finished;
    expect(performance.now() - startedAt).toBeGreaterThan(60_000);
    const commands = [`launchctl enable ${mac.domain}/${LABEL}`, `launchctl bootstrap ${mac.domain} ${world.plist}`];
    expect([run.code, (JSON.parse(run.stdout) as RunResult).exit_reason]).toEqual([8, "ok"]);
    for (const text of [
      ...commands,
      "mlx-autotune restore",
      "bootstrap answered 5",
      "launchctl load -w",
      "log out and in",
    ])
      expect(run.stderr).toContain(text);
    expect(world.notifications()).toEqual([expect.stringMatching(/live provider is not back.*live\.malibu\.provider/)]);
    expect(world.journal()).toMatchObject([{ state: "failed", last_error: expect.stringContaining("answered 5") }]);

    const status = await world.run(["status"]);
    expect([status.code, status.stdout]).toEqual([
      0,
      expect.stringContaining(`NOT IN SERVICE: launchd-managed ${LABEL}`),
    ]);
    for (const command of commands) expect(status.stdout).toContain(command);
    const json = JSON.parse((await world.run(["status", "--json"])).stdout) as { drains: unknown[] };
    expect(json.drains).toMatchObject([{ state: "failed", alarm: true, commands }]);
    const shown = JSON.parse((await world.run(["show", "--json"])).stdout) as { drained: unknown[] };
    expect(shown.drained).toMatchObject([{ state: "failed", alarm: true }]);

    const next = await world.start(world.drainArgs()).finished;
    expect([next.code, world.journal().length]).toEqual([0, 1]);

    mac.clearFaults();
    const restored = await world.run(["restore"]);
    expect([restored.code, restored.stdout]).toEqual([0, `Back in service: launchd-managed ${LABEL}.\n`]);
    await world.expectAsBefore();
  }));

test("the user types the commands: the red state goes by itself", () =>
  onMac(async (world) => {
    await world.run(["status"]);
    const service = {
      kind: "launchd",
      domain: world.mac.domain,
      label: LABEL,
      plistPath: world.plist,
      role: "provider",
      processes: [{ pid: 2 ** 22, startedAt: "long ago" }],
      ports: [world.livePort],
    };
    await world.mac.launchctl(["bootout", `${world.mac.domain}/${LABEL}`]);
    world.write(`INSERT INTO drain_journal (run_id, kind, name, state, service_json, owner_pid, owner_started_at, created_utc, updated_utc)
      VALUES ('run', 'launchd', 'launchd-managed ${LABEL}', 'failed', '${JSON.stringify(service)}', 1, 'long ago', '2025-01-01', '2025-01-01')`);
    expect((await world.run(["status"])).stdout).toContain("NOT IN SERVICE");
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await world.mac.launchctl(["bootstrap", world.mac.domain, world.plist])).code).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect((await world.run(["status"])).stdout).not.toContain("NOT IN SERVICE");
    await world.expectAsBefore();
  }));
