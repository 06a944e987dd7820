// Composition root: argv to a command, signals to an AbortSignal, errors to exit codes.
import { randomInt, randomUUID } from "node:crypto";
import { homedir } from "node:os";
import { Command } from "commander";
import { registerSettings, refuseAsConfigErrors } from "./cli/cli-options.ts";
import { RUN_ID_VARIABLE, runDetached } from "./cli/run/detach.ts";
import { failed, type RefusedRun } from "./cli/run/failure.ts";
import { stderrLog, type Io } from "./cli/command/io.ts";
import { planTune } from "./cli/run/plan.ts";
import type { CommandSpec } from "./cli/command/command.ts";
import { COMMANDS } from "./cli/registry.ts";
import { resumeTune } from "./cli/run/resume.ts";
import { runTune } from "./cli/run/run.ts";
import { configFilePath, readConfigFile } from "./cli/config-file.ts";
import { errorText, EXIT_CODES, failureLine } from "./core/errors.ts";
import { variableOf, type SettingName } from "./core/settings/options.ts";
import { SPEC_VERSION } from "./core/result/recipe.ts";
import type { RawFlags } from "./core/settings/setting-sources.ts";
import { readSettings, resolveSettings, settingsError, type Settings } from "./core/settings/settings.ts";
import { systemClock } from "./platform/machine/clock.ts";
import { keepLoopbackDirect } from "./platform/endpoint/direct-loopback.ts";
import { guardMain } from "./recovery/guard.ts";
import { interruptible } from "./interruptible.ts";
import { leave } from "./leave.ts";
import { recover } from "./recovery/recover.ts";
import { listenForSignals } from "./cli/signals.ts";
import { simulatedProviderMain } from "./simulator/main.ts";
import { openStore } from "./store/store.ts";

declare const AUTOTUNE_VERSION: string;

/** Run one command line. @returns the exit code */
async function main(argv: string[]): Promise<number> {
  keepLoopbackDirect(process.env);
  if (argv[0] === "simulated-provider") return simulatedProviderMain(argv.slice(1), process.env);
  if (argv[0] === "guard") return guardMain(argv.slice(1), process.env);
  const signals = listenForSignals();
  const io: Io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    homeDir: process.env["HOME"] ?? homedir(),
    selfCommand: [process.execPath, process.argv[1] ?? ""],
    signal: signals.first,
    hurry: signals.second,
  };
  let code = 0;
  const identity = { runId: io.env[RUN_ID_VARIABLE] ?? randomUUID(), startedAt: systemClock.utc() };
  const { program, runFlags } = buildProgram(io, argv, identity, (result) => (code = result));
  try {
    await program.parseAsync(argv.length === 0 ? ["--help"] : argv, { from: "user" });
    return code;
  } catch (error) {
    const wantsJson = async () =>
      argv.includes("--json") || readSettings(await rawSettings({}, io, ["json"])).inputs.json;
    const refused = async () =>
      argv[0] === "run" ? { ...identity, inputs: readSettings(await rawSettings(runFlags(), io)).inputs } : null;
    return failed(error, io, wantsJson, refused);
  } finally {
    signals.done();
  }
}

type Action = (...args: string[]) => Promise<number> | number;

/** Id and start of the run that this command line begins, if it is a `run`. */
type Identity = Omit<RefusedRun, "inputs">;

function buildProgram(
  io: Io,
  argv: string[],
  identity: Identity,
  done: (code: number) => void,
): { program: Command; runFlags: () => RawFlags } {
  const program = new Command("mlx-autotune");
  refuseAsConfigErrors(program);
  program.description(
    "Find the biggest model this Mac really serves at the context you need, with the knobs that serve it best.",
  );
  program.version(AUTOTUNE_VERSION);
  const finish =
    (action: Action) =>
    async (...args: unknown[]) =>
      done(await action(...args.flat().filter((arg) => typeof arg === "string")));

  const run = program
    .command("run")
    .description("find the best recipe")
    .option("--detach", "run in the background and print the run id");
  const runFlags = registerSettings(run);
  run.action(finish(() => runCommand(identity, runFlags(), run.opts()["detach"] === true, argv.slice(1), io)));

  const plan = program.command("plan").description("say what run would do, start nothing");
  const planFlags = registerSettings(plan);
  plan.action(finish(async () => planCommand(await resolve(planFlags(), io), io)));

  for (const spec of COMMANDS) addCommand(program, spec, finish, io);
  return { program, runFlags };
}

/** Settings of every command that works on the database. */
const STORE_SETTINGS: SettingName[] = ["db-path", "json"];

