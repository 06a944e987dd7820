// What somebody types or pastes as a path, and which file is meant.
import { expect, test } from "@jest/globals";
import { filePath, namedPath, namedProgram } from "../../../worker/core/settings/named-path.ts";

const PLACES = { home: "/Users/me", from: "/work/here" };
const DB = "/Users/me/runs/a b.sqlite";

test.each([
  ["/x/y.sqlite", "/x/y.sqlite"],
  ["  /x/y.sqlite\n", "/x/y.sqlite"],
  ["runs/x.sqlite", "/work/here/runs/x.sqlite"],
  ["./././runs/x.sqlite", "/work/here/runs/x.sqlite"],
  ["../x.sqlite", "/work/here/../x.sqlite"],
  ["~/runs/a b.sqlite", DB],
  ["$HOME/runs/a b.sqlite", DB],
  ["${HOME}/runs/a b.sqlite", DB],
  ['"/Users/me/runs/a b.sqlite"', DB],
  [" '~/runs/a b.sqlite' ", DB],
  ["“$HOME/runs/a b.sqlite”", DB],
  ["‘/Users/me/runs/a b.sqlite’", DB],
  ["file:///Users/me/runs/a%20b.sqlite", DB],
  ["'file:///Users/me/runs/a%20b.sqlite'", DB],
  ["FILE://localhost/Users/me/runs/a b.sqlite", DB],
  ["file:/Users/me/runs/a%20b.sqlite", DB],
  ["/x/%20.sqlite", "/x/%20.sqlite"],
  ["/x/$HOME/'y'", "/x/$HOME/'y'"],
  ["$HOMES", null],
  ["$5.sqlite", "/work/here/$5.sqlite"],
  ["~", "/Users/me"],
  ["$HOME", "/Users/me"],
])("%j is %j", (text, path) => {
  const named = namedPath(text, PLACES);
  expect(named.ok ? named.value : null).toBe(path);
});

test.each([
  ["", /empty/],
  ["''", /empty/],
  ["~bob/x.sqlite", /another user's home/],
  ["$XDG_DATA_HOME/x.sqlite", /only \$HOME is known/],
  ["${HOMES}/x.sqlite", /only \$HOME is known/],
  ['"/Users/me/x.sqlite', /quote that is not closed/],
  ["file://nas.local/runs/x.sqlite", /no address of a file on this machine/],
  ["file:////nas/x.sqlite", /no address of a file on this machine/],
  ["file:///a%2", /no address of a file on this machine/],
  ["file:///a%00b", /control character/],
  ["file:", /no address/],
  ["https://example.com/x.sqlite", /an address and no path/],
  ["smb://nas/x.sqlite", /an address and no path/],
  ["a\u0000b", /control character/],
  [`/${"x".repeat(1024)}`, /longer than 1024/],
])("%j is refused", (text, problem) => {
  expect(namedPath(text, PLACES)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
});

test.each([
  ["mlx_lm.server", "mlx_lm.server"],
  [" 'mlx_lm.server' ", "mlx_lm.server"],
  ["bin/x", "/work/here/bin/x"],
  ["'~/bin/x'", "/Users/me/bin/x"],
  ["file:///bin/x", "/bin/x"],
])("the program %j is %j", (text, path) => {
  expect(namedProgram(text, PLACES)).toEqual({ ok: true, value: path });
});

test.each(["", "~bob", "$MLX", "'x"])("the program %j is refused", (text) => {
  expect(namedProgram(text, PLACES).ok).toBe(false);
});

test("in the root folder, and as the home of a user without one, no slash is doubled", () => {
  const root = { home: "/", from: "/" };
  expect(namedPath("~/x", root)).toEqual({ ok: true, value: "/x" });
  expect(namedPath("x", root)).toEqual({ ok: true, value: "/x" });
  expect(namedPath("~", root)).toEqual({ ok: true, value: "/" });
});

test.each(["/", "/var/", "~", "$HOME", "~/", ".", "..", "x/..", "file:///var/"])("%j is no file", (text) => {
  expect(filePath().parse(text)).toEqual({ ok: false, problem: expect.stringContaining("is a folder") });
});
