// What may be handed on: nothing that names a person, a machine or a network is left, whatever tool spelled it.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { spellingsOf } from "../../../worker/core/text/name-spellings.ts";
import { maskPlanted, secretsIn, secretsOfEnvironment } from "../../../worker/core/secrets/planted-secrets.ts";
import { type Identity, leftIn, redactor } from "../../../worker/core/secrets/redact.ts";

const NOBODY: Identity = { homes: [], users: [], fullNames: [], hosts: [], serials: [], secrets: [] };
const redact = (text: string, identity: Partial<Identity> = {}) => redactor({ ...NOBODY, ...identity })(text);
const JOSE = { homes: ["/Users/josé"], users: ["josé"], fullNames: ["José Núñez"] };

describe("names", () => {
  test.each<[string, string]>([
    ["/Users/josé/x", "~/x"],
    ["/Users/jose\u0301/x", "~(decomposed)/x"],
    ["/Users/josM-CM-)/x", "~(M-escaped)/x"],
    ["n/Users/jos\\xc3\\xa9/My Models", "n~(\\x-escaped)/My Models"],
    ["/Users/jos\\303\\251/x", "~(octal)/x"],
    ["file:///Users/jos%C3%A9/x", "file://~(percent-encoded)/x"],
    ['"/Users/jos\\u00e9/x"', '"~(JSON-escaped)/x"'],
    ["/USERS/JOSÉ/x", "~/x"],
    ["/Users/josé2/x", "/Users/USER1/x"],
    ["owner josé, by José Núñez", "owner USER, by NAME"],
    ["Núñez alone", "NAME alone"],
  ])("%s", (text, wanted) => expect(redact(text, JOSE)).toBe(wanted));

  test("ps' own output under LC_ALL=C", () => {
    const text = readFileSync("tests/fixtures/mac/ps-table-nonascii-LC_ALL_C.txt", "utf8");
    const shown = redact(text, { homes: ["/Users/josé"], users: ["josé"] });
    expect(shown).toContain("~(M-escaped)/.malibu/bin/malibu-cli");
    expect(shown).not.toMatch(/jos|zoM/);
  });

  test("a short user name is a word of its own, a long one also a part", () => {
    expect(redact("mac machine /Users/mac/x", { users: ["mac"] })).toBe("USER machine /Users/USER/x");
    expect(redact("xjsmith99 jsmith99s-mbp", { users: ["jsmith99"] })).toBe("xUSER USERs-mbp");
    expect(redact("macprovider-cli of provider", { users: ["provider"] })).toBe("macprovider-cli of USER");
  });

  test("host names, with and without domain; plain ones stay", () => {
    expect(redact("at studio-7 studio-7.corp.example", { hosts: ["studio-7.corp.example"] })).toBe("at HOST HOST");
    expect(redact("vm_stat on vm", { hosts: ["vm"] })).toBe("vm_stat on HOST");
    expect(redact("to Josés-MacBook-Pro.local, localhost", { hosts: ["localhost"] })).toBe("to HOST1, localhost");
  });
});

describe("numbers of a machine or a network", () => {
  test.each<[string, string]>([
    ["A1B2C3D4-0000-1111-2222-333344445555 a1b2c3d4-0000-1111-2222-333344445555", "UUID1 UUID1"],
    ["192.168.1.20:8083 127.0.0.2 0.0.0.0 10.1.2.3", "IP1:8083 127.0.0.2 0.0.0.0 IP2"],
    ["n[fe80:1::1]:8084 n[::1]:8081 n[::]:8082", "n[IP1]:8084 n[::1]:8081 n[::]:8082"],
    ["Mon Nov 23 08:00:01 2026, 4:12 remaining", "Mon Nov 23 08:00:01 2026, 4:12 remaining"],
    ["a4:83:e7:00:11:22", "MAC1"],
    [" -InternalBattery-0 (id=23265379)\t64%", " -InternalBattery-0 (id=SERIAL)\t64%"],
    ['"IOPlatformSerialNumber" = "C02XG0AAJGH5"', '"IOPlatformSerialNumber" = "SERIAL"'],
    ["Serial Number: C02XG0AAJGH5", "Serial Number: SERIAL"],
    ["mail jo@corp.example", "mail MAIL1"],
    // Forms seen in public reports: a login on a machine of the house, a Homebrew package, a host named after its user.
    ["ssh alice@guesthouse, alice@192.168.64.7", "ssh LOGIN1, LOGIN2"],
    [
      "/opt/homebrew/Cellar/python@3.13/3.13.3_1/x, uvx mlx-lm@latest",
      "/opt/homebrew/Cellar/python@3.13/3.13.3_1/x, uvx mlx-lm@latest",
    ],
    ['"host": "Joes-MacBook.local"', '"host": "HOST1"'],
    ["macOS 26.0.1, version 1.2.3", "macOS 26.0.1, version 1.2.3"],
    ["/Users/other/.venv and /Users/Shared/x", "/Users/USER1/.venv and /Users/Shared/x"],
  ])("%s", (text, wanted) => expect(redact(text)).toBe(wanted));
});

