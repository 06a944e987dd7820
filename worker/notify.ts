// Tells the user, wherever a notification can be shown: the first tool that works, 10 s each. A failure never fails a run.
// Source: contract §13.
import { execa } from "execa";

export interface Notification {
  title: string;
  message: string;
  /** Opened by a click where the tool can; built by whoever started the run. */
  link: string | null;
}

/** Which tool showed it, or what each one said. */
export type Notified = { via: string } | { via: null; tried: string[] };

const LIMIT_MS = 10_000;

/** Text goes in as arguments, never into a script. */
const OSASCRIPT = ["on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run"];

/** Show a notification. Never throws. */
export async function notify(notification: Notification, env: NodeJS.ProcessEnv): Promise<Notified> {
  const tried: string[] = [];
  for (const [tool, args] of toolCalls(notification)) {
    const result = await execa(tool, args, {
      env,
      extendEnv: false,
      reject: false,
      timeout: LIMIT_MS,
      stdin: "ignore",
    });
    if (!result.failed) return { via: tool };
    tried.push(`${tool}: ${result.code === "ENOENT" ? "not there" : (result.shortMessage ?? "failed").split("\n")[0]}`);
  }
  return { via: null, tried };
}

function toolCalls({ title, message, link }: Notification): [tool: string, args: string[]][] {
  const click = link === null ? [] : ["-open", link];
  return [
    ["terminal-notifier", ["-title", title, "-message", message, "-group", "mlx-autotune", ...click]],
    ["osascript", [...OSASCRIPT.flatMap((line) => ["-e", line]), title, message]],
    ["notify-send", ["--app-name=MLX Autotune", "--", title, message]],
  ];
}
