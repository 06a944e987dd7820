import { describe, expect, test } from "@jest/globals";
import { nearestName } from "../../../worker/core/text/suggest.ts";
import {
  GROUPS,
  isSwitch,
  SETTING_NAMES,
  type SettingName,
  settingOf,
  settingsTable,
  variableOf,
} from "../../../worker/core/settings/options.ts";

describe("numbers", () => {
  const RANGES: [SettingName, number, number][] = [
    ["target-context", 128, 1_048_576],
    ["port", 1024, 65_535],
    ["stage1-replicates", 1, 100],
    ["stage2-replicates", 1, 100],
    ["gate-ttft-ms", 1, 3_600_000],
    ["max-tokens", 1, 32_768],
    ["seed", 0, 4_294_967_295],
    ["max-duration", 1, 604_800],
    ["ready-timeout", 1, 7200],
    ["drain-grace", 0, 600],
    ["retain-runs", 1, 10_000],
    ["tps-tie-epsilon", 0, 1],
  ];

  test.each(RANGES)("--%s is legal from %i to %i, and not one beyond", (name, least, most) => {
    const setting = settingOf(name);
    expect(setting.parse(String(least))).toEqual({ ok: true, value: least });
    expect(setting.parse(String(most))).toEqual({ ok: true, value: most });
    expect(setting.parse(String(most + 1))).toMatchObject({ ok: false, problem: `"${most + 1}" is above ${most}` });
    expect(setting.parse(String(least - 1)).ok).toBe(false);
    expect(setting.limits).toContain(`${least} to ${most}`);
  });

  test.each(["NaN", "Infinity", "-1", "+5000", "1e4", "0x1388", "5_000", "5000.0", "5,000", "5000ms", "", " ", "٥٠٠٠"])(
    "a whole number is never read from %j",
    (text) => {
      for (const [name] of RANGES.slice(0, -1)) expect(settingOf(name).parse(text).ok).toBe(false);
    },
  );

  test("blanks around digits do not matter", () => {
    expect(settingOf("port").parse(" 5000\n")).toEqual({ ok: true, value: 5000 });
    expect(settingOf("tps-tie-epsilon").parse(" 0.10 ")).toEqual({ ok: true, value: 0.1 });
  });

  test.each([".1", "1.", "1e-1", "-0.1", "0,1", "NaN", "10%"])("an epsilon is never read from %j", (text) => {
    expect(settingOf("tps-tie-epsilon").parse(text).ok).toBe(false);
  });
});

describe("words, sizes and paths", () => {
  test.each([
    ["max-model-size", "8B", 8],
    ["max-model-size", "0.5b", 0.5],
    ["min-model-size", "350M", 0.35],
    ["provider", " mlx-lm ", "mlx-lm"],
    ["drain", "YES", true],
    ["drain", "0", false],
    ["db-path", " ~/x.sqlite ", "~/x.sqlite"],
    ["simulated-profile", "m2-ultra_192.v1", "m2-ultra_192.v1"],
    ["resume", "true", { run: null }],
    ["resume", "off", null],
    ["resume", "0b6f-41", { run: "0b6f-41" }],
  ] as const)("--%s %j is %j", (name, text, value) => {
    expect(settingOf(name).parse(text)).toEqual({ ok: true, value });
  });

  test.each([
    ["max-model-size", "8"],
    ["max-model-size", "0B"],
    ["max-model-size", "-1B"],
    ["max-model-size", "10001B"],
    ["max-model-size", "8GB"],
    ["provider", "ollama"],
    ["provider", "AUTO"],
    ["method", ""],
    ["drain", "maybe"],
    ["db-path", ""],
    ["db-path", "/var/"],
    ["db-path", "~"],
    ["db-path", ".."],
    ["db-path", "~bob/x.sqlite"],
    ["db-path", "a\u0000b"],
    ["provider-bin", `/${"x".repeat(1024)}`],
    ["simulated-profile", "../etc"],
    ["resume", "abc"],
    ["resume", "a b c d"],
  ] as const)("--%s %j is refused", (name, text) => {
    expect(settingOf(name).parse(text).ok).toBe(false);
  });

  test("a refused text is shown escaped and cut", () => {
    const parsed = settingOf("port").parse(`\u001b[31m${"9".repeat(500)}`);
    expect(parsed.ok ? "" : parsed.problem).toMatch(/^"\\u001b\[31m9{75}…" is not a whole number$/);
  });
});

describe("the table", () => {
  test("holds every flag of the contract and our own", () => {
    const contract =
      "provider provider-bin target-context candidate-models max-model-size min-model-size kv-bits-axis max-batch-axis " +
      "max-context-axis method stage1-replicates stage2-replicates tps-tie-epsilon batch-load gate-ttft-ms max-tokens " +
      "max-duration ready-timeout drain drain-grace restart-foreground apply port db-path retain-runs resume offline seed " +
      "json dry-run report-only verbose";
    const own = ["simulated-profile", "prefill-step-size-axis", "compare"];
    expect(SETTING_NAMES.toSorted()).toEqual([...contract.split(" "), ...own].toSorted());
  });

  test("has a default that its own parser reads, a group, limits and a help line for each", () => {
    for (const name of SETTING_NAMES) {
      const setting = settingOf(name);
      if (setting.fallback !== null)
        expect(setting.parse(setting.defaultText)).toEqual({ ok: true, value: setting.fallback });
      expect(GROUPS).toContain(setting.group);
      expect([setting.limits, setting.help, setting.defaultText].every((text) => text.length > 0)).toBe(true);
    }
    expect(settingOf("target-context").fallback).toBe(2000);
    expect(settingOf("port").fallback).toBe(18_080);
  });

  test("names variables in upper case with underscores", () => {
    expect(variableOf("max-model-size")).toBe("MLX_AUTOTUNE_MAX_MODEL_SIZE");
  });

  test("becomes Markdown rows of four cells, pipes escaped", () => {
    const rows = settingsTable();
    expect(rows).toHaveLength(SETTING_NAMES.length + 2);
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(5);
    expect(rows).toContain(
      "| `--port <N>` | 18080 | a whole number from 1024 to 65535 | port on 127.0.0.1 where candidates listen |",
    );
    expect(rows.find((row) => row.includes("--verbose"))).toContain("`-v, --verbose` | off | on or off");
    expect(SETTING_NAMES.filter(isSwitch)).toHaveLength(9);
  });
});

test("a mistyped name finds its neighbour, a strange one none", () => {
  expect(nearestName("max-token", SETTING_NAMES)).toBe("max-tokens");
  expect(nearestName("MAX_TOKNES", SETTING_NAMES)).toBe("max-tokens");
  expect(nearestName("gate-ttft", SETTING_NAMES)).toBe("gate-ttft-ms");
  expect(nearestName("temperature", SETTING_NAMES)).toBeNull();
  expect(nearestName("", SETTING_NAMES)).toBeNull();
});
