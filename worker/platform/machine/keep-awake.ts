// Keeps the machine awake for the length of a run, and asks what it runs on. Tools by name, left out where missing.
// Source: contract §5 (`caffeinate -i -w <pid>`, re-armed once if killed; battery and Low Power Mode warned about and stored).
import { spawn, type ChildProcess } from "node:child_process";
import { execa } from "execa";
import { readPower, type Power } from "../../core/machine/power.ts";
import { step } from "../../step.ts";

export interface KeepAwake {
  stop(): void;
}

/** Start keeping awake. @param note is told what could not be done; a missing tool is one sentence. */
export function keepAwake(env: NodeJS.ProcessEnv, note: (text: string) => void): KeepAwake {
  let stopped = false;
  let child: ChildProcess | null = null;
  const arm = (again: boolean) => {
    const words = ["-i", "-w", String(process.pid)];
    child = step("awake.start", () => spawn("caffeinate", words, { env, stdio: "ignore" }));
    child.once("error", () => note("There is no caffeinate on PATH: the machine may fall asleep during the run."));
    child.once("exit", (code, signal) => {
      if (stopped || code === 0) return;
      note(
        `caffeinate ended (${signal ?? code})${again ? "; started again" : " a second time: the machine may fall asleep"}`,
      );
      if (again) arm(false);
    });
    child.unref();
  };
  arm(true);
  return {
    stop() {
      stopped = true;
      step("awake.stop", () => child?.kill("SIGTERM"));
    },
  };
}

/** What the machine runs on now; nothing is known where there is no pmset, or it fails. */
export async function readPowerNow(env: NodeJS.ProcessEnv): Promise<Power> {
  const [battery, settings] = await Promise.all([pmset(["-g", "batt"], env), pmset(["-g"], env)]);
  return readPower(battery, settings);
}

async function pmset(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const options = { env, extendEnv: false, reject: false, timeout: 5000, stdin: "ignore", maxBuffer: 65_536 } as const;
  const result = await execa("pmset", args, options);
  return result.failed ? "" : result.stdout;
}
