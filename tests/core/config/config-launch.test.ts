import { describe, expect, test } from "@jest/globals";
import {
  configNamedBy,
  overrideRefusals,
  overridesOf,
  type Launch,
} from "../../../worker/core/config/config-launch.ts";
import { macprovider } from "../../../worker/providers/macprovider.ts";

const launch = (argv: string[], env: Record<string, string> = {}): Launch => ({ argv, env, cwd: "/w", home: "/h" });

describe("which config a provider reads", () => {
  test.each<[string, string[], Record<string, string>, string | null]>([
    ["a flag", ["p", "serve", "--config", "/a.yaml"], {}, "/a.yaml"],
    ["a flag with =", ["p", "serve", "--config=/a.yaml"], {}, "/a.yaml"],
    ["the last of two flags", ["p", "--config", "/a", "--config", "/b"], {}, "/b"],
    ["a flag before the variable", ["p", "--config", "/a"], { MACPROVIDER_CONFIG: "/v" }, "/a"],
    ["a variable", ["p"], { MACPROVIDER_CONFIG: "/v" }, "/v"],
    ["an empty variable names nothing", ["p"], { MACPROVIDER_CONFIG: " " }, null],
    ["nothing", ["p", "serve"], {}, null],
    ["a path in the home folder", ["p", "--config", "~/c.yaml"], {}, "/h/c.yaml"],
    ["a variable that only a shell would read", ["p", "--config", "$HOME/c.yaml"], {}, "/w/$HOME/c.yaml"],
    ["such a one in a variable", ["p"], { MACPROVIDER_CONFIG: "${HOME}/c.yaml" }, "/w/${HOME}/c.yaml"],
    ["a path with spaces", ["p", "--config=/a b/c.yaml"], {}, "/a b/c.yaml"],
    ["a relative path", ["p", "--config", "./c.yaml"], {}, "/w/c.yaml"],
    ["a shell's command", ["/bin/sh", "-c", 'exec p serve --config "$HOME/c d.yaml"'], {}, "/h/c d.yaml"],
    ["a shell's command with =", ["/bin/sh", "-c", "p --config=${HOME}/c.yaml"], {}, "/h/c.yaml"],
    ["a shell that goes elsewhere", ["/bin/sh", "-c", "cd ~/d && cd e && p --config c.yaml"], {}, "/h/d/e/c.yaml"],
    ["an assignment in a shell", ["/bin/sh", "-c", "MACPROVIDER_CONFIG=/s p serve"], {}, "/s"],
    ["an assignment for env", ["/usr/bin/env", "MACPROVIDER_CONFIG=/e", "p"], { MACPROVIDER_CONFIG: "/v" }, "/e"],
  ])("%s", (_, argv, env, expected) => {
    expect(configNamedBy(launch(argv, env), macprovider.config.launch)).toBe(expected);
  });
});

describe("what goes before the config", () => {
  const wanted = { model: "new", kv_bits: null, max_concurrency_override: 2 };
  const refusals = (argv: string[], env: Record<string, string>, changesModel = true) =>
    overrideRefusals(overridesOf(launch(argv, env), macprovider.config.launch), wanted, changesModel).map(
      ({ reason }) => reason,
    );

  test.each<[string, string[], Record<string, string>, string]>([
    ["a variable with another model", [], { MACPROVIDER_MODEL: "old" }, "MACPROVIDER_MODEL"],
    ["a variable for a key that the recipe leaves out", [], { MACPROVIDER_KV_BITS: "8" }, "MACPROVIDER_KV_BITS"],
    ["another number", [], { MACPROVIDER_MAX_CONCURRENCY_OVERRIDE: "4" }, "MACPROVIDER_MAX_CONCURRENCY_OVERRIDE"],
    ["the newer prefix", [], { MALIBU_KV_BITS: "4" }, "MALIBU_KV_BITS"],
    ["pinned weights", [], { MACPROVIDER_MODEL_ARTIFACT_PATH: "/x" }, "MACPROVIDER_MODEL_ARTIFACT_PATH"],
    ["a pinned catalogue", [], { MACPROVIDER_MODEL_CATALOG_KEY: "k" }, "MACPROVIDER_MODEL_CATALOG_KEY"],
    ["a flag", ["p", "--max-batch=1"], {}, "--max-batch"],
    ["an assignment in a shell", ["sh", "-c", "MACPROVIDER_KV_BITS=4 p serve"], {}, "MACPROVIDER_KV_BITS"],
  ])("%s is refused by name", (_, argv, env, name) => {
    expect(refusals(argv, env)).toEqual([expect.stringContaining(name)]);
  });

  test("what says the same, what is empty and what is none of the recipe's business is no obstacle", () => {
    const env = { MACPROVIDER_MODEL: "new", MACPROVIDER_KV_BITS: "", MACPROVIDER_PORT: "1", KV_BITS: "8" };
    expect(refusals(["p", "--max-batch", "2"], env)).toEqual([]);
    // The context stays as it is, so nothing that is written would be overridden.
    expect(refusals([], { MACPROVIDER_MAX_CONTEXT_OVERRIDE: "4096" })).toEqual([]);
    expect(refusals([], { MACPROVIDER_MODEL_ARTIFACT_PATH: "/x" }, false)).toEqual([]);
  });

  test("no value is told", () => {
    expect(refusals(["p", "--model", "secret"], { MACPROVIDER_MODEL: "hidden" }).join()).not.toMatch(/secret|hidden/);
  });
});
