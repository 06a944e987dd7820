// Preloaded into a program under test: every read of a path with PRIVATE_DISK in it answers EPERM, as macOS does for a disk, or a folder
// such as Documents, that the program was not allowed to look at. Files of others are read by a process of their own.
const childProcess = require("node:child_process");

const REFUSE = `
const guarded = require("node:fs");
for (const name of ["opendirSync", "openSync", "statSync", "lstatSync", "accessSync"]) {
  const real = guarded[name];
  guarded[name] = (path, ...rest) => {
    if (!String(path).includes(process.env.PRIVATE_DISK)) return real(path, ...rest);
    throw Object.assign(new Error("EPERM: operation not permitted, " + name + " '" + path + "'"), { code: "EPERM" });
  };
}
`;

const realSpawn = childProcess.spawn;
childProcess.spawn = (program, args, options) => {
  const isReader = args?.[0] === "-e" && options?.stdio?.includes("ipc");
  return realSpawn(program, isReader ? ["-e", REFUSE + args[1]] : args, options);
};