function addCommand(
  program: Command,
  spec: CommandSpec,
  finish: (action: Action) => (...args: unknown[]) => Promise<void>,
  io: Io,
): void {
  const command = program.command(spec.name).description(spec.description);
  for (const [name, description] of spec.arguments ?? []) command.argument(name, description);
  for (const [flags, description] of spec.options ?? []) command.option(flags, description);
  const names = [...(spec.settings ?? []), ...STORE_SETTINGS];
  const flags = registerSettings(command, names);
  command.action(
    finish(async (...args) => {
      if (spec.bare) {
        const { problems, ...settings } = readSettings(await rawSettings(flags(), io));
        return interruptible(
          Promise.resolve(spec.run({ io, settings, problems, args, options: command.opts() })),
          io.signal,
        );
      }
      const settings = await resolve(flags(), io, names);
      const store = openStore(settings.inputs.dbPath);
      try {
        if (spec.recovers !== false)
          await recover({
            ...{ store, env: io.env, log: stderrLog(io) },
            ...{ retryFailed: false, waitForOthers: false, tellDown: true, signal: io.signal },
          });
        return await spec.run({ io, store, settings, args, options: command.opts() });
      } finally {
        store.close();
      }
    }),
  );
}

let settingsFile: ReturnType<typeof readConfigFile> | undefined;

/** What settings are read from; only those of `names`, so that an unrelated one cannot keep a command from working. */
async function rawSettings(flags: RawFlags, io: Io, names?: SettingName[]) {
  const file = await (settingsFile ??= readConfigFile(configFilePath(io.homeDir), io.signal));
  const wanted =
    names && file ? { ...file, entries: file.entries.filter((entry) => names.includes(entry.name)) } : file;
  return {
    flags,
    env: names ? Object.fromEntries(names.map(variableOf).map((name) => [name, io.env[name]])) : io.env,
    file: wanted,
    home: io.homeDir,
    cwd: process.cwd(),
    randomSeed: randomInt(2 ** 32),
  };
}

async function resolve(flags: RawFlags, io: Io, names?: SettingName[]): Promise<Settings> {
  return resolveSettings(await rawSettings(flags, io, names));
}

async function planCommand(settings: Settings, io: Io): Promise<number> {
  const resume =
    settings.resume === null ? [] : ["--resume is not planned: this is what a run from the start would do"];
  return interruptible(planTune(settings.inputs, [...settings.warnings, ...resume], io), io.signal);
}

async function runCommand(
  identity: Identity,
  flags: RawFlags,
  detach: boolean,
  args: string[],
  io: Io,
): Promise<number> {
  const settings = resolveOrRecord(await rawSettings(flags, io), identity);
  if (settings.dryRun) return planCommand(settings, io);
  const { inputs } = settings;
  if (detach) return runDetached(identity.runId, args, inputs.dbPath, inputs.json, io);
  const store = openStore(inputs.dbPath);
  try {
    if (settings.reportOnly) {
      if (settings.resume !== null) stderrLog(io).warn("--resume is ignored: --report-only starts nothing");
      const { reportLatest } = await import("./cli/history/report.ts");
      return reportLatest(store, inputs.dbPath, inputs.json, io);
    }
    const { warnings, compare } = settings;
    const request = { ...identity, inputs, warnings, compare };
    if (settings.resume !== null) return await resumeTune(request, settings, store, io);
    return await runTune({ ...request, resumption: null }, store, io);
  } finally {
    store.close();
  }
}

/** A run that is refused leaves a row saying so, wherever its database can be opened. */
function resolveOrRecord(raw: Awaited<ReturnType<typeof rawSettings>>, identity: Identity): Settings {
  const { problems, ...settings } = readSettings(raw);
  if (problems.length === 0) return settings;
  if (settings.dryRun || settings.reportOnly) throw settingsError(problems);
  try {
    const store = openStore(settings.inputs.dbPath);
    const run = { ...identity, specVersion: SPEC_VERSION, inputs: settings.inputs };
    store.recordRejected(run, "config_error", problems.join("\n"));
    store.close();
  } catch (error) {
    problems.push(errorText(error));
  }
  throw settingsError(problems);
}

/** End now, not when Node has taken itself apart: in that time it hears no signal, and one would replace the exit code. */
async function endWith(code: number): Promise<void> {
  process.exitCode = code;
  await Promise.all([process.stdout, process.stderr].map((out) => new Promise((written) => out.write("", written))));
  leave(code);
}

void main(process.argv.slice(2))
  .catch((error: unknown) => {
    process.stderr.write(`${failureLine("internal", errorText(error))}\n`);
    return EXIT_CODES.internal_error;
  })
  .then(endWith);
