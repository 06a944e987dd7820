#!/usr/bin/env node
// A program that behaves like macprovider-cli, for tests: flags, load, ends and signals here; its HTTP side in
// fake-macprovider-http.mjs, what a scenario may say in fake-provider.ts. Link it under the program's name, do not copy it.
//
// FAKE_PROVIDER_SCENARIO  JSON file with the behaviour per model and knobs; without it every model works at once
// FAKE_PROVIDER_LOG       file that gets one line of JSON per start, request, answer, signal and end
// FAKE_COORDINATOR        host:port that it connects to unless --no-join is given
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { serve } from "./fake-macprovider-http.mjs";

const ALL_FLAGS = ["--model", "--port", "--no-join", "--config", "--kv-bits", "--max-batch", "--max-context"];
const SWITCHES = ["--no-join"];
const LOG_LINE_BYTES = 1000;

const env = process.env;
const scenario = env.FAKE_PROVIDER_SCENARIO ? JSON.parse(readFileSync(env.FAKE_PROVIDER_SCENARIO, "utf8")) : {};
const isGrandchild = env.FAKE_PROVIDER_GRANDCHILD === "1";

function note(event, facts = {}) {
  const line = JSON.stringify({ event, pid: process.pid, at: Date.now(), ...facts });
  if (env.FAKE_PROVIDER_LOG) appendFileSync(env.FAKE_PROVIDER_LOG, `${line}\n`);
}

function refuse(text) {
  process.stderr.write(`error: ${text}\n`);
  process.exit(2);
}

function parseFlags(argv) {
  const known = ["--no-join", ...(scenario.flags ?? ALL_FLAGS)];
  const flags = {};
  for (let i = 0; i < argv.length; i++) {
    const [name, attached] = argv[i].split("=", 2);
    if (!known.includes(name)) refuse(`Unknown option '${argv[i]}'`);
    flags[name] = SWITCHES.includes(name) ? true : (attached ?? argv[++i]);
    if (flags[name] === undefined) refuse(`Missing value for '${name}'`);
  }
  return flags;
}

function whole(flags, name) {
  if (flags[name] === undefined) return null;
  if (!/^[1-9]\d*$/.test(flags[name])) refuse(`The value '${flags[name]}' is invalid for '${name}'`);
  return Number(flags[name]);
}

/** A live provider is started with its configuration only. */
function fromConfig(path, key) {
  const file = path ?? env.MACPROVIDER_CONFIG;
  if (!file || !existsSync(file)) return undefined;
  return new RegExp(`^${key}:\\s*["']?([^"'#\\s]+)`, "m").exec(readFileSync(file, "utf8"))?.[1];
}

function settingsOf(flags) {
  const knobs = {
    kv_bits: whole(flags, "--kv-bits"),
    max_batch: whole(flags, "--max-batch"),
    max_context: whole(flags, "--max-context"),
  };
  if (knobs.kv_bits !== null && ![4, 8].includes(knobs.kv_bits)) refuse("--kv-bits must be 4 or 8");
  const model = flags["--model"] ?? fromConfig(flags["--config"], "model");
  if (!model) refuse("Missing expected argument '--model <model>'");
  const port = whole(flags, "--port") ?? Number(fromConfig(flags["--config"], "port") ?? 8080);
  return { model, port, knobs };
}

/** defaults < the model's own < every entry of its `knobs` list whose `when` agrees, in order. */
function behaviourOf({ model, knobs }) {
  const own = scenario.models?.[model] ?? {};
  const fitting = (own.knobs ?? []).filter(({ when }) =>
    Object.entries(when).every(([name, value]) => knobs[name] === value),
  );
  return Object.assign({}, scenario.defaults, own, ...fitting);
}

function noteStart(argv, flags, settings) {
  const config = flags["--config"];
  const there = config !== undefined && existsSync(config);
  note(isGrandchild ? "grandchild" : "start", {
    ...settings,
    argv,
    ppid: process.ppid,
    noJoin: flags["--no-join"] === true,
    macproviderEnv: Object.keys(env).filter((name) => name.startsWith("MACPROVIDER_")),
    configPath: config ?? null,
    configText: there ? readFileSync(config, "utf8") : null,
    configMode: there ? (statSync(config).mode & 0o777).toString(8) : null,
  });
}

function joinPool() {
  const [host, port] = (env.FAKE_COORDINATOR ?? "").split(":");
  if (!port) return;
  connect({ host, port: Number(port) }, () => note("coordinator")).on("error", () => note("coordinator-refused"));
}

function watchSignals(behaviour) {
  process.on("exit", (code) => note("end", { code }));
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) {
    process.on(signal, () => {
      note("signal", { signal });
      const graceMs = behaviour.ignoreSigtermMs ?? 0;
      if (graceMs >= 0) setTimeout(() => process.exit(behaviour.sigtermCode ?? 0), graceMs);
    });
  }
}

async function writeLog(bytes) {
  const line = `${"x".repeat(LOG_LINE_BYTES - 1)}\n`;
  for (let written = 0; written < bytes; written += LOG_LINE_BYTES) {
    if (!process.stderr.write(line)) await new Promise((resolve) => process.stderr.once("drain", resolve));
  }
}

async function load(behaviour) {
  process.stderr.write("loading model\n");
  await writeLog(behaviour.logBytes ?? 0);
  if (behaviour.hangLoad) await sleep(2 ** 31 - 1);
  while (behaviour.loadUntilFile && !existsSync(behaviour.loadUntilFile)) await sleep(20);
  const end = behaviour.loadExit;
  await sleep(end?.afterMs ?? behaviour.loadMs ?? 20);
  if (!end) return;
  process.stderr.write(`${end.stderr ?? "failed to load"}\n`);
  if (end.signal) {
    process.kill(process.pid, end.signal);
    await sleep(1000);
  }
  process.exit(end.code ?? 1);
}

/** Wait in this process while a child of the same group holds the port. */
function serveInGrandchild(argv) {
  const script = fileURLToPath(import.meta.url);
  const options = { env: { ...env, FAKE_PROVIDER_GRANDCHILD: "1" }, stdio: "inherit" };
  spawn(process.execPath, [script, ...argv], options).on("exit", (code) => process.exit(code ?? 1));
}

async function main(argv) {
  if (argv.includes("--version")) return process.stdout.write(`${scenario.version ?? "macprovider-cli 1.4.0"}\n`);
  if (argv[0] !== "serve") refuse(`Unexpected argument '${argv[0] ?? ""}'`);
  if (argv.includes("--help")) {
    const lines = (scenario.flags ?? ALL_FLAGS).map((flag) => `  ${flag}${SWITCHES.includes(flag) ? "" : " <value>"}`);
    return process.stdout.write(`USAGE: macprovider-cli serve [options]\n\nOPTIONS:\n${lines.join("\n")}\n`);
  }
  const flags = parseFlags(argv.slice(1));
  const settings = settingsOf(flags);
  const behaviour = behaviourOf(settings);
  if (behaviour.processTitle) process.title = behaviour.processTitle;
  watchSignals(behaviour);
  noteStart(argv, flags, settings);
  if (flags["--no-join"] !== true) joinPool();
  if (behaviour.badKnob) refuse(behaviour.badKnob);
  if (behaviour.portInGrandchild && !isGrandchild) return serveInGrandchild(argv);
  await load(behaviour);
  serve({ ...settings, behaviour, note });
}

await main(process.argv.slice(2));
