// Loaded before everything else (NODE_OPTIONS=--require): notes every process that a command starts in $STARTED_PROCESSES, so that a
// test can say that it started none. Source: contract §14 (the menu bar never forks a process).
const { appendFileSync } = require("node:fs");
const childProcess = require("node:child_process");

const note = (how, what) => appendFileSync(process.env.STARTED_PROCESSES, `${how} ${String(what)}\n`);

// Every asynchronous way goes through this one.
const { spawn } = childProcess.ChildProcess.prototype;
childProcess.ChildProcess.prototype.spawn = function (options) {
  note("spawn", options.file);
  return spawn.call(this, options);
};
for (const name of ["spawnSync", "execSync", "execFileSync"]) {
  const original = childProcess[name];
  childProcess[name] = (...words) => {
    note(name, words[0]);
    return original(...words);
  };
}
require("node:module").syncBuiltinESMExports();
