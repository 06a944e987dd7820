// What a file that may not be read or written means, in words: owner and mode, or macOS' privacy, which hides external disks, Documents,
// Desktop and Downloads from programs that were not allowed there. Pure. Source: contract §6; Apple's TCC answers EPERM, modes answer EACCES.

export interface Reader {
  platform: string;
  env: NodeJS.ProcessEnv;
  /** The program that reads: Node. */
  program: string;
}

/** Terminals by what they put into TERM_PROGRAM: macOS asks for the permission of the app that started everything. */
const TERMINALS: Record<string, string> = {
  Apple_Terminal: "Terminal",
  "iTerm.app": "iTerm",
  vscode: "Visual Studio Code",
  ghostty: "Ghostty",
  WezTerm: "WezTerm",
  WarpTerminal: "Warp",
};

/** @returns a clause for people that ends with what to do; null for any other code */
export function notPermitted(code: string | null, reader: Reader): string | null {
  if (code === "EACCES") return "permission is denied (EACCES); check its owner and mode";
  if (code !== "EPERM") return null;
  if (reader.platform !== "darwin") return "the system does not permit it (EPERM); check its owner and mode";
  return `macOS' privacy does not permit it (EPERM); ${howToAllow(reader)}`;
}

/** What lets a program read and write where macOS' privacy kept it out, a clause. */
export function howToAllow(reader: Reader): string {
  return `in System Settings > Privacy & Security > Files and Folders, or Full Disk Access, allow ${whom(reader)}`;
}

/** The app that is responsible, and Node, which has to be allowed itself where launchd adopted it. */
function whom({ env, program }: Reader): string {
  const terminal = TERMINALS[env["TERM_PROGRAM"] ?? ""];
  if (terminal !== undefined) return terminal;
  const app = env["MLX_AUTOTUNE_DEEP_LINK"] === undefined ? "" : "Raycast, and if that does not help ";
  return `${app}${program}`;
}
