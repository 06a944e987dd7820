// One job of the launchd stand-in: really starts its program in a session of its own, revives it as KeepAlive says,
// and stops it as a bootout does: SIGTERM, ExitTimeOut, SIGKILL, then what is left of its process group.
import { spawn } from "node:child_process";
import { openSync, closeSync } from "node:fs";

export class FakeJob {
  constructor(world, domain, label, plistPath, plist) {
    Object.assign(this, { world, domain, label, plistPath, plist });
    this.argv = plist.ProgramArguments ?? (plist.Program === undefined ? [] : [plist.Program]);
    this.child = null;
    this.pid = null;
    this.runs = 0;
    this.lastStart = -Infinity;
    this.lastExit = null;
    this.removing = false;
    /** What it was sent, until it has ended: "SIGTERM" or "SIGKILL". */
    this.signalled = null;
    /** Gone from `print`, though a bootstrap of the label is still refused. */
    this.unlisted = false;
    this.restart = null;
    this.exited = Promise.resolve();
  }

  get state() {
    if (this.pid !== null) return this.signalled === null ? "running" : `${this.signalled}ed`;
    return this.restart === null ? "not running" : "spawn scheduled";
  }

  get keepsAlive() {
    const keep = this.plist.KeepAlive;
    if (keep === true) return true;
    if (typeof keep !== "object") return false;
    const clean = this.lastExit !== null && this.lastExit.signal === null && this.lastExit.code === 0;
    if (keep.SuccessfulExit !== undefined) return keep.SuccessfulExit === clean;
    return keep.Crashed === true && this.lastExit?.signal !== null;
  }

  loaded() {
    if (this.plist.RunAtLoad === true || this.plist.KeepAlive === true) this.start();
  }

  start() {
    clearTimeout(this.restart);
    this.restart = null;
    this.runs += 1;
    this.lastStart = Date.now();
    const out = openSync(this.plist.StandardOutPath ?? "/dev/null", "a");
    const err = openSync(this.plist.StandardErrorPath ?? "/dev/null", "a");
    const child = spawn(this.plist.Program ?? this.argv[0], this.argv.slice(1), {
      argv0: this.argv[0],
      cwd: this.plist.WorkingDirectory ?? "/",
      env: this.environment(),
      stdio: ["ignore", out, err],
      detached: true,
    });
    closeSync(out);
    closeSync(err);
    this.child = child;
    this.pid = child.pid ?? null;
    this.exited = new Promise((resolve) => {
      child.once("error", () => resolve(this.ended(78, null)));
      child.once("exit", (code, signal) => resolve(this.ended(code, signal)));
    });
    if (this.pid !== null) this.world.event({ event: "start", label: this.label, pid: this.pid, runs: this.runs });
  }

  /** launchd kills what the job left behind in its process group. */
  ended(code, signal) {
    const pid = this.pid;
    this.pid = null;
    this.child = null;
    this.signalled = null;
    this.lastExit = { code, signal };
    if (pid !== null) killGroup(pid);
    this.world.event({ event: "exit", label: this.label, pid, code, signal });
    if (!this.removing && !this.world.closing && this.keepsAlive) this.schedule();
  }

  schedule() {
    const throttle = this.world.settings().throttleMs ?? (this.plist.ThrottleInterval ?? 10) * 1000;
    this.restart = setTimeout(() => this.start(), Math.max(0, this.lastStart + throttle - Date.now()));
    this.world.changed();
  }

  /** Seconds; 5 where the plist says nothing, 0 = for ever. macOS 27 grants 60 at most. */
  get exitTimeoutS() {
    const wanted = this.plist.ExitTimeOut ?? 5;
    return Math.min(wanted, this.world.settings().mostExitTimeoutS ?? Infinity);
  }

  /** SIGTERM now, SIGKILL after the exit timeout. */
  async stop() {
    clearTimeout(this.restart);
    this.restart = null;
    const child = this.child;
    if (child === null) return;
    const timeout = this.exitTimeoutS * 1000;
    this.signal(child, "SIGTERM");
    const killer = timeout === 0 ? undefined : setTimeout(() => this.signal(child, "SIGKILL"), timeout);
    await this.exited;
    clearTimeout(killer);
  }

  signal(child, signal) {
    this.signalled = signal;
    this.world.event({ event: signal, label: this.label, pid: child.pid });
    child.kill(signal);
  }

  killNow() {
    clearTimeout(this.restart);
    this.restart = null;
    this.removing = true;
    if (this.pid !== null) killGroup(this.pid);
    return this.exited;
  }

  /** Bare, as launchd's is (no PATH of the user's shell), but for the mark of the test it belongs to. */
  environment() {
    const scope = process.env.MLX_AUTOTUNE_TEST_SCOPE;
    const bare = {
      ...(scope === undefined ? {} : { MLX_AUTOTUNE_TEST_SCOPE: scope }),
      PATH: "/usr/bin:/bin:/usr/sbin:/sbin",
      HOME: this.world.home,
      XPC_SERVICE_NAME: this.label,
    };
    return { ...bare, ...this.plist.EnvironmentVariables };
  }
}

function killGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
