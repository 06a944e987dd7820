// What `ps -o time=,rss=` says of processes, and whether a load goes on: a provider that reads its model uses the processor or grows.
// Pure. Source: ps(1) of macOS (minutes:seconds.hundredths) and Linux (hours, or days with a dash).

export interface Activity {
  cpuS: number;
  rssKib: number;
}

/** The sum over all lines. @returns null if no line can be read */
export function parseActivity(text: string): Activity | null {
  let seen = false;
  const sum = { cpuS: 0, rssKib: 0 };
  for (const line of text.split("\n")) {
    const match = /^\s*([\d:.-]{1,32})\s+(\d{1,15})\s*$/.exec(line.slice(0, 80));
    const cpuS = match?.[1] === undefined ? null : seconds(match[1]);
    if (cpuS === null) continue;
    seen = true;
    sum.cpuS += cpuS;
    sum.rssKib += Number(match?.[2]);
  }
  return seen ? sum : null;
}

function seconds(text: string): number | null {
  const [days, clock] = text.includes("-") ? text.split("-", 2) : ["0", text];
  const parts = (clock ?? "").split(":").map(Number);
  const total = parts.reduce((sum, part) => sum * 60 + part, 0) + Number(days) * 86_400;
  return Number.isFinite(total) ? total : null;
}

/** An idle server's own loop uses less in half a minute. */
const WORKED_S = 1;
const GREW_KIB = 64 * 1024;

/** Whether something was done between two looks. */
export function hasWorked(before: Activity, now: Activity): boolean {
  return now.cpuS - before.cpuS >= WORKED_S || now.rssKib - before.rssKib >= GREW_KIB;
}
