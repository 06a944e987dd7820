import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import {
  describeAnswer,
  isEnding,
  killsAfterS,
  type LaunchctlAnswer,
  meaningOfBootout,
  meaningOfBootstrap,
  meaningOfKickstart,
  meaningOfPrint,
  parseDomainServices,
  parsePrintedService,
} from "../../../worker/core/launchd/launchctl-output.ts";

const mac = (name: string) => readFileSync(`tests/fixtures/mac/launchctl-${name}.txt`, "utf8");
const answer = (code: number | null, stderr = "", stdout = ""): LaunchctlAnswer => ({ code, stdout, stderr });
const CODES = [0, 1, 3, 5, 36, 37, 112, 113, 119, 122, 125, 134, 150, null];

test("each verb's codes mean what a Mac means by them", () => {
  expect(CODES.map((code) => meaningOfPrint(answer(code)))).toEqual(
    "loaded unclear unclear unclear unclear unclear no-session absent unclear unclear no-session unclear unclear unclear".split(
      " ",
    ),
  );
  expect(CODES.map(meaningOfBootout)).toEqual(
    "done refused absent failed going-on going-on refused absent failed failed refused failed refused failed".split(
      " ",
    ),
  );
  expect(CODES.map(meaningOfBootstrap)).toEqual(
    "done failed failed retry retry retry no-session failed disabled failed no-session failed failed retry".split(" "),
  );
  expect(CODES.map(meaningOfKickstart)).toEqual(
    "done failed absent failed going-on going-on failed absent failed failed failed failed failed failed".split(" "),
  );
});

test("every answer that was seen on a Mac has its meaning, and words of its own for people", () => {
  const lines = mac("exit-codes").trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(15);
  for (const line of lines) {
    const [verb = "", code, text = "", wanted] = line.split("\t");
    const given = answer(Number(code), text.replaceAll("\\n", "\n"));
    const meanings: Record<string, () => string> = {
      print: () => meaningOfPrint(given),
      bootout: () => meaningOfBootout(given.code),
      bootstrap: () => meaningOfBootstrap(given.code),
      kickstart: () => meaningOfKickstart(given.code),
    };
    const meaning = meanings[verb]?.();
    expect([line, meaning]).toEqual([line, wanted]);
    expect(describeAnswer(verb, given)).toMatch(new RegExp(`^launchctl ${verb} answered ${code} \\(.+\\)$`));
  }
});

test.each([
  [1, 'Bad request.\nCould not find service "x" in domain for user gui: 501', "absent"],
  [3, "Could not print service: 3: No such process", "absent"],
  [1, "Could not print service: 1: Operation not permitted", "unclear"],
  [1, "", "unclear"],
  [3, "", "unclear"],
  [124, "Domain is tearing down", "no-session"],
])("print with %s and %j: %s only if its text says so", (code, stderr, meaning) => {
  expect(meaningOfPrint(answer(code, stderr))).toBe(meaning);
});

const HOME = "/Users/tester";
const SERVE = [`${HOME}/.malibu/bin/malibu-cli`, "serve", "--port", "8080"];
const SCRIPT = `wait_for_disk() {
  until [ -d /Volumes/Models ]; do sleep 1; done
}
wait_for_disk
exec ${HOME}/.malibu/bin/malibu-cli serve --port 8080`;

test.each([
  ["agent-running", 28474, "running", `${HOME}/Library/LaunchAgents/live.malibu.provider.plist`, SERVE, 5],
  [
    "never-exited",
    null,
    "not running",
    `${HOME}/Library/LaunchAgents/homebrew.mxcl.omlx.plist`,
    ["/opt/homebrew/opt/omlx/bin/omlx", "serve"],
    5,
  ],
  [
    "spawn-scheduled-78",
    null,
    "spawn scheduled",
    `${HOME}/Library/LaunchAgents/live.streamvc.macprovider.plist`,
    [
      `${HOME}/.macprovider/bin/macprovider-cli`,
      "serve",
      "--config",
      `${HOME}/Library/Application Support/macprovider/config.yaml`,
    ],
    88200,
  ],
  ["smappservice", 30112, "running", null, ["Contents/MacOS/mlxbar-serve", "--daemon"], 30],
  [
    "two-triggers",
    null,
    "not running",
    `${HOME}/Library/LaunchAgents/com.example.mlx-nightly.plist`,
    ["/opt/homebrew/bin/mlx_lm.server", "--port", "8081"],
    5,
  ],
  [
    "inline-script",
    4711,
    "running",
    `${HOME}/Library/LaunchAgents/live.malibu.provider.plist`,
    ["/bin/sh", "-c", SCRIPT],
    60,
  ],
  [
    "system-daemon",
    383,
    "running",
    "/Library/LaunchDaemons/com.example.mlxd.plist",
    ["/bin/sh", "-c", "/bin/wait4path /opt/mlx && exec /opt/mlx/bin/mlx_lm.server --port 8080"],
    5,
  ],
  ["sigtermed", 28474, "SIGTERMed", `${HOME}/Library/LaunchAgents/live.malibu.provider.plist`, SERVE, 60],
  [
    "tab-script",
    4711,
    "running",
    `${HOME}/Library/LaunchAgents/com.example.mlx-loop.plist`,
    ["/bin/sh", "-c", "serve() {\n\tpid = 1\n\t}\n\texit timeout = 9\n\tserve", "", "--port"],
    5,
  ],
])("print of a real form (%s) gives pid, state, plist, words and exit timeout", (name, pid, state, plist, argv, s) => {
  const service = parsePrintedService(mac(`print-${name}`));
  expect(service).toMatchObject({ pid, state, plistPath: plist, argv, exitTimeoutS: s });
  expect(isEnding(service)).toBe(name === "sigtermed");
});

