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

/** "41.8 tok/s"; "–" for null. */
export const tokensPerSecond = (tps: number | null): string =>
  tps === null ? "–" : `${tps.toFixed(tps < 10 ? 2 : 1)} tok/s`;

/** "920 ms", "2.31 s"; "–" for null. */
export const milliseconds = (ms: number | null): string =>
  ms === null ? "–" : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;

/** "4.5 GB", decimal. */
export const gigabytes = (bytes: number | null): string => (bytes === null ? "–" : `${(bytes / 1e9).toFixed(1)} GB`);

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
