#!/usr/bin/env node
// The program that tests/support/walk/pond.ts describes: `pond serve --model M --port P [--streams N] [--window N]`. A window makes it
// twice as fast, so a tune that really passes the knob on finds it.
//
// FAKE_PROVIDER_LOG  file that gets a line of JSON per start, request, answer and end
import { appendFileSync } from "node:fs";
import { serve } from "./fake-macprovider-http.mjs";

const argv = process.argv.slice(2);
const HELP = "usage: pond serve [--model MODEL] [--port PORT] [--streams N] [--window N]\n";
const flag = (name) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : null);

function note(event, facts = {}) {
  const line = JSON.stringify({ event, pid: process.pid, at: Date.now(), ...facts });
  if (process.env.FAKE_PROVIDER_LOG) appendFileSync(process.env.FAKE_PROVIDER_LOG, `${line}\n`);
}

if (argv.includes("--version")) process.stdout.write("pond 0.3.1\n");
else if (argv.includes("--help")) process.stdout.write(HELP);
else {
  const model = flag("--model") ?? "t/Default-1B";
  const behaviour = { ttftMs: 10, interTokenMs: flag("--window") === null ? 8 : 4 };
  note("start", { argv, model });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => process.exit(0));
  process.on("exit", (code) => note("end", { code }));
  serve({ model, port: Number(flag("--port") ?? 8123), knobs: {}, behaviour, note });
}
