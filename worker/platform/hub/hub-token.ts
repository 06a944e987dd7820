// The token that `hf auth login` has left: HF_TOKEN_PATH, else `token` in HF_HOME. Source: huggingface_hub's constants.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expandPath, hubHome, type HubPlaces } from "../../core/models/hub-places.ts";

/** A token has some tens of bytes. */
const MOST_BYTES = 4096;
/** ms; the file may lie on a disk that is gone. */
const WITHIN_MS = 2000;

/** @returns its content; null where there is none, or none that answers */
export async function readTokenFile(places: HubPlaces): Promise<string | null> {
  const named = places.env["HF_TOKEN_PATH"];
  const path = named ? expandPath(named, places) : join(hubHome(places), "token");
  const late = new AbortController();
  try {
    return await Promise.race([readSmall(path), delay(WITHIN_MS, null, { signal: late.signal })]);
  } finally {
    late.abort();
  }
}

async function readSmall(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null); // most people have none
  if (found === null || !found.isFile() || found.size > MOST_BYTES) return null;
  return readFile(path, "utf8").catch(() => null);
}
