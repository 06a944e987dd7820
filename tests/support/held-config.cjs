// Preloaded into a command under test: opening a path with HELD_CONFIG in it does not return, as on a disk that went away. It holds a thread of
// the pool as a system call would, in an open of the pipe HELD_PIPE, until somebody opens that to write; each adds a line to HELD_LOG.
const { appendFileSync, constants } = require("node:fs");
const promises = require("node:fs/promises");

const { open } = promises;
promises.open = (path, ...more) => {
  if (!String(path).includes(process.env.HELD_CONFIG)) return open(path, ...more);
  appendFileSync(process.env.HELD_LOG, "x\n");
  return open(process.env.HELD_PIPE, constants.O_RDONLY);
};
require("node:module").syncBuiltinESMExports();
