// Preloaded into a program under test: every read of a path with DEAD_DISK in it never answers, as on a volume that went away. Both the
// process that reads for others and the program's own reads are held in a system call; each such read adds a line to DEAD_DISK_LOG.
const childProcess = require("node:child_process");
const fs = require("node:fs");
const { dirname, join } = require("node:path");

const isDead = (path) => String(path).includes(process.env.DEAD_DISK);

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

/** A pipe that nobody writes to, opened to wait, holds its thread as a read of a dead disk does. */
function pipe() {
  const path = join(dirname(process.env.DEAD_DISK_LOG), "never-answers");
  if (!fs.existsSync(path)) childProcess.execFileSync("mkfifo", [path]);
  fs.appendFileSync(process.env.DEAD_DISK_LOG, `${process.pid}\n`);
  return path;
}

for (const name of ["access", "lstat", "open", "opendir", "readdir", "readFile", "readlink", "realpath", "stat"]) {
  const [real, open] = [fs.promises[name], fs.promises.open];
  fs.promises[name] = (path, ...more) => (isDead(path) ? open(pipe(), "r") : real(path, ...more));
}
