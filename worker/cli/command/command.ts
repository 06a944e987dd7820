// What a command is: its words and flags, and what it is called with.
import type { SettingName } from "../../core/settings/options.ts";
import type { Settings } from "../../core/settings/settings.ts";
import type { Store } from "../../store/store.ts";
import type { Io } from "./io.ts";

/** One call of a command. */
export interface CommandCall {
  io: Io;
  store: Store;
  /** Only those named in `settings` may differ from their defaults. */
  settings: Settings;
  /** Positional arguments as given. */
  args: string[];
  /** Values of `options` by their camel-case names, as commander gives them. */
  options: Record<string, unknown>;
}

/** A call of a command that must answer also when the database or the settings are broken. */
export interface BareCall extends Omit<CommandCall, "store"> {
  /** What is wrong with the settings of a run, a line each; a refused one has its default. */
  problems: string[];
}

interface CommandShape {
  name: string;
  description: string;
  /** Positional arguments: "[run]" or "<file>", and what it is. */
  arguments?: [name: string, description: string][];
  /** Flags of its own: "--watch", "--base-url <url>". Their values are the command's to check. */
  options?: [flags: string, description: string][];
  /** Settings of the table beyond --db-path and --json. */
  settings?: SettingName[];
  /** False for a command that does by itself what a dead run left undone. */
  recovers?: boolean;
}

export interface StoreCommand extends CommandShape {
  bare?: false;
  /** @returns the exit code */
  run(call: CommandCall): Promise<number> | number;
}

/** No database is opened or created for it, and all settings are read whatever is wrong with them. */
export interface BareCommand extends CommandShape {
  bare: true;
  /** @returns the exit code */
  run(call: BareCall): Promise<number> | number;
}

export type CommandSpec = StoreCommand | BareCommand;
