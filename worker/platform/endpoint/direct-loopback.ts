// Keeps this machine's own addresses off every proxy: a provider on 127.0.0.1 cannot be reached through one. Node asks NO_PROXY anew for
// each request of fetch; requests of node:http are made without the shared agent. Children inherit it.
// Source: Node's documentation of NODE_USE_ENV_PROXY; where both spellings are set, the lower-case one counts.

// No [::1]: a client library of Python's refuses to start with it.
const LOOPBACK = ["127.0.0.1", "localhost"];

/** Add loopback to NO_PROXY, whichever proxies the environment names. */
export function keepLoopbackDirect(env: NodeJS.ProcessEnv): void {
  const listed = env["no_proxy"] ?? env["NO_PROXY"] ?? "";
  const names = listed.split(/[\s,]+/).filter((name) => name !== "");
  if (names.includes("*")) return;
  const all = [...new Set([...names, ...LOOPBACK])].join(",");
  env["NO_PROXY"] = all;
  env["no_proxy"] = all;
}

/** Why a download may fail although a proxy is named; null if that is not so. */
export function unusedProxy(env: NodeJS.ProcessEnv): string | null {
  const named = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].find((name) => env[name]);
  const used = env["NODE_USE_ENV_PROXY"] === "1" || /--use-env-proxy/.test(env["NODE_OPTIONS"] ?? "");
  return named === undefined || used ? null : `${named} is only used with NODE_USE_ENV_PROXY=1`;
}
