// How a program that serves models is called.

/** One way to call a server. */
export interface ServerCommand {
  /** As people call it. */
  name: string;
  /** Base names of its program or script. */
  programs: readonly string[];
  /** What `python -m` is given. */
  modules: readonly string[];
  /** Subcommands that serve; [] = it has none and always serves. */
  subcommands: readonly string[];
  /** What it takes for a subcommand where none is given; null = it then does not serve. */
  defaultSubcommand: string | null;
}

/** Without subcommands. */
export const SERVER = { subcommands: [], defaultSubcommand: null } as const;
export const SERVE = { subcommands: ["serve"], defaultSubcommand: null } as const;
/** Without a subcommand it serves. */
export const SERVE_BY_DEFAULT = { subcommands: ["serve"], defaultSubcommand: "serve" } as const;
