// Figures as people read them: on a terminal, in a notification, in a list. Pure.
import { lastSegment } from "./text/last-segment.ts";

/** "850 ms", "12.3 s", "4 min 05 s", "1 h 02 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "unknown";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.5) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  // Rounded before it is divided: 119.6 s are two minutes.
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${pad(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** Of a time that is only estimated, or a limit: "22 s", "22 min", "2 h", "1 h 20 min". */
export function roughly(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "unknown";
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [...(hours > 0 ? [`${hours} h`] : []), ...(rest > 0 ? [`${rest} min`] : [])].join(" ");
}

/** "41.8 tok/s"; "–" for null. */
export const tokensPerSecond = (tps: number | null): string =>
  tps === null ? "–" : `${tps.toFixed(tokensPerSecondDigits(tps))} tok/s`;

/** Digits after the point of a throughput. */
export const tokensPerSecondDigits = (tps: number): number => (tps < 10 ? 2 : 1);

/** "920 ms", "2.31 s"; "–" for null. */
export const milliseconds = (ms: number | null): string =>
  ms === null ? "–" : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;

/** Bytes of what macOS calls a GB of memory. */
export const MEMORY_GB = 1_073_741_824;

/**
 * Write memory: what a Mac has, a model needs, a program holds, macOS may wire. Apple calls 2^30 bytes of it a GB, so a Mac with
 * 17,179,869,184 bytes is a "16 GB" Mac, in About This Mac, Activity Monitor and here. At most one digit after the point.
 * @param bytes ≥ 0; null is "–"
 */
export const memorySize = (bytes: number | null): string => sized(bytes, ["GB", MEMORY_GB], ["MB", 1024 ** 2]);

/**
 * Write what lies on a disk or is downloaded. Apple counts these in powers of ten, as the Finder shows: 4,500,000,000 bytes are "4.5 GB".
 * @param bytes ≥ 0; null is "–"
 */
export const diskSize = (bytes: number | null): string => sized(bytes, ["GB", 1e9], ["MB", 1e6], ["KB", 1e3]);

/** In the first unit of which there is one, else in the last. @param units name and bytes, biggest first */
function sized(bytes: number | null, ...units: [name: string, bytes: number][]): string {
  if (bytes === null) return "–";
  const counts = units.map(([name, unit]) => [name, Math.round((bytes / unit) * 10) / 10] as const);
  const [name, count] = counts.find(([, one]) => one >= 1) ?? counts.at(-1) ?? ["bytes", bytes];
  return `${count} ${name}`;
}

/** "2k" for 2000, "2048" as it is. */
export const shortTokens = (tokens: number): string =>
  tokens >= 1000 && tokens % 1000 === 0 ? `${tokens / 1000}k` : String(tokens);

/** The last part of a model id or path. */
export const shortModel = (model: string): string => lastSegment(model);

/** "+3.1 %" of 0.031, "−3.1 %" below zero. */
export const percent = (ratio: number): string => `${ratio >= 0 ? "+" : "−"}${Math.abs(ratio * 100).toFixed(1)} %`;

/** What people see of a run's id: enough to tell it from others. */
export const shortId = (runId: string): string => runId.slice(0, 8);

/** Said wherever simulated figures are shown. */
export const SIMULATED_BANNER = "SIMULATED: no MLX provider was used; nothing here measures this machine.";

const pad = (value: number): string => String(value).padStart(2, "0");

/** "1 model", "3 models". @param what a noun whose plural has an s */
export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
