// The environment in which ps and lsof are asked, so that their text can be read: true bytes of every name, times that compare as text.
// Source: ps(1), lsof(8), setlocale(3). In the C locale both escape every byte beyond ASCII, and ps so that nothing can be undone.

/**
 * LC_ALL would beat the other two, so it must not be there; Raycast and launchd set no language at all, and that is C.
 * @returns a copy with everything else as it was
 */
export function toolEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== "LC_ALL",
  );
  return { ...Object.fromEntries(kept), LC_CTYPE: "en_US.UTF-8", LC_TIME: "C", TZ: "UTC" };
}
