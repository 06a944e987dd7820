// The job descriptions that launchd loads for this user and for everybody. Source: contract §5; launchd.plist(5).
import { join } from "node:path";
import type { AgentFile } from "../../core/live/provider-labels.ts";
import { readPlistFolder } from "./plist.ts";

export interface AgentPlaces {
  env: NodeJS.ProcessEnv;
  homeDir: string;
  /** Where jobs for everybody are described; the system's folders by default. */
  sharedFolders?: { agents: string; daemons: string };
}

/** All of them; what cannot be read becomes a note. */
export async function readAgents(options: AgentPlaces): Promise<{ agents: AgentFile[]; notes: string[] }> {
  const shared = options.sharedFolders ?? { agents: "/Library/LaunchAgents", daemons: "/Library/LaunchDaemons" };
  const folders = [
    { path: join(options.homeDir, "Library", "LaunchAgents"), daemon: false },
    { path: shared.agents, daemon: false },
    { path: shared.daemons, daemon: true },
  ];
  const read = await Promise.all(
    folders.map(async ({ path, daemon }) => {
      const { plists, notes } = await readPlistFolder(path, options.env);
      return {
        agents: plists.map((plist) => ({ path: plist.path, label: plist.label, argv: plist.argv, daemon })),
        notes,
      };
    }),
  );
  return { agents: read.flatMap((r) => r.agents), notes: read.flatMap((r) => r.notes) };
}
