// EPERM on a Mac is its privacy, and the program to allow is named; EACCES is owner and mode.
import { expect, test } from "@jest/globals";
import { AutotuneError } from "../../../worker/core/errors.ts";
import { notPermitted, type Reader } from "../../../worker/core/machine/privacy.ts";
import { explained } from "../../../worker/platform/files/file-layer.ts";

const mac = (env: NodeJS.ProcessEnv): Reader => ({ platform: "darwin", env, program: "/opt/homebrew/bin/node" });

test("EPERM on a Mac names System Settings and the app that started the run", () => {
  const said = notPermitted("EPERM", mac({ TERM_PROGRAM: "iTerm.app" }));
  expect(said).toMatch(/^macOS' privacy .*System Settings > Privacy & Security > Files and Folders.*allow iTerm$/);
  expect(notPermitted("EPERM", mac({ MLX_AUTOTUNE_DEEP_LINK: "raycast://x" }))).toMatch(
    /allow Raycast, and if that does not help \/opt\/homebrew\/bin\/node$/,
  );
  expect(notPermitted("EPERM", mac({ TERM_PROGRAM: "tmux" }))).toMatch(/allow \/opt\/homebrew\/bin\/node$/);
});

test("modes and other systems have no privacy; any other failure is none of it", () => {
  expect(notPermitted("EACCES", mac({}))).toBe("permission is denied (EACCES); check its owner and mode");
  expect(notPermitted("EPERM", { platform: "linux", env: {}, program: "node" })).toMatch(/EPERM.*owner and mode/);
  expect([notPermitted("ENOENT", mac({})), notPermitted(null, mac({}))]).toEqual([null, null]);
});

test("a config that EPERM keeps from us may have a flag or lie in a folder of macOS' privacy: both are named", () => {
  const remedyOf = (code: string, reader: Reader) => {
    try {
      return explained("/Users/me/Documents/c.yaml", "read", () => fail(code), reader);
    } catch (error) {
      return error instanceof AutotuneError ? error.remedy : String(error);
    }
  };
  const fail = (code: string): string => {
    throw Object.assign(new Error("not so"), { code });
  };
  expect(remedyOf("EPERM", mac({ TERM_PROGRAM: "ghostty" }))).toMatch(
    /flags \(ls -lO\).*if they are as they should be, in System Settings > Privacy & Security > .*allow Ghostty$/,
  );
  expect(remedyOf("EPERM", { platform: "linux", env: {}, program: "node" })).not.toContain("Privacy");
  expect(remedyOf("EACCES", mac({}))).not.toContain("Privacy");
});
