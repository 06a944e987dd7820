// The rooms of the house, lowest first: a file imports from its own room and from those before it, never from a later one. So no room is in
// a circle with another. Checked by eslint-rooms.mjs, drawn into ARCHITECTURE.md by `npm run docs`.
import { dirname } from "node:path";

/** @type {readonly [room: string, what: string][]} folders, and single files of `worker/` and `src/` */
export const ROOMS = [
  [
    "worker/core/text",
    "text of others, cut up and shown: words of a shell, Python's JSON, spellings of names, Markdown",
  ],
  ["worker/core/statistics", "medians, Student's t, Welch, fits that allow for drift"],
  ["worker/core/doubt", "one belief about all cells: hypotheses, their weights, what is in doubt, where to ask next"],
  ["worker/core", "what all share: errors, knobs, figures as people read them"],
  ["worker/core/secrets", "what may be shown, and what is masked"],
  ["worker/core/machine", "what a Mac's tools say of memory, power, privacy"],
  ["worker/core/models", "files of a model, the Hub and its cache"],
  ["worker/core/measure", "one request: prompt, stream, figures, whether it fits"],
  ["worker/core/config", "a provider's config: read, edited, reverted byte by byte"],
  ["worker/providers", "one description per server, pure"],
  ["worker/core/live", "what counts as a live provider: processes, arguments, ports"],
  ["worker/core/search", "Stage 2's methods: reducers over visits"],
  ["worker/core/settings", "every setting of `run`: kinds, limits, sources, candidates, axes"],
  ["worker/core/launchd", "launchd's words and job descriptions; what the journal keeps of a service"],
  ["worker/core/result", "the recipe and its hash, verdicts, plan, estimate, words of a run's end; checks of doctor"],
  ["worker/core/runs", "stored runs: rows, resuming, what was applied"],
  ["worker/core/compare", "two stored runs side by side"],
  ["worker/step.ts", "a named effect, where tests may kill"],
  ["worker/interruptible.ts", "waiting that a signal ends"],
  ["worker/leave.ts", "ending at once"],
  ["worker/context.ts", "the interfaces that the flow needs"],
  ["worker/tune", "stages, trial, replicate, one timed request"],
  ["worker/autotune.ts", "the flow"],
  ["worker/sweep", "a grid of context × concurrency"],
  ["worker/simulator", "the simulated provider's server"],
  ["worker/report", "the HTML report"],
  ["worker/platform/files", "files of others and of ours, bounded and atomic"],
  ["worker/platform/processes", "processes, ports, programs"],
  ["worker/platform/machine", "clock, host, memory, keep-awake"],
  ["worker/platform/launchd", "launchctl, plists"],
  ["worker/platform/endpoint", "an endpoint that is already running"],
  ["worker/platform/hub", "cache, downloads, pre-warm"],
  ["worker/platform/candidate", "finds, starts, watches and stops a candidate"],
  ["worker/platform/live", "live providers, their start and their config"],
  ["worker/store/schema", "tables, views, migrations"],
  ["worker/store", "the one writer of the database"],
  ["worker/notify", "notifications"],
  ["worker/service", "drain and restore"],
  ["worker/change", "apply and revert"],
  ["worker/recovery", "guard, orphans, what a dead run left undone"],
  ["worker/cli/command", "what a command is and what it is handed"],
  ["worker/cli/change", "apply, revert, restore, serve"],
  ["worker/cli/history", "status, runs, compare, report, export, import, delete, cancel"],
  ["worker/cli/run", "run, plan, resume, detach"],
  ["worker/cli/sweep", "sweep"],
  ["worker/cli/doctor", "doctor and its evidence, uninstall, notify-test"],
  ["worker/cli", "the list of commands, flags, signals"],
  ["worker/cli.ts", "composition root"],
  ["src/lib/database", "reads the worker's database"],
  ["src/lib/charts", "pictures of a run, as SVG"],
  ["src/lib/worker", "installs, starts and asks the worker"],
  ["src/lib/ui", "colours, titles, failures"],
  ["src/lib/change", "apply and revert, asked and told"],
  ["src/lib/recipe", "recipes in words"],
  ["src/lib/cancel", "cancelling, in words and deed"],
  ["src/lib/runs", "runs in words, tables and facts"],
  ["src/lib/tune", "the form: fields, flags, plan, start"],
  ["src/lib/doctor", "the doctor's report, evidence, uninstall"],
  ["src/lib/tools", "what AI tools take and answer"],
  ["src/hooks", "state of views"],
  ["src/components/ui", "what a view shows instead of data"],
  ["src/components/recipe", "views of recipes and changes"],
  ["src/components/runs", "views of runs"],
  ["src/components/tune", "views of the form"],
  ["src/components/doctor", "views of the doctor"],
  ["src/tools", "AI tools, one file each"],
  ["src", "commands, one file each"],
];

const RANKS = new Map(ROOMS.map(([room], rank) => [room, rank]));

/** @param {string} path from the project's root. @returns {string | null} its room; null in none */
export function roomOf(path) {
  if (RANKS.has(path)) return path;
  const folder = dirname(path);
  return RANKS.has(folder) ? folder : null;
}

/** What the extension may know of the worker: what is pure. The rest would bring a second SQLite library into Raycast's process. */
const isShared = (room) => /^worker\/(core|providers)/.test(room);

/** Whether a file of `from` may import one of `to`. @param {string} from @param {string} to rooms */
export function mayImport(from, to) {
  if (from.startsWith("src") && to.startsWith("worker") && !isShared(to)) return false;
  return (RANKS.get(to) ?? Infinity) <= (RANKS.get(from) ?? -1);
}
