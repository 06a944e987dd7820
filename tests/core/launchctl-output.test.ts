import { expect, test } from "@jest/globals";
import {
  describeAnswer,
  meaningOfBootout,
  meaningOfBootstrap,
  meaningOfKickstart,
  meaningOfPrint,
  parseDomainServices,
  parsePrintedService,
} from "../../worker/core/launchctl-output.ts";

const CODES = [0, 1, 3, 5, 36, 37, 112, 113, 119, 125, null];

test("each verb's codes mean what a Mac means by them", () => {
  expect(CODES.map(meaningOfPrint)).toEqual(
    "loaded absent absent unclear unclear unclear no-session absent unclear no-session unclear".split(" "),
  );
  expect(CODES.map(meaningOfBootout)).toEqual(
    "done failed absent failed going-on going-on failed absent failed failed failed".split(" "),
  );
  expect(CODES.map(meaningOfBootstrap)).toEqual(
    "done failed failed retry retry retry no-session failed disabled no-session retry".split(" "),
  );
  expect(CODES.map(meaningOfKickstart)).toEqual(
    "done failed absent failed going-on going-on failed absent failed failed failed".split(" "),
  );
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
  const answer = (code: number | null, stderr = "") => ({ code, stdout: "", stderr });
  expect(describeAnswer("bootstrap", answer(119))).toBe("launchctl bootstrap answered 119 (the service is disabled)");
  expect(describeAnswer("bootout", answer(9, "a\nBoot-out failed: 9\n"))).toBe(
    "launchctl bootout answered 9: Boot-out failed: 9",
  );
  expect(describeAnswer("print x", answer(null, "no answer within 10 s"))).toBe(
    "launchctl print x gave no answer: no answer within 10 s",
  );
});
