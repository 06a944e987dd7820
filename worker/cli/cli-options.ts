// The table of settings on a commander command. Commander only splits the arguments; every refusal becomes a config_error.
// Source: contract §3 and its exit code 2.
import { type Command, type CommanderError, Option } from "commander";
import { AutotuneError } from "../core/errors.ts";
import { GROUPS, isNegatable, isSwitch, SETTING_NAMES, type SettingName, settingOf } from "../core/settings/options.ts";
import { quoted } from "../core/settings/setting-kinds.ts";
import type { RawFlags } from "../core/settings/setting-sources.ts";
import { nearestName } from "../core/text/suggest.ts";

/**
 * Put settings on a command, grouped in its help.
 * @param names which of them; all by default
 * @returns a reader of the flags as given, to be called once the arguments are parsed
 */
export function registerSettings(command: Command, names: readonly SettingName[] = SETTING_NAMES): () => RawFlags {
  const given = new Map<string, (string | boolean)[]>();
  const note = (name: SettingName, value: string | boolean) => given.set(name, [...(given.get(name) ?? []), value]);
  const inHelpOrder = GROUPS.flatMap((group) => names.filter((name) => settingOf(name).group === group));
  for (const name of inHelpOrder) {
    command.addOption(optionOf(name));
    // The events tell every occurrence; commander's own values keep the last one only.
    command.on(`option:${name}`, (value?: string | null) => note(name, value ?? true));
    if (!isNegatable(name)) continue;
    command.addOption(new Option(`--no-${name}`).helpGroup(headingOf(name)).hideHelp());
    command.on(`option:no-${name}`, () => note(name, false));
  }
  command.addHelpText("after", helpFooter(names));
  refuseAsConfigErrors(command);
  return () => Object.fromEntries(given);
}

/**
 * Make a command throw instead of ending the process: AutotuneError config_error for bad arguments, commander's own error
 * with exitCode 0 once help or the version was shown. Commands created from it later do the same.
 */
export function refuseAsConfigErrors(command: Command): void {
  command.configureOutput({ outputError: () => undefined });
  command.exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    throw asConfigError(error, command);
  });
}

function optionOf(name: SettingName): Option {
  const { short, placeholder, help, defaultText, limits } = settingOf(name);
  const flags = `${short ? `${short}, ` : ""}--${name}${placeholder ? ` ${placeholder}` : ""}`;
  // A switch has no limits, and a choice shows them as its placeholder.
  const said = isSwitch(name) || placeholder.includes("|") ? help : `${help}; ${limits}`;
  return new Option(flags, `${said} (default: ${defaultText})`).helpGroup(headingOf(name));
}

function headingOf(name: SettingName): string {
  return `${settingOf(name).group}:`;
}

function helpFooter(names: readonly SettingName[]): string {
  if (names.length < SETTING_NAMES.length) return "";
  return [
    "",
    "Every setting can also be given in the environment (MLX_AUTOTUNE_MAX_TOKENS=256) and in",
    "~/.config/mlx-autotune/config.yaml (max-tokens: 256). A flag beats the environment, the environment beats the file.",
    "What is on there is turned off with --no-<flag>, e.g. --no-drain.",
  ].join("\n");
}

function asConfigError(error: CommanderError, command: Command): AutotuneError {
  const help = `See \`${fullName(command)} --help\`.`;
  const message = error.message.replace(/^error: /, "").split("\n(Did you mean")[0] ?? "";
  const flag = /^unknown option '(.*)'$/s.exec(message)?.[1];
  const refused = (text: string, remedy: string) => new AutotuneError("config_error", text, { remedy, cause: error });
  if (flag !== undefined) return unknownFlag(flag, command, help);
  const stray =
    error.code === "commander.excessArguments" ? command.args[command.registeredArguments.length] : undefined;
  if (error.code === "commander.help") return refused("there is no help on such a command", help);
  const asked = /^unknown command '(.*)'$/s.exec(message)?.[1];
  if (asked !== undefined) return refused(`${quoted(asked)}: there is no such command`, commandRemedy(asked, command));
  if (stray === undefined) return refused(message, help);
  return refused(
    `${quoted(stray)}: there is no place for this argument`,
    "Leave it out; write lists without spaces, or quote them.",
  );
}

/** What stands behind "=" is not repeated, nor kept as a cause: it may be a key. */
function unknownFlag(flag: string, command: Command, help: string): AutotuneError {
  const known = ["--help", ...command.options.map((option) => option.long ?? "")];
  const [asked = "", value] = flag.split("=", 2);
  const refused = (why: string, remedy: string) => new AutotuneError("config_error", `${asked}: ${why}`, { remedy });
  if (value !== undefined && known.includes(asked))
    return refused("it takes no value", `Write ${asked}, or ${negated(asked)}.`);
  const why = "there is no such flag";
  if (/^--?(api|auth|access|secret|bearer)?[-_]?(key|token)$/i.test(asked) && known.includes(KEY_FILE))
    return refused(
      why,
      `A key in a command line can be seen by others: put it into a file and name that, ${KEY_FILE} <path>.`,
    );
  const near = asked.startsWith("--") ? nearestName(asked, known) : null;
  return refused(why, near === null ? help : `Did you mean ${near}?`);
}

const KEY_FILE = "--api-key-file";

function commandRemedy(asked: string, command: Command): string {
  const near = nearestName(
    asked,
    command.commands.map((one) => one.name()),
  );
  return near === null
    ? `See \`${fullName(command)} --help\` for the commands there are.`
    : `Did you mean \`${near}\`?`;
}

function negated(flag: string): string {
  return flag.startsWith("--no-") ? flag.replace("--no-", "--") : flag.replace("--", "--no-");
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
