// Preloaded into a program under test: every read of a path with DEAD_DISK in it never answers, as on a volume that went away.
// The process that reads it is held as a system call would hold it; each such read adds a line to DEAD_DISK_LOG.
const childProcess = require("node:child_process");

const HOLD = `
process.on("message", ({ path }) => {
  if (!path.includes(process.env.DEAD_DISK)) return;
  require("node:fs").appendFileSync(process.env.DEAD_DISK_LOG, process.pid + "\\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
`;

const realSpawn = childProcess.spawn;
childProcess.spawn = (program, args, options) => {
  const isReader = args?.[0] === "-e" && options?.stdio?.includes("ipc");
  return realSpawn(program, isReader ? ["-e", HOLD + args[1]] : args, options);
};