test.each([
  ["}"],
  ["\t\t}"],
  ["{"],
  ["a = {"],
  ["\tb => {"],
  ["\t}", "\tpid = 1", "\tstate = nowhere", "\tpath = /x", "\texit timeout = 9"],
])("a value with lines of its own hides nothing: %j", (...lines) => {
  for (const text of ["agent-running", "sigtermed"].map((name) => mac(`print-${name}`))) {
    const odd = text.replace(/(\n\tenvironment = \{\n)/, `$1\t\tSCRIPT => first\n${lines.join("\n")}\n`);
    expect(odd).not.toBe(text);
    expect(parsePrintedService(odd)).toEqual(parsePrintedService(text));
  }
});

test("a job without ExitTimeOut is killed after 5 s, one with 0 never", () => {
  const ofText = (line: string) => killsAfterS(parsePrintedService(`a = {\n${line}\n}`).exitTimeoutS);
  expect(["\texit timeout = 5", "\texit timeout = 60", "\texit timeout = 0", "\tpid = 1"].map(ofText)).toEqual([
    5,
    60,
    Infinity,
    5,
  ]);
});

test("a domain's own list of services is read, with every form of status", () => {
  expect(parseDomainServices(mac("print-domain-gui"))).toEqual([
    { label: "live.malibu.provider", pid: 887 },
    { label: "com.apple.syncdefaultsd", pid: 866 },
    { label: "com.docker.socket", pid: null },
    { label: "homebrew.mxcl.omlx", pid: null },
    { label: "live.malibu.provider-watchdog", pid: null },
    { label: "com.example.penalty", pid: 25900 },
    { label: "application.com.apple.Terminal.1152921500311883022.1152921500311883027", pid: 4711 },
    { label: "com.example.label with space", pid: 1044 },
    { label: "com.example.sixdigits", pid: 104400 },
  ]);
  expect(parseDomainServices(mac("print-domain-system"))).toEqual([
    { label: "com.apple.rpmuxd", pid: null },
    { label: "com.apple.kernelmanager_helper", pid: 876 },
    { label: "com.example.mlxd", pid: 383 },
  ]);
});

test("a service's own lines are read, not those of the blocks inside it", () => {
  const text = `gui/501/live.malibu.provider = {
\tactive count = 1
\tpath = /Users/me/Library/LaunchAgents/live.malibu.provider.plist
\tstate = running

\tprogram = /usr/local/bin/malibu-cli
\targuments = {
\t\t/usr/local/bin/malibu-cli
\t\tserve
\t}
\tendpoints = {
\t\t"x" = {
\t\t\tstate = active
\t\t\tpid = 1
\t\t}
\t}
\texit timeout = 20
\tpid = 4711
\tlast exit code = (never exited)
}`;
  expect(parsePrintedService(text)).toEqual({
    pid: 4711,
    state: "running",
    plistPath: "/Users/me/Library/LaunchAgents/live.malibu.provider.plist",
    program: "/usr/local/bin/malibu-cli",
    argv: ["/usr/local/bin/malibu-cli", "serve"],
    exitTimeoutS: 20,
  });
});

test("text of another shape gives nulls, never a guess", () => {
  expect(parsePrintedService("path = (submitted by x.1)\npid = 7")).toEqual({
    pid: null,
    state: null,
    plistPath: null,
    program: null,
    argv: [],
    exitTimeoutS: null,
  });
  expect(parsePrintedService("a = {\n\tpath = (submitted by x.1)\n\tpid = 0\n}").plistPath).toBeNull();
  expect(parseDomainServices("gui/501 = {\n\ttype = login\n}")).toEqual([]);
});

test("a domain's services are read with their pids", () => {
  const text =
    "gui/501 = {\n\thandle = 1\n\tservices = {\n\t\t  0      - \tcom.a\n\t\t 99   (pe) \tcom.b c\n\t}\n\tendpoints = {\n\t\t 5 - \tno\n\t}\n}";
  expect(parseDomainServices(text)).toEqual([
    { label: "com.a", pid: null },
    { label: "com.b c", pid: 99 },
  ]);
});

test("an answer is described by its meaning, an unknown one by what launchctl said last", () => {
  expect(describeAnswer("bootstrap", answer(119))).toBe("launchctl bootstrap answered 119 (the service is disabled)");
  expect(describeAnswer("bootout", answer(9, "a\nBoot-out failed: 9\n"))).toBe(
    "launchctl bootout answered 9: Boot-out failed: 9",
  );
  expect(describeAnswer("print x", answer(null, "no answer within 10 s"))).toBe(
    "launchctl print x gave no answer: no answer within 10 s",
  );
});
