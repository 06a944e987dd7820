// Bring back what the journal says was taken out, newest first, each verified before its entry is closed. Safe at any time,
// from any process, any number of times: the worker, its guard, the next command. Source: contract §5.
import { bringBackForeground } from "./bring-back-foreground.ts";
import {
  bringBackService,
  pollMs,
  RESTORE_LIMITS,
  serves,
  type BringBackOptions,
  type Ended,
  type RestoreLimits,
} from "./bring-back.ts";
import type { Clock, Log } from "../context.ts";
import { repairCommands, type OpenDrain } from "../core/launchd/drained.ts";
import { restoreHints } from "../core/launchd/restore-hints.ts";
import { staysInService } from "./stays-in-service.ts";
import type { Launchd } from "../platform/launchd/launchd.ts";
import type { IsAlive, Owner } from "../store/active-place.ts";
import type { DrainJournal, JournalEntry } from "../store/drain-journal.ts";

export interface RestoreOptions {
  journal: DrainJournal;
  launchd: Launchd | null;
  clock: Clock;
  log: Log;
  self: Owner;
  isAlive: IsAlive;
  /** Also entries that were given up before. */
  retryFailed: boolean;
  /** Entries that another living process is bringing back: wait until it has, or leave them to it. */
  waitForOthers: boolean;
  /** Shorter ones are for tests. */
  limits?: RestoreLimits;
}

export interface RestoreResult {
  /** Names of what is in service again. */
  restored: string[];
  /** Foreground providers that are not started again, as nobody asked for it. */
  leftOut: OpenDrain[];
  failed: OpenDrain[];
}

/** What bringing back comes to where nothing was due. */
export const nothingRestored = (): RestoreResult => ({ restored: [], leftOut: [], failed: [] });

/**
 * Bring back all that is due: what this process drained, and what a dead one did.
 * @returns what came back and what did not
 * @throws only what the journal throws: then the entry stays open
 */
export async function restore(options: RestoreOptions): Promise<RestoreResult> {
  const result = nothingRestored();
  for (const entry of dueEntries(options)) {
    if (!(await becomeItsRestorer(entry, options))) continue;
    const ended = await bringBack(entry, options);
    const problem = ended.state === "failed" ? ended.problem : null;
    options.journal.settle(entry.id, ended.state, problem);
    if (ended.state === "restored") result.restored.push(entry.name);
    else result[ended.state === "failed" ? "failed" : "leftOut"].push(notBack(entry, ended.state, problem));
  }
  return result;
}

function dueEntries({ journal, retryFailed, self, isAlive }: RestoreOptions): JournalEntry[] {
  const isSelf = ({ pid, pidStartedAt }: Owner) => pid === self.pid && pidStartedAt === self.pidStartedAt;
  return [...journal.open(), ...(retryFailed ? journal.failed() : [])]
    .filter(({ owner }) => isSelf(owner) || !isAlive(owner.pid, owner.pidStartedAt))
    .sort((a, b) => b.id - a.id);
}

/** @returns false once another process has settled it, or if it is left to that process */
async function becomeItsRestorer(entry: JournalEntry, options: RestoreOptions): Promise<boolean> {
  const { journal, clock, self, isAlive, waitForOthers } = options;
  const since = clock.nowMs();
  for (;;) {
    if (journal.claim(entry.id, entry.state, self, isAlive)) return true;
    const unsettled = [...journal.open(), ...journal.failed()].find((one) => one.id === entry.id);
    if (!waitForOthers || unsettled?.state !== entry.state) return false;
    await clock.sleep(pollMs(clock.nowMs() - since));
  }
}

async function bringBack(entry: JournalEntry, options: RestoreOptions): Promise<Ended> {
  const { service } = entry;
  const by: BringBackOptions = {
    launchd: options.launchd,
    clock: options.clock,
    log: options.log,
    limits: options.limits ?? RESTORE_LIMITS,
    attempted: (problem) => options.journal.attempted(entry.id, problem),
  };
  options.log.info(`Bringing back ${entry.name}`);
  if (entry.state === "intended" && (await staysInService(service, by))) return { state: "restored" };
  return service.kind === "launchd" ? bringBackService(service, by) : bringBackForeground(service, by);
}

/** Close entries that were given up and whose service is back all the same: by the user's hand, or by launchd after a log-in. */
export async function closeHealed(journal: DrainJournal, launchd: Launchd): Promise<void> {
  for (const { id, service } of journal.failed()) {
    if (service.kind !== "launchd") continue;
    const answer = await launchd.printService(service.domain, service.label);
    if (await serves(service, answer)) journal.settle(id, "restored", null);
  }
}

function notBack(entry: JournalEntry, state: string, problem: string | null): OpenDrain {
  const { name, service } = entry;
  return { name, state, lastError: problem, commands: repairCommands(service), hints: restoreHints(service, problem) };
}
