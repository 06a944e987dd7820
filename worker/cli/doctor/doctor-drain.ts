// Part of `doctor`: whether each loaded provider could be drained gently and loaded again, and what to put into its plist if not.
// Source: contract §15 (launchd session and labels), §5 (never let launchd kill it; what cannot be brought back is not taken out).
import { check, type Check, inShort } from "../../core/result/check.ts";
import { exitTimeoutAdvice, killsTooSoon, toldFirstText } from "../../core/launchd/exit-timeout.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import type { LaunchdProvider, LiveProvider } from "../../core/live/live-provider.ts";
import { bootstrapObstacle } from "../../platform/launchd/bootstrap-check.ts";
import { openLaunchd, type Launchd } from "../../platform/launchd/launchd.ts";
import { counted } from "../../core/units.ts";
import type { Io } from "../command/io.ts";

/** Something that a drain would meet. */
interface Finding {
  text: string;
  repair: string;
  /** A run that drains could not start. */
  binds: boolean;
}

/** Add to the check of launchd what a drain of the loaded providers would meet. */
export async function withDrain(launchdCheck: Check, live: LiveProvider[], inputs: Inputs, io: Io): Promise<Check> {
  const managed = live.filter((one) => one.kind === "launchd-managed");
  const launchd =
    managed.length === 0 ? null : await openLaunchd({ env: io.env, uid: process.getuid?.() ?? 0, signal: io.signal });
  if (launchd === null) return launchdCheck;
  const found = (await Promise.all(managed.map((one) => findingsOf(one, launchd, inputs, io)))).flat();
  if (found.length === 0) return launchdCheck;
  const binds = launchdCheck.state === "error" || (inputs.drain && found.some((one) => one.binds));
  const text = [launchdCheck.text, ...found.map((one) => one.text)].join("; ");
  const repair = [...launchdCheck.repair, ...found.map((one) => one.repair)];
  const known = check(launchdCheck.id, launchdCheck.title, binds ? "error" : "warning", text, ...repair);
  return inShort(binds ? "cannot drain" : counted(found.length, "warning"), known);
}

async function findingsOf(one: LaunchdProvider, launchd: Launchd, { drainGraceS }: Inputs, io: Io): Promise<Finding[]> {
  const [printed, obstacle] = await Promise.all([
    launchd.printService(one.domain, one.label),
    bootstrapObstacle(one, launchd, io.env),
  ]);
  const found: Finding[] = [];
  if (obstacle !== null) {
    const text = `${one.label} could not be drained, as launchd would not load it again: ${obstacle.text}`;
    found.push({ text, repair: obstacle.remedy, binds: true });
  }
  const exitTimeoutS = printed.state === "loaded" ? printed.service.exitTimeoutS : null;
  if (printed.state === "loaded" && one.role === "provider" && killsTooSoon(exitTimeoutS, drainGraceS))
    found.push({
      text: toldFirstText(one.label, exitTimeoutS, `--drain-grace ${drainGraceS}`),
      repair: exitTimeoutAdvice(one.plistPath, drainGraceS),
      binds: false,
    });
  return found;
}
