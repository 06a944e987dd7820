// The link of a notification, in the form that Raycast documents for deeplinks.
import { expect, test } from "@jest/globals";
import { runDeepLink } from "../../src/lib/worker/deep-link.ts";

const NAME = { ownerOrAuthorName: "someone", extensionName: "mlx-autotune" };

test("it opens Tuning Runs with the run as launch context", () => {
  const link = new URL(runDeepLink(NAME, "0f-1"));
  expect(link.href).toBe(
    "raycast://extensions/someone/mlx-autotune/tuning-runs?context=%7B%22runId%22%3A%220f-1%22%7D",
  );
  expect(JSON.parse(link.searchParams.get("context") ?? "")).toEqual({ runId: "0f-1" });
});

test("another build of Raycast has a scheme of its own", () => {
  expect(runDeepLink(NAME, "1", "raycastinternal")).toMatch(/^raycastinternal:\/\/extensions\//);
});
