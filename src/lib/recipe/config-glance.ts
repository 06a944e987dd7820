// What this process can tell of an applied recipe's config by itself: its print, which mostly is that of the file as it was written. Only files
// in the home folder are touched, as the command's thread cannot end while a read of a dead disk does not; the rest is for the worker.
// Source: contract §12, §14 (pollers never fork); worker/platform/files/foreign-reader.ts.
import { Cache } from "@raycast/api";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { configPrint, MAX_CONFIG_BYTES } from "../../../worker/core/config/config-print.ts";
import { errorText } from "../../../worker/core/errors.ts";
import { notPermitted } from "../../../worker/core/machine/privacy.ts";
import { readSmall } from "../../../worker/core/text/small-file.ts";
import { placeAtHome } from "./config-place.ts";
import { isGivenUp, wasLate } from "./config-late.ts";

/** untold: another process has to look, for the reason of `why`. */
export type Glance =
  { state: "bytes"; sha256: string } | { state: "gone"; why: null } | { state: "unreadable" | "untold"; why: string };

/** A file of the home folder is there in ms; a menu bar that waits longer is stuck. */
const GLANCE_MS = 2_000;

/** Look at a config within two seconds; never throws. */
export async function glanceAt(path: string): Promise<Glance> {
  const late = { state: "untold", why: `${path} does not answer: the disk it is on may be gone or asleep` } as const;
  if (isGivenUp(marks, path, process.pid, Date.now())) return late;
  const looking = underWay.get(path) ?? begin(path);
  const waiting = new AbortController();
  const over = delay(GLANCE_MS, late, { signal: waiting.signal }).catch(() => late);
  const glance = await Promise.race([looking, over]);
  waiting.abort();
  if (glance !== late) return glance;
  wasLate(marks, path, process.pid, Date.now());
  void looking.then(() => marks.remove(path));
  return late;
}

const marks = new Cache({ namespace: "config-late" });

/** Looks that have not ended: a second one at the same file would wait for the same disk. */
const underWay = new Map<string, Promise<Glance>>();

function begin(path: string): Promise<Glance> {
  const looking = look(path);
  underWay.set(path, looking);
  void looking.then(() => underWay.delete(path));
  return looking;
}

async function look(path: string): Promise<Glance> {
  try {
    const place = await placeAtHome(path);
    if (place === null)
      return { state: "untold", why: `${path} leads out of the home folder, or where macOS guards it` };
    const file = await open(place, constants.O_RDONLY | constants.O_NONBLOCK);
    const sha256 = configPrint(await readSmall(path, file, MAX_CONFIG_BYTES));
    return sha256 === null ? { state: "gone", why: null } : { state: "bytes", sha256 };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? null;
    if (code === "ENOENT" || code === "ENOTDIR") return { state: "gone", why: null };
    const denied = notPermitted(code, READER);
    return { state: "unreadable", why: denied === null ? errorText(error) : `${path}: ${denied}` };
  }
}

/** Raycast is what has to be allowed to read. */
const READER = { platform: process.platform, env: { MLX_AUTOTUNE_DEEP_LINK: "" }, program: process.execPath };
