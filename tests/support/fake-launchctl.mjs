#!/usr/bin/env node
// Stand-in for launchctl: hands its arguments to the resident fake-launchd.mjs of FAKE_LAUNCHD_DIR and repeats the answer.
// FAKE_LAUNCHD_ROOT=1 makes the caller root, who alone may change the system domain.
import { connect } from "node:net";
import { join } from "node:path";

const folder = process.env.FAKE_LAUNCHD_DIR;
const caller = { uid: process.getuid(), root: process.env.FAKE_LAUNCHD_ROOT === "1" };
const socket = connect(join(folder ?? "/nonexistent", "launchd.sock"));
const chunks = [];
socket.on("connect", () => socket.end(JSON.stringify({ words: process.argv.slice(2), caller })));
socket.on("data", (chunk) => chunks.push(chunk));
socket.on("error", (error) => {
  process.stderr.write(`fake launchctl: no launchd in ${folder}: ${error.message}\n`);
  process.exit(71);
});
socket.on("end", () => {
  const { code, stdout = "", stderr = "" } = JSON.parse(Buffer.concat(chunks).toString());
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = code;
});
