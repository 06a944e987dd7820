// The list of servers: what follows from it, and the one place that has to repeat it. Source: contract §3 (--provider), §4.
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { METHOD_NAMES } from "../../worker/core/search/methods.ts";
import {
  PROVIDER_CHOICES,
  providerOrder,
  readerOf,
  REAL_SERVERS,
  SERVED,
  servedName,
  storedProviderId,
  withAxis,
} from "../../worker/providers/index.ts";

test("auto takes what is there, best first, the simulator last", () => {
  expect(providerOrder("auto", null)).toEqual(["macprovider", "mlx-lm", "simulated"]);
  expect(providerOrder("mlx-lm", "/x/macprovider-cli")).toEqual(["mlx-lm"]);
});

test.each([
  ["/opt/bin/mlx_lm.server", "mlx-lm"],
  ["mlx_lm", "mlx-lm"],
  ["/x y/malibu-cli", "macprovider"],
  ["macprovider-cli", "macprovider"],
  ["/opt/bin/wrapper", "macprovider"],
  ["/mlx_lm.d/serve", "macprovider"],
])("with auto, %s is a program of %s", (path, id) => expect(providerOrder("auto", path)).toEqual([id]));

test("what may be chosen, has to be found, and is served by us", () => {
  expect(PROVIDER_CHOICES).toEqual(["auto", "macprovider", "mlx-lm", "simulated"]);
  expect(REAL_SERVERS.map(({ id }) => id)).toEqual(["macprovider", "mlx-lm"]);
  expect(SERVED.map(servedName)).toEqual(["mlx-lm (serve.yaml)"]);
  expect(["macprovider", "mlx-lm", "simulated", "of another version"].map(readerOf)).toEqual([
    "provider",
    "serve",
    "nobody",
    "provider",
  ]);
});

test("the servers behind a choice that have an axis", () => {
  expect(withAxis("auto", "prefill_step_size").map(({ id }) => id)).toEqual(["mlx-lm"]);
  expect(withAxis("macprovider", "prefill_step_size")).toEqual([]);
  expect(withAxis("mlx-lm", "max_context")).toEqual([]);
});

test("a stored provider that this version does not know is refused by name", () => {
  expect(storedProviderId("mlx-lm")).toBe("mlx-lm");
  expect(() => storedProviderId("pond")).toThrow("the provider pond is not known to this version");
  expect(() => storedProviderId("toString")).toThrow("the provider toString is not known");
});

test("the AI tool's types, which Raycast reads as they stand, list the same", () => {
  const text = readFileSync("src/tools/start-tune.ts", "utf8");
  const typeOf = (name: string) => new RegExp(`${name}\\?: ([^;]+);`).exec(text)?.[1]?.split(" | ");
  expect(typeOf("provider")).toEqual(PROVIDER_CHOICES.map((name) => `"${name}"`));
  expect(typeOf("method")).toEqual(METHOD_NAMES.map((name) => `"${name}"`));
});
