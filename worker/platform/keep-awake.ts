// Keeps the machine awake for the length of a run, and tells whether it runs on battery. Tools by name, left out where missing.
// Source: contract §5 (`caffeinate -i -w <pid>`, re-armed once if killed; battery and Low Power Mode warned about and stored).
import { spawn, type ChildProcess } from "node:child_process";
import { execa } from "execa";
import { step } from "../step.ts";

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

/** What a measurement should not run on. @returns sentences for people, [] on mains power or where nothing can be told */
export async function powerWarnings(env: NodeJS.ProcessEnv): Promise<string[]> {
  const [battery, settings] = await Promise.all([pmset(["-g", "batt"], env), pmset(["-g"], env)]);
  return judgePower(battery, settings);
}

/** @param battery text of `pmset -g batt`, @param settings of `pmset -g`; empty where there is no pmset */
export function judgePower(battery: string, settings: string): string[] {
  return [
    ...(/'Battery Power'/.test(battery) ? ["The Mac runs on battery: figures will be lower than on mains power."] : []),
    ...(/^\s*lowpowermode\s+1\s*$/m.test(settings)
      ? ["Low Power Mode is on: figures will be lower than without it."]
      : []),
  ];
}

async function pmset(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const result = await execa("pmset", args, { env, extendEnv: false, reject: false, timeout: 5000, stdin: "ignore" });
  return result.failed ? "" : result.stdout;
}
