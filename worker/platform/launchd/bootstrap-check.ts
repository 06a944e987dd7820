// Looks whether a loaded service could be loaded again after a bootout: its plist, the volume that it lies on, its launchd domain.
// Only looks. Source: contract §5 (what cannot be brought back is not taken out).
import { realpath, stat } from "node:fs/promises";
import { obstacleOf, type Obstacle, type PlistFacts } from "../../core/launchd/bootstrap-check.ts";
import { errorText } from "../../core/errors.ts";
import { describeAnswer } from "../../core/launchd/launchctl-output.ts";
import { inTime } from "../files/in-time.ts";
import type { Launchd } from "./launchd.ts";
import { readPlist } from "./plist.ts";

/** Home folders lie on the second one, which is joined to the first. */
const BOOT_VOLUMES = ["/", "/System/Volumes/Data"];

/** @returns what a bootstrap would fail for; null if nothing is known to be in its way */
export async function bootstrapObstacle(
  service: { domain: string; label: string; plistPath: string },
  launchd: Launchd,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Obstacle | null> {
  const session = await launchd.printDomain(service.domain);
  if (session.state !== "there")
    return {
      text: `${describeAnswer(`print ${service.domain}`, session.answer)}.`,
      remedy: "Log in at the Mac's screen and run it there.",
    };
  try {
    const wanted = { ...service, uid: process.getuid?.() ?? 0 };
    return obstacleOf(await plistFacts(service, env), wanted);
  } catch (error) {
    return {
      text: `${service.plistPath} cannot be read: ${errorText(error)}.`,
      remedy: "Mend the plist (`plutil -lint` says where it is broken).",
    };
  }
}

/** Of the file that a link leads to, as launchd takes it. @throws Error that says why it cannot be read */
export async function plistFacts(
  { plistPath: path, label: known }: { plistPath: string; label: string },
  env: NodeJS.ProcessEnv,
): Promise<PlistFacts> {
  const file = await inTime(path, stat(path));
  const isFile = file.isFile();
  // A pipe would be waited for.
  const { label, sessionTypes } = isFile ? await readPlist(path, env) : { label: known, sessionTypes: null };
  const [realPath, bootDevices] = await Promise.all([inTime(path, realpath(path)), devicesOf(BOOT_VOLUMES)]);
  const { uid: ownerUid, dev: device } = file;
  return { path, realPath, isFile, ownerUid, mode: file.mode & 0o7777, device, bootDevices, label, sessionTypes };
}

async function devicesOf(paths: readonly string[]): Promise<number[]> {
  const found = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ dev }) => [dev],
        () => [],
      ),
    ),
  );
  return found.flat();
}