describe("secrets", () => {
  const OPAQUE = "e6bd40b4d1f04cba9010a90b";
  // Forms seen in public reports: a token as an option's value and again in the environment that ps appends.
  test.each([
    `daemon serve --addr 127.0.0.1:0 --startup-token ${OPAQUE} --state-dir /x`,
    `malibu-cli serve HOME=/x MALIBU_DAEMON_STARTUP_TOKEN=${OPAQUE} PATH=/bin`,
    `\t\tMALIBU_API_KEY => ${OPAQUE}`,
    `<key>HF_TOKEN</key>\n\t\t<string>${OPAQUE}</string>`,
    `"api_key": "${OPAQUE}"`,
    `password: correct horse ${OPAQUE}`,
    `'client_secret' => 'x ${OPAQUE}'`,
    `KEY:${OPAQUE}`,
    `--api-key=${OPAQUE}`,
    `curl -H 'Authorization: Bearer ${OPAQUE}'`,
    `https://user:${OPAQUE}@host.example/x`,
  ])("an opaque one is masked by the name before it: %s", (text) => {
    expect(redact(text)).not.toContain(OPAQUE);
  });

  test.each([
    `hf_${OPAQUE}`,
    `sk-proj-${OPAQUE}`,
    `github_pat_${OPAQUE}`,
    "AKIAABCDEFGHIJKLMNOP",
    `eyJhbGciOiJI.${OPAQUE}.x`,
  ])("one of a known maker is masked anywhere: %s", (token) =>
    expect(redact(`said ${token} to it`)).toBe("said **** to it"),
  );

  test("one that is known is masked where nothing tells it", () => {
    expect(secretsIn(`x HF_TOKEN=${OPAQUE} y`)).toEqual([OPAQUE]);
    expect(redact(`argument ${OPAQUE}`, { secrets: [OPAQUE] })).toBe("argument ****");
    expect(secretsOfEnvironment({ KEYTIMEOUT: "1", SSH_KEY_FILE: "/x/y/id_ed25519", API_KEY: OPAQUE })).toEqual([
      OPAQUE,
    ]);
  });

  test("what follows on the line stays", () => {
    expect(maskPlanted(`x HF_TOKEN=${OPAQUE} PATH=/bin --api-key=${OPAQUE} --port 1`)).toBe(
      "x HF_TOKEN=**** PATH=/bin --api-key=**** --port 1",
    );
    expect(maskPlanted(`{"HF_TOKEN": "${OPAQUE}", "model": "x"}`)).toBe('{"HF_TOKEN": "****", "model": "x"}');
  });

  test("counts of tokens stay", () => {
    for (const text of ["--max-tokens 128 --prompt-cache-size 4", "--max-tokens=512"])
      expect(maskPlanted(text)).toBe(text);
    expect(secretsIn("max_tokens: 128, tokenizer: x")).toEqual([]);
  });
});

test("what is left is told by kind, so that it is not written", () => {
  const all = { ...NOBODY, ...JOSE, serials: ["C02XG0AAJGH5"], secrets: ["s3cretS3cret"] };
  const text = "/Users/josé/x of josé núñez, C02XG0AAJGH5, s3cretS3cret";
  expect(leftIn(text, all)).toEqual(["home folder", "full name", "serial number", "secret"]);
  expect(leftIn(redact(text, all), all)).toEqual([]);
});

test.each(["Max", "Ann", "Mac", "Launchd"])(
  "a user called %s is replaced where it is a word, and nothing is left",
  (name) => {
    const all = { ...NOBODY, fullNames: [name] };
    const text = `--max-tokens of ${name}, maximum planner, machine, com.apple.launchd_sim`;
    expect(redact(text, all)).toMatch(/ of NAME, maximum planner, machine, com\.apple\.(launchd_sim|NAME_sim)$/);
    expect(leftIn(redact(text, all), all)).toEqual([]);
    expect(leftIn(text, all)).toEqual(["full name"]);
  },
);

test("spellings of an ASCII name are the name itself", () => {
  expect(spellingsOf("tester")).toEqual([{ text: "tester", kind: "" }]);
});

test("many lines of many addresses come to an end", () => {
  const text = Array.from({ length: 60_000 }, (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255} x`).join("\n");
  expect(redact(text, { secrets: ["s3cretS3cret"] })).toContain("IP60000 x");
});

test("a line of a million characters of every kind comes to an end", () => {
  for (const part of ["a", "token=", "--key ", "1.", "f:", "a-", "<key>", "é"]) {
    const shown = redact(part.repeat(1_000_000 / part.length), { ...JOSE, secrets: ["s3cretS3cret"] });
    expect(shown.length).toBeLessThan(20_000);
  }
});
