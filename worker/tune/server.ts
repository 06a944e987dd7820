// The one server between visits: which start a visit measures on, and whether it runs on for the next one. Processes are the
// supervisor's. Source: contract §2 (visit), §4 (at most one candidate), §9 (methods that keep the server).
import type { CarriedOver, RunContext, Running, StartResult } from "../context.ts";
import { cellName, knobDistance, type Knobs } from "../core/knobs.ts";
import type { ServerStart } from "../core/measure/visit-times.ts";

/** What a server is started with. */
export interface Setup {
  model: string;
  knobs: Knobs;
}

/** A server that is ready, or why there is none; which start it is, and what the visit has to tell of how it came by it. */
export type Taken = StartResult & { start: ServerStart; notes: string[] };

export interface Server {
  /** Whether a visit would find it running, as far as is known without asking it. */
  runs(wanted: Setup): boolean;
  /**
   * Hand out the server that runs if it serves just that and is alive, else stop it and start anew. The visit ends with `leave`.
   * @param onLoading told null when a load begins, then what it says
   * @throws what the supervisor's start throws; the signal's reason
   */
  take(wanted: Setup & { stage: 1 | 2 }, onLoading: (line: string | null) => void): Promise<Taken>;
  /** End a visit. The server runs on only if servers are kept and the cell fits. @returns notes of its stop */
  leave(fits: boolean): Promise<string[]>;
  /** Stop it if it runs; how it ended is noted. @returns the same notes */
  stop(): Promise<string[]>;
}

interface Served extends Setup {
  /** Number of its start. */
  number: number;
  /** null until it is ready. */
  running: Running | null;
}

/** @param keeps whether a server may outlive its visit */
export function createServer(
  ctx: Pick<RunContext, "supervisor" | "journal" | "log" | "signal" | "carriedOver">,
  { keeps }: { keeps: boolean },
): Server {
  let served: Served | null = null;
  let lastStart = lastCarried(ctx.carriedOver);

  async function stop(): Promise<string[]> {
    if (!served) return [];
    const ended = served;
    const notes = await ctx.supervisor.stop();
    served = null;
    // An interrupted visit is not stored, but how its candidate ended must be.
    for (const note of notes) ctx.journal.note("stop", `${nameOf(ended)}: ${note}`);
    return notes;
  }

  /** @returns its running process, or what a visit has to tell of one that has died since the last visit */
  async function find(wanted: Setup): Promise<{ running: Running; number: number } | { notes: string[] }> {
    if (!served?.running || !isSame(served, wanted)) return { notes: [] };
    const { running, number } = served;
    const death = await running.checkAlive(false);
    if (death === null) return { running, number };
    const note = `the server that was kept had ended before this visit, and was started anew: ${death.reason}`;
    ctx.log.warn(`${nameOf(wanted)}: ${note}`);
    ctx.journal.note("server", `${nameOf(wanted)}: ${note}`);
    return { notes: [note, ...(await stop())] };
  }

  return {
    runs: (wanted) => served?.running?.ended.aborted === false && isSame(served, wanted),
    async take({ model, knobs, stage }, onLoading) {
      ctx.signal.throwIfAborted();
      const found = await find({ model, knobs });
      if ("running" in found)
        return { ...found, state: "ready", start: { number: found.number, kept: true }, notes: [] };
      await stop();
      onLoading(null);
      const number = stage === 1 ? 0 : ++lastStart;
      served = { model, knobs, number, running: null };
      const started = await ctx.supervisor.start(model, knobs, onLoading, ctx.signal);
      if (started.state === "ready") served.running = started.running;
      return { ...started, start: { number, kept: false }, notes: found.notes };
    },
    leave: async (fits) => (keeps && fits ? [] : stop()),
    stop,
  };
}

/** Numbers go on above those of the run that is resumed, whose servers are gone. */
function lastCarried(carried: CarriedOver | null): number {
  return Math.max(0, ...(carried?.visits ?? []).map(({ start }) => start?.number ?? 0));
}

const isSame = (served: Setup, wanted: Setup): boolean =>
  served.model === wanted.model && knobDistance(served.knobs, wanted.knobs) === 0;

const nameOf = ({ model, knobs }: Setup): string => `${model}, ${cellName(knobs)}`;
