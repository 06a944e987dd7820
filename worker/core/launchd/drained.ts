// What the drain journal keeps of a service: all that bringing it back needs, and the words for people. Pure.
import * as z from "zod";
import { restoreCommands } from "../live/conflict.ts";
import { innermostFirst } from "./exit-timeout.ts";
import type { ForegroundProvider, LaunchdProvider } from "../live/live-provider.ts";
import type { ProcessInfo } from "../live/provider-family.ts";
import { shellCommand } from "../text/shell-words.ts";

const processSchema = z.object({ pid: z.int(), startedAt: z.string() });
/** Its processes get SIGTERM from us, from now on: they may end at any time, and launchd may not know that it was us. */
const told = z.boolean().optional();
/** Seconds that it gets to end. */
const graceS = z.number().optional();
const launchdSchema = z.object({
  kind: z.literal("launchd"),
  domain: z.string(),
  label: z.string(),
  plistPath: z.string(),
  role: z.enum(["provider", "watchdog"]),
  /** What ran of it before the bootout: all must be gone before it counts as out. [] = it was loaded and did not run. */
  processes: z.array(processSchema),
  /** Where it listened, else what its command line names; one of them must answer before it counts as back. */
  ports: z.array(z.int()),
  /** It listened nowhere (it was loading, or serves another address only): then silence is no proof that it is not back. */
  wasSilent: z.boolean().optional(),
  told,
  graceS,
});
const foregroundSchema = z.object({
  kind: z.literal("foreground"),
  /** The first was told to end; the others are providers that it had started. */
  processes: z.array(processSchema).min(1),
  argv: z.array(z.string()),
  cwd: z.string().nullable(),
  /** Only kept with --restart-foreground, and only until the journal closes: it may hold secrets. */
  env: z.record(z.string(), z.string()).nullable(),
  restart: z.boolean(),
  ports: z.array(z.int()),
  told,
  graceS,
});
export const drainedSchema = z.discriminatedUnion("kind", [launchdSchema, foregroundSchema]);
export type Drained = z.infer<typeof drainedSchema>;
export type DrainedLaunchd = z.infer<typeof launchdSchema>;
export type DrainedForeground = z.infer<typeof foregroundSchema>;

/** Describe a launchd service for the journal. Its processes stand there in the order in which they are told to end. */
export function drainedService(found: LaunchdProvider, graceS: number): DrainedLaunchd {
  const { domain, label, plistPath, role } = found;
  const wasSilent = found.listening.length === 0;
  const processes = identities(innermostFirst(found.processes));
  return { kind: "launchd", domain, label, plistPath, role, processes, ports: portsToAnswer(found), wasSilent, graceS };
}

/** Describe a foreground provider for the journal. @param around null env = it will not be started again */
export function drainedForeground(
  found: ForegroundProvider,
  around: Pick<DrainedForeground, "argv" | "cwd" | "env">,
  { restart, graceS }: { restart: boolean; graceS: number },
): DrainedForeground {
  const { argv, cwd, env } = around;
  return {
    kind: "foreground",
    processes: identities(found.processes),
    argv,
    cwd,
    env: restart ? env : null,
    restart,
    ports: portsToAnswer(found),
    graceS,
  };
}

function identities(processes: readonly ProcessInfo[]) {
  return processes.map(({ pid, start }) => ({ pid, startedAt: start }));
}

/** While it loads its model it listens nowhere yet. */
function portsToAnswer({ listening, ports }: LaunchdProvider | ForegroundProvider): number[] {
  return listening.length > 0 ? listening : ports;
}

/** "launchd-managed live.malibu.provider" or "foreground-PID-812". */
export function drainedName(service: Drained): string {
  return service.kind === "launchd"
    ? `launchd-managed ${service.label}`
    : `foreground-PID-${service.processes[0]?.pid ?? "unknown"}`;
}

/** What to type if bringing it back failed, one command per line. */
export function repairCommands(service: Drained): string[] {
  if (service.kind === "launchd") return restoreCommands(service).map(shellCommand);
  const command = `${shellCommand(service.argv)} &`;
  return [service.cwd === null ? command : `cd ${shellCommand([service.cwd])} && ${command}`];
}

/** A journal entry as people see it. */
export interface OpenDrain {
  name: string;
  state: string;
  lastError: string | null;
  commands: string[];
  /** What else has helped with this error, a sentence each. */
  hints?: string[];
}

/** Text for a service that could not be brought back. */
export function restoreFailureText(failed: OpenDrain[]): string {
  return failed
    .flatMap((one) => [
      `${one.name} could not be brought back: ${one.lastError ?? "unknown reason"}.`,
      "Type this to bring it back:",
      ...one.commands.map((command) => `  ${command}`),
      "or try again with: mlx-autotune restore",
      ...(one.hints ?? []),
    ])
    .join("\n");
}
