// How the worker's sources become files, for its build and for tests that build it with something added.

/** Before anything is loaded: the SQLite addon crashes older versions instead of saying why. */
const nodeCheck = `if (Number(process.versions.node.split(".")[0]) < 22) {
  process.stderr.write("MLX Autotune needs Node 22 or newer, this is " + process.version + ". Inside the project, npm run brings the right one.\\n");
  process.exit(70);
}`;

export const BANNER = `#!/usr/bin/env node\n${nodeCheck}`;

/** @param {string} version of the worker */
export const bundleOptions = (version) =>
  /** @type {import("esbuild").BuildOptions} */ ({
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    define: { AUTOTUNE_VERSION: JSON.stringify(version) },
    loader: { ".json": "json" },
    logLevel: "warning",
    // Every start reads all of it. Names stay, and lines are short enough for a stack trace to point at something.
    minifyWhitespace: true,
    lineLimit: 160,
  });

/** Half of the program is the charting library, which only a report loads: a file of its own. */
export const chartingApart = {
  name: "charting-apart",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/charting\.ts$/ }, () => ({ path: "./charting.cjs", external: true })),
};
