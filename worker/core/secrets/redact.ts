// Takes out of text what names a person, a machine or a place in a network: home folder, user, full name, host names, secrets,
// e-mail addresses, serials, UUIDs, addresses other than loopback. Equal things get equal stand-ins, so that a text stays readable.
// Source: contract §15 (what doctor writes may be handed on).
import { spellingsOf } from "../text/name-spellings.ts";
import { maskPlanted } from "./planted-secrets.ts";
import { maskOf } from "./secret-mask.ts";

/** What is known of this machine and its user. Empty texts do not count. */
export interface Identity {
  homes: string[];
  users: string[];
  fullNames: string[];
  hosts: string[];
  serials: string[];
  secrets: string[];
}

/** Which kinds of known names and secrets a text still holds; [] = none. The last look before it is written: "Max" is not in "maximum". */
export function leftIn(text: string, { homes, fullNames, serials, secrets }: Identity): string[] {
  const holds = (names: string[], least: number) =>
    names.some((name) => name.length >= least && new RegExp(patternOf(name, "NAME"), "iu").test(text));
  return [
    ...(homes.some((home) => home.length > 1 && home.split("/").length > 2 && text.includes(`${home}/`))
      ? ["home folder"]
      : []),
    ...(holds(fullNames, 3) ? ["full name"] : []),
    ...(holds(serials, 4) ? ["serial number"] : []),
    ...(secrets.some((secret) => secret.length >= 8 && text.toLowerCase().includes(secret.toLowerCase()))
      ? ["secret"]
      : []),
  ];
}

/** Characters of one line that are shown; masking looks at each line as a whole. */
const LONGEST_LINE = 4000;

/** @returns a function from text to text; what it replaced once it replaces alike for as long as it lives */
export function redactor(identity: Identity): (text: string) => string {
  const secrets = [...identity.secrets].sort((a, b) => b.length - a.length).map(maskOf);
  const names = nameReplacer(identity);
  const general = generalReplacer();
  return (text) => {
    const short = text.split("\n").map(cutLine).join("\n");
    return general(names(maskPlanted(secrets.reduce((shown, mask) => mask(shown), short))));
  };
}

function cutLine(line: string): string {
  if (line.length <= LONGEST_LINE) return line;
  return `${line.slice(0, LONGEST_LINE)} … (${line.length - LONGEST_LINE} more characters)`;
}

/** A shorter name is replaced only where it is a word of its own: "mac" is part of many. */
const LEAST_PART = 6;
/** Words without which what was read cannot be told: a user of such a name is replaced as a word only. */
const NEEDED =
  "macprovider-cli malibu-cli mlx_lm.server python launchd launchctl Library LaunchAgents provider running";
const PLAIN_HOSTS = /^(localhost|mac|macbook|imac|unknown)?$/i;

function nameReplacer(identity: Identity): (text: string) => string {
  const { homes, users, fullNames, hosts, serials } = identity;
  const parts = fullNames.flatMap((name) => name.split(/\s+/)).filter((part) => part.length >= 3);
  const named: [names: string[], stand: string][] = [
    [homes.filter((home) => home.length > 1), "~"],
    [serials, "SERIAL"],
    [[...hosts, ...hosts.map((host) => host.split(".")[0] ?? "")].filter((host) => !PLAIN_HOSTS.test(host)), "HOST"],
    [fullNames, "NAME"],
    [users.filter((user) => user.length > 1), "USER"],
    [parts, "NAME"],
  ];
  const stands = new Map<string, string>();
  const patterns: { text: string; pattern: string }[] = [];
  for (const [names, stand] of named)
    for (const { text, kind } of names.filter((name) => name !== "").flatMap(spellingsOf)) {
      if (stands.has(text.toLowerCase())) continue;
      stands.set(text.toLowerCase(), kind === "" ? stand : `${stand}(${kind})`);
      patterns.push({ text, pattern: patternOf(text, stand) });
    }
  if (patterns.length === 0) return (text) => text;
  const longestFirst = patterns.sort((a, b) => b.text.length - a.text.length).map(({ pattern }) => pattern);
  const all = new RegExp(longestFirst.join("|"), "giu");
  return (text) => text.replace(all, (match) => stands.get(match.toLowerCase()) ?? "NAME");
}

function patternOf(text: string, stand: string): string {
  const escaped = text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  if (stand === "~") return `${escaped}(?![\\p{L}\\p{N}_-])`;
  const isPart = text.length >= LEAST_PART && !NEEDED.toLowerCase().includes(text.toLowerCase());
  if (isPart) return escaped;
  // A machine may be called "vm"; vm_stat is none.
  const word = stand === "HOST" ? "[\\p{L}\\p{N}_]" : "[\\p{L}\\p{N}]";
  return `(?<!${word})${escaped}(?!${word})`;
}

const UUID = /(?<![\da-f-])[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}(?![\da-f-])/gi;
const MAC_ADDRESS = /(?<![\da-f:])(?:[\da-f]{1,2}:){5}[\da-f]{1,2}(?![\da-f:])/gi;
const IPV4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g;
const IPV6 = /(?<![\w:.])(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}(?:%\w{1,16})?(?![\w:])/gi;
/** Not python@3.13, a package's version. */
const MAIL = /(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}(?![\w-])/gi;
const LOGIN =
  /(?<![\w.+/-])[a-z_][\w.-]{0,31}@(?:(?:\d{1,3}\.){3}\d{1,3}|(?!(?:latest|next|main|master|head|beta|stable)\b)[a-z][a-z\d-]{0,62})(?![\w.@/-])/gi;
const LOCAL_HOST = /(?<![\w.-])[\p{L}\d][\p{L}\d-]{0,62}\.(?:local|lan|home|internal|fritz\.box|ts\.net)(?![\w.-])/giu;
const OTHER_HOME = /(?<=\/(?:Users|home)\/)(?!Shared\b|USER)[^/\s"'<>:,]{1,64}/g;
const SERIAL = /(serial[ _-]?(?:number|no)?["']?\s{0,3}[:=]\s{0,3}["']?)[\w-]{4,64}/gi;
/** What pmset calls a battery. */
const BATTERY = /\(id=\d{1,20}\)/g;

function generalReplacer(): (text: string) => string {
  const kinds = new Map<string, Map<string, string>>();
  const known = (kind: string) => (match: string) => {
    const stands = kinds.get(kind) ?? new Map<string, string>();
    const stand = stands.get(match.toLowerCase()) ?? `${kind}${stands.size + 1}`;
    kinds.set(kind, stands.set(match.toLowerCase(), stand));
    return stand;
  };
  const steps: [RegExp, (match: string) => string][] = [
    [MAIL, known("MAIL")],
    [LOGIN, known("LOGIN")],
    [UUID, known("UUID")],
    [MAC_ADDRESS, known("MAC")],
    [IPV4, (match) => (/^(127\.|0\.0\.0\.0$)/.test(match) ? match : known("IP")(match))],
    [IPV6, (match) => (isForeignV6(match) ? known("IP")(match) : match)],
    [LOCAL_HOST, known("HOST")],
    [OTHER_HOME, known("USER")],
    [BATTERY, () => "(id=SERIAL)"],
  ];
  return (text) =>
    steps.reduce((shown, [pattern, stand]) => shown.replace(pattern, stand), text).replace(SERIAL, "$1SERIAL");
}

/** A time of day has colons, too. */
function isForeignV6(match: string): boolean {
  const isAddress = match.includes("::") || match.split(":").length === 8;
  return isAddress && !/^(::1?|::ffff:127\..*)$/i.test(match) && /[\da-f]/i.test(match);
}
