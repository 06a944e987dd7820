// The link that a notification's click opens: one run in Tuning Runs. The worker only passes it on.
// Source: contract §13; its form: developers.raycast.com, Deeplinks.

/** What the link names, as `environment` of @raycast/api tells it. */
export interface ExtensionName {
  ownerOrAuthorName: string;
  extensionName: string;
}

/** What Tuning Runs gets as `launchContext`. */
export interface RunLaunchContext {
  runId: string;
}

/**
 * Build the link of one run. `createDeeplink` of @raycast/utils builds the same text, but reads package.json beside the assets each
 * time, which is not there while an update replaces them.
 * @param scheme RAYCAST_SCHEME of other builds of Raycast
 */
export function runDeepLink({ ownerOrAuthorName, extensionName }: ExtensionName, runId: string, scheme = "raycast") {
  const context: RunLaunchContext = { runId };
  const query = `context=${encodeURIComponent(JSON.stringify(context))}`;
  return `${scheme}://extensions/${ownerOrAuthorName}/${extensionName}/tuning-runs?${query}`;
}
