// Which token goes to which Hub: HF_TOKEN to whatever HF_ENDPOINT names, the token file's to the public Hub alone.
import { expect, test } from "@jest/globals";
import { hubAccess, type HubAccess } from "../../../worker/core/models/hub-access.ts";

const access = (env: NodeJS.ProcessEnv, file: string | null = null): HubAccess => {
  const found = hubAccess(env, file);
  if (typeof found === "string") throw new Error(found);
  return found;
};
const MIRROR = { HF_ENDPOINT: "https://hf-mirror.example/" };

test("the public Hub gets HF_TOKEN, else the older name's, else the token file's", () => {
  const env = { HF_TOKEN: "hf_a", HUGGING_FACE_HUB_TOKEN: "hf_b" };
  expect(access(env, "hf_c")).toEqual({
    ...{ endpoint: "https://huggingface.co", host: "huggingface.co", isPublic: true, token: "hf_a" },
  });
  expect(access({ HF_TOKEN: "", HUGGING_FACE_HUB_TOKEN: "hf_b" }, "hf_c").token).toBe("hf_b");
  expect(access({ HF_ENDPOINT: "" }, "hf_c\n").token).toBe("hf_c");
  expect(access({ HF_ENDPOINT: "https://hf.co" }, "hf_c").token).toBe("hf_c");
  expect(access({}).token).toBeNull();
});

test("another endpoint never gets the file's token, and gets an HF_TOKEN of whatever form", () => {
  expect(access(MIRROR, "hf_c")).toMatchObject({ host: "hf-mirror.example", isPublic: false, token: null });
  expect(access({ ...MIRROR, HF_TOKEN: "eyJ0eXAi.x-y_z" }, "hf_c").token).toBe("eyJ0eXAi.x-y_z");
  // Names that only look like the public one, and the public one without encryption.
  for (const HF_ENDPOINT of ["https://huggingface.co.example", "http://huggingface.co", "https://x.huggingface.co"])
    expect(access({ HF_ENDPOINT }, "hf_c").token).toBeNull();
});

test("a token that was copied with spaces or line ends is one; a file's that is none does not count", () => {
  expect(access({ HF_TOKEN: " hf_a\r\n" }).token).toBe("hf_a");
  expect(access({}, "no token at all").token).toBeNull();
  expect(access({}, "\n").token).toBeNull();
});

test("HF_HUB_DISABLE_IMPLICIT_TOKEN sends none", () => {
  expect(access({ HF_TOKEN: "hf_a", HF_HUB_DISABLE_IMPLICIT_TOKEN: "yes" }, "hf_c").token).toBeNull();
});

test("what cannot be used is named without its value", () => {
  expect(hubAccess({ HF_TOKEN: "sesame" }, null)).toMatch(/^HF_TOKEN does not begin/);
  expect(hubAccess({ ...MIRROR, HF_TOKEN: "open sesame" }, null)).toMatch(/^HF_TOKEN has characters/);
  for (const HF_ENDPOINT of ["ftp://x", "hub", "https://me:sesame@x"])
    expect(hubAccess({ HF_ENDPOINT }, null)).toMatch(/^HF_ENDPOINT is not a plain/);
});
