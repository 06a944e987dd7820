import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findBinary, type SearchPlaces, triedLine } from "../../worker/platform/candidate/find-binary.ts";
import { resolveProvider } from "../../worker/platform/candidate/resolve-provider.ts";
import { macprovider } from "../../worker/providers/macprovider.ts";
import { mlxLmServer } from "../../worker/providers/mlx-lm-server.ts";
import { installFakeProvider } from "../support/servers/fake-provider.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";
import { offeredAxes } from "../../worker/providers/index.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "find-binary-"));
});
afterEach(() => removeFolder(home));

const NODE_FOLDER = dirname(process.execPath);
const RUNNER = join(import.meta.dirname, "../support/servers/run-simulated-provider.ts");

function places(changes: Partial<SearchPlaces> = {}): SearchPlaces {
  const env = { PATH: `${join(home, "bin")}:${NODE_FOLDER}:/usr/bin:/bin` };
  return {
    providerBin: null,
    env,
    homeDirectory: home,
    selfCommand: [process.execPath, "--no-warnings", RUNNER],
    ...changes,
  };
}

function script(path: string, text: string, mode = 0o755): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

describe("macprovider", () => {
  test("is found on PATH with its version and help", async () => {
    const fake = installFakeProvider(home, { version: "macprovider-cli 1.5.0" });
    const binary = await findBinary(macprovider, places({ env: { ...places().env, ...fake.env } }));
    expect(binary).toMatchObject({ command: [fake.program], version: "1.5.0" });
    expect("help" in binary && offeredAxes(macprovider, binary.help)).toEqual(["kv_bits", "max_batch", "max_context"]);
  });

  test("is found under its newer name, in a usual place", async () => {
    const file = script(".local/bin/malibu-cli", "#!/bin/sh\necho malibu-cli 2.0.0\n");
    expect(await findBinary(macprovider, places())).toMatchObject({ command: [file], version: "2.0.0" });
  });

  test("a named program is the only one looked at", async () => {
    installFakeProvider(home, {});
    const providerBin = join(home, "nowhere/macprovider-cli");
    expect(await findBinary(macprovider, places({ providerBin }))).toEqual({
      tried: [{ program: providerBin, wrong: "not there" }],
    });
  });

  test("~ in a named program is the home folder", async () => {
    const file = script("tools/mp", "#!/bin/sh\necho 1.0.0\n");
    expect(await findBinary(macprovider, places({ providerBin: "~/tools/mp" }))).toMatchObject({ command: [file] });
  });

  test("every place is named with what was wrong there", async () => {
    const plain = script("bin/macprovider-cli", "no program", 0o644);
    const broken = script(".local/bin/macprovider-cli", "#!/bin/sh\necho dyld: library not loaded >&2\nexit 1\n");
    const result = await findBinary(macprovider, places());
    const tried = "tried" in result ? result.tried.map(triedLine) : [];
    expect(tried).toContain(`${plain}: not executable`);
    expect(tried).toContain(`${broken}: dyld: library not loaded`);
    expect(tried.some((line) => line.includes("malibu-cli: not there"))).toBe(true);
  });

  test("a program that hangs is given up", async () => {
    const file = script("bin/macprovider-cli", "#!/bin/sh\nexec sleep 60\n");
    const impatient = { ...macprovider, probeTimeoutMs: 300, usualPlaces: [], programs: ["macprovider-cli"] };
    const result = await findBinary(impatient, places());
    expect("tried" in result && result.tried.map(triedLine)).toContain(
      `${file}: no answer to serve --help within 0.3 s`,
    );
  });

  test("a wrapper is given up although what it has started goes on holding its output", async () => {
    const noted = join(home, "pid");
    const file = script("bin/macprovider-cli", `#!/bin/sh\nsleep 600 &\necho $! >'${noted}'\nwait\n`);
    const impatient = { ...macprovider, probeTimeoutMs: 300, usualPlaces: [], programs: ["macprovider-cli"] };
    const result = await findBinary(impatient, places());
    expect("tried" in result && result.tried.map(triedLine)).toContain(
      `${file}: no answer to serve --help within 0.3 s`,
    );
    process.kill(Number(readFileSync(noted, "utf8")), "SIGKILL");
  });

  test("the search ends when it is told to", async () => {
    script("bin/macprovider-cli", "#!/bin/sh\nexec sleep 60\n");
    const signal = AbortSignal.timeout(200);
    await expect(findBinary(macprovider, places({ signal }))).rejects.toThrow(/timeout/i);
  });
});

describe("mlx-lm", () => {
  // Stands in for Python: says which code it was asked to run.
  const PYTHON =
    '#!/bin/sh\n[ "$1" = -c ] && echo "mlx-lm 0.32.2 / mlx 0.32.4" && exit 0\necho "usage: mlx_lm.server"\n';
  const BODY = 'echo "usage: mlx_lm.server [--kv-bits K] [--quantized-kv-start N]"\n';

  async function versionOf(): Promise<string> {
    const binary = await findBinary({ ...mlxLmServer, usualPlaces: [] }, places());
    return "version" in binary ? binary.version : binary.tried.map(triedLine).join("\n");
  }

  test("its version comes from the interpreter of its first line", async () => {
    const python = script("venv/bin/python3.11", PYTHON);
    // Linux runs no script as the interpreter of a script: /bin/sh stands between.
    script("bin/mlx_lm.server", `#!/usr/bin/env ${python}\n${BODY}`);
    expect(await versionOf()).toBe("mlx-lm 0.32.2 / mlx 0.32.4");
  });

  test("or from the exec line that pip writes for long paths", async () => {
    const python = script("a folder/python3", PYTHON);
    script("bin/mlx_lm.server", `#!/bin/sh\n'''exec' "${python}" "$0" "$@"\n' '''\n${BODY}`);
    expect(await versionOf()).toBe("mlx-lm 0.32.2 / mlx 0.32.4");
  });

  test("or from the interpreter beside the real file", async () => {
    script("cellar/bin/python3", PYTHON);
    const real = script("cellar/bin/mlx_lm.server", `#!/bin/sh\n${BODY}`);
    mkdirSync(join(home, "bin"));
    symlinkSync(real, join(home, "bin/mlx_lm.server"));
    expect(await versionOf()).toBe("mlx-lm 0.32.2 / mlx 0.32.4");
  });

  test("a program that tells no version can be used all the same", async () => {
    script("bin/mlx_lm.server", `#!/bin/sh\n${BODY}`);
    expect(await versionOf()).toBe("unknown");
  });
});

describe("auto", () => {
  const lonely = { PATH: "/nowhere" };

  test("takes the simulator, which is always there, when nothing else is", async () => {
    const result = await resolveProvider("auto", null, places({ env: lonely }));
    expect(result.provider?.id).toBe("simulated");
    expect(result.provider !== null && result.binary).toMatchObject({
      command: [process.execPath, "--no-warnings", RUNNER, "simulated-provider"],
      version: "simulated-provider 1.0.0",
    });
  });

  test("goes by the name of a named program", async () => {
    const file = script("x/mlx_lm.server", "#!/bin/sh\necho usage\n");
    expect((await resolveProvider("auto", null, places({ providerBin: file }))).provider?.id).toBe("mlx-lm");
  });

  test("a provider that was asked for is not replaced", async () => {
    const result = await resolveProvider("mlx-lm", null, places({ env: lonely }));
    expect(result.provider).toBeNull();
    expect("tried" in result && result.tried[0]).toEqual({ program: "/nowhere/mlx_lm.server", wrong: "not there" });
  });
});
