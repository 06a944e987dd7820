// What launchctl's exit codes say, in words for people. Below 107 they are errno, from 107 on launchd's own list.
// Source: `launchctl error <code>` on macOS 13 to 27.

const MEANINGS: Record<number, string> = {
  1: "operation not permitted or no such service",
  3: "no such service",
  5: "input/output error: the label is not free yet, is loaded already, or the plist is unusable",
  17: "already loaded",
  36: "still going on",
  37: "already going on or already loaded",
  107: "the bundle is malformed",
  108: "the path is invalid",
  109: "the plist is invalid",
  110: "the plist has no Label",
  111: "the plist has neither Program nor ProgramArguments",
  112: "that user has no launchd domain",
  113: "no such service",
  119: "the service is disabled",
  121: "launchd takes no services from that folder",
  122: "owner or mode of the plist: it must belong to the user or root, and nobody else may write to it",
  124: "the session is ending",
  125: "no GUI session of that user",
  133: "several errors",
  134: "the service is not meant for this kind of session (LimitLoadToSessionType in its plist)",
  138: "the service is not meant for this Mac",
  139: "the service cannot run now",
  144: "macOS lets only programs of its own do that",
  146: "the session starts services on demand only",
  150: "System Integrity Protection does not allow it",
  152: "the service is not meant for this kind of boot",
  153: "an error that launchd does not expect",
  155: "the program is quarantined",
  159: "a sandbox does not allow it",
  161: "switched off in System Settings, Login Items & Extensions",
};

/** @returns a few words, undefined for a code that nobody has listed */
export function meaningOfCode(code: number): string | undefined {
  return MEANINGS[code];
}
