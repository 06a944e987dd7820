// What helps where launchd goes on refusing to load a service, by what it answered last. Pure.
// Source: public reports of `bootstrap` answering 5 for good (macOS 15 to 26); launchctl(1).
import type { Drained } from "./drained.ts";
import { shellCommand } from "../text/shell-words.ts";

/** @param lastError as `describeAnswer` words it. @returns sentences; [] where the commands to type are all there is */
export function restoreHints(service: Drained, lastError: string | null): string[] {
  const code = /launchctl bootstrap answered (\d+)/.exec(lastError ?? "")?.[1];
  if (service.kind !== "launchd" || code === undefined) return [];
  const file = shellCommand([service.plistPath]);
  const target = shellCommand([`${service.domain}/${service.label}`]);
  if (code === "5")
    return [
      "If launchd goes on answering 5, these have helped on other Macs:",
      `  launchctl load -w ${file}   (then look, as it says nothing when it fails: launchctl print ${target})`,
      "  log out and in again: launchd then loads what lies in ~/Library/LaunchAgents by itself",
      `  plutil -lint ${file}   says whether the plist itself is broken`,
    ];
  if (code === "122") return [`launchd takes no plist that others may write to: chmod go-w ${file}`];
  if (code === "134") return [`Add Aqua to LimitLoadToSessionType in ${file}, or remove that key.`];
  if (code === "161") return ["Switch it on in System Settings, General, Login Items & Extensions."];
  return code === "125" || code === "112" || code === "124" ? ["Log in at the Mac's screen first."] : [];
}
