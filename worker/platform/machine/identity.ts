// Who uses this machine and how it is called, so that it can be taken out of what is handed on. What cannot be asked is said.
// Source: contract §15 (what doctor writes may be handed on); id(1), scutil(8), ioreg(8).
import { realpath } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { basename, join } from "node:path";
import type { Identity } from "../../core/secrets/redact.ts";
import { secretsOfEnvironment } from "../../core/secrets/planted-secrets.ts";
import { askFile } from "../files/ask-file.ts";
import { askProgram, type Asking } from "../processes/ask-program.ts";

/** @returns what is known, and what could not be asked, a sentence each */
export async function identityOf(homeDir: string, asking: Asking): Promise<{ identity: Identity; unknown: string[] }> {
  const { env } = asking;
  const ask = async (...argv: string[]) => {
    const said = await askProgram(argv, { ...asking, timeoutMs: 5_000 });
    return said.outcome === "answered" ? said.text.trim() : null;
  };
  const [fullName, computer, local, host, device, home, tokens] = await Promise.all([
    ask("id", "-F"),
    ask("scutil", "--get", "ComputerName"),
    ask("scutil", "--get", "LocalHostName"),
    ask("scutil", "--get", "HostName"),
    ask("ioreg", "-rd1", "-c", "IOPlatformExpertDevice"),
    realpath(homeDir).catch(() => homeDir),
    hubTokens(homeDir, env),
  ]);
  const { username, homedir } = userInfo();
  const serial = /"IOPlatformSerialNumber" = "([^"]{1,64})"/.exec(device ?? "")?.[1] ?? null;
  const unknown = [
    ...(fullName === null ? ["The user's full name could not be asked (id -F): look for it yourself."] : []),
    ...(computer === null ? ["The computer's name could not be asked (scutil): look for it yourself."] : []),
    ...(serial === null ? ["The serial number could not be asked (ioreg): look for it yourself."] : []),
  ];
  const identity = {
    homes: texts(homeDir, home, homedir),
    users: texts(username, env["USER"], env["LOGNAME"], basename(homeDir)),
    fullNames: texts(fullName),
    hosts: texts(hostname(), env["HOSTNAME"], env["HOST"], computer, local, host),
    serials: texts(serial),
    secrets: [...secretsOfEnvironment(env), ...tokens],
  };
  return { identity, unknown };
}

const texts = (...given: (string | null | undefined)[]): string[] => [
  ...new Set(given.filter((text): text is string => typeof text === "string" && text !== "")),
];

/** Where the Hub's own tools keep the user's token. */
async function hubTokens(homeDir: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const folder = env["HF_HOME"] || join(env["XDG_CACHE_HOME"] || join(homeDir, ".cache"), "huggingface");
  const paths = [env["HF_TOKEN_PATH"] ?? "", join(folder, "token")].filter((path) => path !== "");
  const read = await Promise.all(paths.map(askFile));
  return read.map(({ text }) => text.trim()).filter((text) => text.length >= 8 && !/\s/.test(text));
}
