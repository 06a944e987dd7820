// What Linux says of a process in /proc/<pid>/stat. Source: proc_pid_stat(5), fields 3, 5, 20 and 22.

export interface ProcStat {
  groupId: number;
  /** Clock ticks since boot; null if it does not stand there. */
  startTicks: string | null;
  /** No thread of it is left; only its exit code has not been fetched. */
  hasEnded: boolean;
}

/**
 * A process whose first thread has ended is called a zombie while others still run: those hold its ports, files and memory.
 * @param text the file's content; the name (field 2) may hold blanks and brackets, so count from its last bracket
 */
export function parseProcStat(text: string): ProcStat {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => fields[number - 3];
  const isZombie = /^[ZX]/.test(field(3) ?? "");
  return {
    groupId: Number(field(5)),
    startTicks: field(22) ?? null,
    hasEnded: isZombie && Number(field(20)) <= 1,
  };
}
