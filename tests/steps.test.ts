// Every effect of the worker is a named step, so that the chaos test stops at all of them. Source: contract §16 case 10.
import { expect, test } from "@jest/globals";
import { readSource, readSources } from "./chaos/steps.ts";

test("every effect of the worker is in a step with a literal name of its own", () => {
  const { steps, faults } = readSources();
  expect(faults).toEqual([]);
  expect(steps.map(({ name }) => name).filter((name) => !/^[a-z]+(\.[a-z]+(-[a-z]+)*)$/.test(name))).toEqual([]);
  expect(steps.length).toBeGreaterThan(60);
});

const IMPORTS = `
import { renameSync, openSync } from "node:fs";
import { spawn } from "node:child_process";
import { execa } from "execa";
import { insertRow } from "./rows.ts";
`;

const faultsOf = (body: string) => readSource("worker/new.ts", IMPORTS + body).faults.map((text) => text.slice(13));

test.each([
  ["a signal", "process.kill(pid, 'SIGTERM');", ": process.kill is in no step"],
  ["launchd", "async function f() { await launchd.bootout(a, b); }", ": launchd.bootout is in no step"],
  ["a rename", "export function f() { renameSync(a, b); }", ": renameSync is in no step"],
  ["a file to write", "const fd = openSync(path, 'wx');", ": openSync is in no step"],
  ["a program", "const child = spawn('x');", ": spawn is in no step"],
  ["an unknown program", "await execa('killall', ['x']);", ": execa is in no step"],
  ["a row", "function f() { insertRow(db, 't', row); }", ": insertRow is in no step"],
  ["a transaction", "db.transaction(() => { insertRow(db, 't', row); }).immediate();", ": a transaction is in no step"],
  ["a variable name", "step(name, () => spawn('x'));", ": the name of a step is no literal"],
  ["one caller without", "function f() { spawn('x'); } step('a.b', () => f()); f();", ": spawn is in no step"],
])("%s outside of a step is found", (_what, body, fault) => {
  expect(faultsOf(body)).toEqual([expect.stringContaining(fault)]);
});

test.each([
  "process.kill(pid, 0);",
  "const fd = openSync(path, 'r');",
  "await execa('ps', ['-ax']);",
  "await step('a.b', () => launchd.bootout(a, b));",
  "step('a.b', () => db.transaction(() => { insertRow(db, 't', row); }).immediate());",
  "function f() { g(); } function g() { renameSync(a, b); } step('a.b', () => f());",
  "function durably(name, write) { return step(name, write); }",
])("%s is fine", (body) => {
  expect(faultsOf(body)).toEqual([]);
});
