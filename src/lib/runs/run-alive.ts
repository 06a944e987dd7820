// Whether a process is there, without starting one. Source: contract §14 (pollers never fork).

/** True if no process has this pid; one of another user counts as there. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
