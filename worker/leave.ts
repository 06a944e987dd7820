// How this process ends at once. A read that never answers holds a thread of Node's for good, and process.exit waits for that
// thread without end (seen with a pipe nobody writes to); becoming another program does not. Source: contract §3 (exit codes).

/** @param code exit code; that of process.exitCode if left out */
export function leave(code: number = Number(process.exitCode ?? 0)): never {
  const isReading = process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
  if (isReading) {
    process.emit("exit", code); // as process.exit does
    process.execve?.("/bin/sh", ["sh", "-c", `exit ${code}`], {});
  }
  process.exit(code);
}
