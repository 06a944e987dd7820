// What of an environment may be shown: names, and the values of variables that decide how a provider runs. A secret need not look like
// one, and `ps -E`, launchctl and plists all print whole environments. Source: contract §15 (what doctor writes may be handed on).

/** Variables that the program or a provider reads, or that say where something lies. */
const SHOWN =
  /^(PATH|HOME|USER|LOGNAME|SHELL|PWD|TMPDIR|LANG|LC_\w+|TZ|HF_(HOME|HUB_CACHE|HUB_OFFLINE|ENDPOINT)|HUGGINGFACE_HUB_CACHE|XDG_CACHE_HOME|(MACPROVIDER|MALIBU|MLX)_(CONFIG|MODEL|PORT|HOME|\w*DIR|\w*PATH)|MLX_AUTOTUNE_\w+|XPC_(SERVICE_NAME|FLAGS)|OSLogRateLimit|NO_PROXY|VIRTUAL_ENV|PYTHONHOME|__CF_USER_TEXT_ENCODING)$/;

/** One word, and none that is taken for a secret itself. */
const hidden = (value: string): string => `(${value.length}-characters)`;

/** The environment of one process or job, value by value; null stays null. */
export function shownEnvironment(
  env: Readonly<Record<string, string | undefined>> | null,
): Record<string, string> | null {
  if (env === null) return null;
  const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, SHOWN.test(name) ? value : hidden(value)]));
}

/** `ps -E`: the command, then NAME=value after NAME=value, a space between them and within them. */
export function shownPsEnvironment(text: string): string {
  const [command = "", ...pairs] = text.split(/ (?=[A-Za-z_][\w.%]{0,80}=)/);
  const shown = pairs.map((pair) => {
    const at = pair.indexOf("=");
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    return SHOWN.test(name) ? pair : `${name}=${hidden(value)}`;
  });
  return [command, ...shown].join(" ");
}

/** `launchctl print`: blocks of lines "NAME => value". */
export function shownPrintEnvironment(text: string): string {
  let inside = false;
  const lines = text.split("\n").map((line) => {
    if (/^\t*(inherited |default )?environment (= |=> )\{/.test(line)) inside = true;
    else if (/^\t?\}/.test(line)) inside = false;
    const pair = inside ? /^(\t+)([^\s=]{1,120}) => (.*)$/.exec(line) : null;
    if (pair?.[2] === undefined) return line;
    return SHOWN.test(pair[2]) ? line : `${pair[1]}${pair[2]} => ${hidden(pair[3] ?? "")}`;
  });
  return lines.join("\n");
}

/** XML property list: the strings of EnvironmentVariables. */
export function shownPlistEnvironment(text: string): string {
  const from = text.indexOf("<key>EnvironmentVariables</key>");
  const to = text.indexOf("</dict>", from);
  if (from < 0 || to < 0) return text;
  const block = text
    .slice(from, to)
    .replace(
      /<key>([^<]{1,120})(<\/key>\s{0,200}<string>)([^<]*)/g,
      (all: string, name: string, between: string, value: string) =>
        SHOWN.test(name) ? all : `<key>${name}${between}${hidden(value)}`,
    );
  return text.slice(0, from) + block + text.slice(to);
}
