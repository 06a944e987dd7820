// Whose HF_ variables count: the run's own, else the live provider's, each group as a whole; and what is said of it.
import { expect, test } from "@jest/globals";
import { hubEnvironment, lacksHubVariables } from "../../../worker/core/models/hub-environment.ts";
import { hubCache } from "../../../worker/core/models/hub-places.ts";

const HOME = "/Users/me";
const live = (env: NodeJS.ProcessEnv, name = "launchd-managed live.malibu.provider") => ({ name, env });
const SSD = live({ HF_HOME: "/Volumes/SSD/hf", HF_TOKEN: "hf_secret", PATH: "/provider/bin", OTHER: "x" });

test("without any, a run uses the live provider's cache and token, and nothing else of it", () => {
  const found = hubEnvironment({ PATH: "/bin" }, HOME, [SSD]);
  expect(found).toEqual({
    env: { PATH: "/bin", HF_HUB_CACHE: "/Volumes/SSD/hf/hub", HF_HOME: "/Volumes/SSD/hf", HF_TOKEN: "hf_secret" },
    cache: { folder: "/Volumes/SSD/hf/hub", source: "HF_HOME of launchd-managed live.malibu.provider" },
    accessFrom: "launchd-managed live.malibu.provider",
  });
  expect(JSON.stringify([found.cache, found.accessFrom])).not.toContain("hf_secret");
});

test("its own variables win, each group as a whole", () => {
  const cache = hubEnvironment({ HF_HUB_CACHE: "/mine" }, HOME, [SSD]);
  expect(cache).toMatchObject({ cache: { folder: "/mine", source: "HF_HUB_CACHE" } });
  expect(cache.env["HF_TOKEN"]).toBe("hf_secret");
  expect(cache.env["HF_HOME"]).toBeUndefined();
  const token = hubEnvironment({ HF_TOKEN: "hf_mine" }, HOME, [SSD]);
  expect([token.env["HF_TOKEN"], token.accessFrom, token.cache.folder]).toEqual([
    "hf_mine",
    null,
    "/Volumes/SSD/hf/hub",
  ]);
});

test("a token is never sent to another's address: both are taken or none", () => {
  const mirror = live({ HF_ENDPOINT: "https://mirror.example", HF_TOKEN: "mirror" });
  expect(hubEnvironment({ HF_TOKEN: "hf_mine" }, HOME, [mirror]).env).toEqual({ HF_TOKEN: "hf_mine" });
  expect(hubEnvironment({ HF_ENDPOINT: "https://own.example" }, HOME, [mirror]).env).toEqual({
    HF_ENDPOINT: "https://own.example",
  });
  expect(hubEnvironment({}, HOME, [mirror]).env).toEqual({ HF_ENDPOINT: "https://mirror.example", HF_TOKEN: "mirror" });
});

test("what launchd hands on as it stands is expanded with the provider's own variables", () => {
  const found = hubEnvironment({ HOME }, HOME, [live({ HF_HOME: "$HOME/hf", HOME: "/Users/server" })]);
  expect(found.cache.folder).toBe("/Users/server/hf/hub");
  expect(found.env).toMatchObject({ HF_HUB_CACHE: "/Users/server/hf/hub", HF_HOME: "/Users/server/hf", HOME });
});

test("the first that names one is asked; where none does it is the usual place; empty ones do not count", () => {
  const found = hubEnvironment({ HF_HOME: "" }, HOME, [live({ HF_HOME: "" }), live({ HF_HUB_CACHE: "/b" }, "b"), SSD]);
  expect(found.cache).toEqual({ folder: "/b", source: "HF_HUB_CACHE of b" });
  expect(hubEnvironment({}, HOME, [live({})]).cache).toEqual({
    ...{ folder: "/Users/me/.cache/huggingface/hub", source: "the usual place" },
  });
});

test("nobody is asked where nothing lacks", () => {
  expect(lacksHubVariables({ HF_HOME: "/a", HF_TOKEN: "hf_b" })).toBe(false);
  expect(lacksHubVariables({ HF_HOME: "/a" })).toBe(true);
});

test("a $ in the home folder's own name is no variable", () => {
  const homeDir = "/Users/a $HOME";
  const env = { HOME: homeDir };
  expect(hubCache({ env, homeDir }).folder).toBe("/Users/a $HOME/.cache/huggingface/hub");
  expect(hubCache({ env: { ...env, HF_HOME: "~/hf" }, homeDir }).folder).toBe("/Users/a $HOME/hf/hub");
  expect(hubCache({ env: { ...env, HF_HOME: "$HOME/hf" }, homeDir }).folder).toBe("/Users/a $HOME/hf/hub");
});
