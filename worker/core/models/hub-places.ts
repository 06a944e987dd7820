// Where Hugging Face's programs keep things: from the variables that they read, in their order. Pure.
// Source: huggingface_hub's constants: ~ and $NAME are expanded in each of them; HF_HUB_CACHE beats HUGGINGFACE_HUB_CACHE beats HF_HOME.

export interface HubPlaces {
  env: NodeJS.ProcessEnv;
  homeDir: string;
}

/** The variables that decide about the cache, the first that is set counts. Empty ones do not. */
export const CACHE_VARIABLES = ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"] as const;

/** Folder of the cached models, and the variable that names it; null: the usual place. */
export function hubCache(places: HubPlaces): { folder: string; variable: string | null } {
  const { env } = places;
  const variable = CACHE_VARIABLES.find((name) => env[name]) ?? null;
  if (variable === "HF_HUB_CACHE" || variable === "HUGGINGFACE_HUB_CACHE")
    return { folder: expandPath(env[variable] ?? "", places), variable };
  return { folder: `${hubHome(places)}/hub`, variable };
}

/** HF_HOME, or its usual place. */
export function hubHome(places: HubPlaces): string {
  const { env, homeDir } = places;
  if (env["HF_HOME"]) return expandPath(env["HF_HOME"], places);
  // The home folder is a path already: a $ in it is one of its characters.
  const caches = env["XDG_CACHE_HOME"] ? expandPath(env["XDG_CACHE_HOME"], places) : `${homeDir}/.cache`;
  return `${caches}/huggingface`;
}

/** Put in what ~, $NAME and ${NAME} mean; a name that is not set stays. @returns without a slash at its end */
export function expandPath(path: string, { env, homeDir }: HubPlaces): string {
  const known = path
    .replace(/\$(?:(\w+)|\{(\w+)\})/g, (whole, bare: string | undefined, braced: string | undefined) => {
      const name = bare ?? braced ?? "";
      return (name === "HOME" ? (env["HOME"] ?? homeDir) : env[name]) ?? whole;
    })
    .replace(/^~(?=\/|$)/, () => homeDir);
  return known.length > 1 ? known.replace(/\/$/, "") : known;
}
