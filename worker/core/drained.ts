// What the drain journal keeps of a service: all that bringing it back needs, and the words for people. Pure.
// Source: contract §5.
import * as z from "zod";
import { restoreCommands, shellWords } from "./conflict.ts";
import type { LiveProvider } from "./live-provider.ts";

const launchdSchema = z.object({
  kind: z.literal("launchd"),
  domain: z.string(),
  label: z.string(),
  plistPath: z.string(),
  role: z.enum(["provider", "watchdog"]),
  /** Pids before the bootout: all must be gone before the service counts as out. */
  pids: z.array(z.int()),
  /** Where it listened when it was taken out; one of them must answer before it counts as back. */
  ports: z.array(z.int()),
});
const foregroundSchema = z.object({
  kind: z.literal("foreground"),
  pid: z.int(),
  startedAt: z.string(),
  argv: z.array(z.string()),
  cwd: z.string().nullable(),
  /** Only kept with --restart-foreground, and only until the journal closes: it may hold secrets. */
  env: z.record(z.string(), z.string()).nullable(),
  restart: z.boolean(),
  ports: z.array(z.int()),
});
export const drainedSchema = z.discriminatedUnion("kind", [launchdSchema, foregroundSchema]);
export type Drained = z.infer<typeof drainedSchema>;
export type DrainedLaunchd = z.infer<typeof launchdSchema>;
export type DrainedForeground = z.infer<typeof foregroundSchema>;

/** Describe a launchd service for the journal. */
export function drainedService(found: LiveProvider & { kind: "launchd-managed" }): DrainedLaunchd {
  const { domain, label, plistPath, role, processes, listening } = found;
  return { kind: "launchd", domain, label, plistPath, role, pids: processes.map((one) => one.pid), ports: listening };
}

/** "launchd-managed live.malibu.provider" or "foreground-PID-812". */
export function drainedName(service: Drained): string {
  return service.kind === "launchd" ? `launchd-managed ${service.label}` : `foreground-PID-${service.pid}`;
}

/** What to type if bringing it back failed, one command per line. */
export function repairCommands(service: Drained): string[] {
  if (service.kind === "launchd") return restoreCommands(service).map(shellWords);
  const command = `${shellWords(service.argv)} &`;
  return [service.cwd === null ? command : `cd ${shellWords([service.cwd])} && ${command}`];
}

/** A journal entry as people see it. */
export interface OpenDrain {
  name: string;
  state: string;
  lastError: string | null;
  commands: string[];
}

/** Text for a service that could not be brought back. */
export function restoreFailureText(failed: OpenDrain[]): string {
  return failed
    .flatMap((one) => [
      `${one.name} could not be brought back: ${one.lastError ?? "unknown reason"}.`,
      "Type this to bring it back:",
      ...one.commands.map((command) => `  ${command}`),
      "or try again with: mlx-autotune restore",
    ])
    .join("\n");
}
