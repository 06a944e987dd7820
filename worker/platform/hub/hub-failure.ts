// What counts as a transient failure of pre-warm, how it reads, and how often it is tried again. Texts never carry the
// library's own messages: those hold addresses, which may hold secrets.
import { setTimeout as sleep } from "node:timers/promises";
import type { HubAccess } from "../../core/models/hub-access.ts";
import { notPermitted } from "../../core/machine/privacy.ts";
import { isNativeError } from "node:util/types";
import { thisReader } from "../files/this-reader.ts";

/** Weights could not be had this time; becomes the candidate's reason. The message is a sentence without the model's id. */
export class TransientFailure extends Error {
  override readonly name = "TransientFailure";
  /** Worth another attempt within seconds. */
  readonly retriable: boolean;

  constructor(message: string, options: { retriable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.retriable = options.retriable;
  }
}

/** Failure of a status that the Hub answered, with what the user can do. */
export function statusFailure(status: number, { host, isPublic, token }: HubAccess): TransientFailure {
  const ownToken = isPublic ? "HF_TOKEN" : `HF_TOKEN to a token of ${host}`;
  const answered = `the Hub (${host}) answered ${status}`;
  const told = (text: string, retriable: boolean) => new TransientFailure(`${answered}: ${text}`, { retriable });
  if (status === 401 || status === 403)
    return told(
      token !== null
        ? "the model is gated, private or does not exist; accept its terms on the Hub and check that HF_TOKEN may read it"
        : `the model is gated, private or does not exist; accept its terms on the Hub and set ${ownToken}`,
      false,
    );
  if (status === 404) return told("there is no such model or file; check the id", false);
  if (status === 429) return told(`too many requests; set ${ownToken} or try again later`, true);
  if (status >= 500 || status === 408) return told("try again later", true);
  return told("check HF_ENDPOINT and the id", false);
}

const DISK_CODES = new Set(["ENOSPC", "EDQUOT"]);
const FOLDER_CODES = new Set(["EACCES", "EPERM", "EROFS", "ENOTDIR", "ELOOP", "EIO"]);

/**
 * Turn what a download threw into a transient failure.
 * @param proxyHint why a proxy that is named is not used
 * @returns null if it is none of the known causes (then it is a fault of the program and must not be hidden)
 */
export function asTransient(error: unknown, host: string, proxyHint: string | null = null): TransientFailure | null {
  if (error instanceof TransientFailure) return error;
  const code = errorCode(error);
  if (isDiskFull(error))
    return new TransientFailure(`the disk is full (${code}); free some space`, { retriable: false, cause: error });
  if (code !== null && FOLDER_CODES.has(code))
    return new TransientFailure(`the cache folder cannot be written${whyNot(code)}`, {
      retriable: false,
      cause: error,
    });
  // fetch reports every failure of the network as a TypeError whose cause holds the code.
  if (isNativeError(error) && error.name === "TypeError" && /fetch failed|terminated/.test(error.message))
    return new TransientFailure(
      `the connection to the Hub (${host}) failed (${code ?? error.message}); check the network or HF_ENDPOINT${
        proxyHint === null ? "" : ` (${proxyHint})`
      }`,
      { retriable: true, cause: error },
    );
  return null;
}

function whyNot(code: string): string {
  const said = notPermitted(code, thisReader());
  return said === null
    ? ` (${code}); check HF_HUB_CACHE or HF_HOME`
    : `: ${said}, or set HF_HUB_CACHE to another folder`;
}

/** True if an error, or what caused it, is a full disk or an exhausted quota. */
export function isDiskFull(error: unknown): boolean {
  return DISK_CODES.has(errorCode(error) ?? "");
}

/** Code of a system error, or of what caused it; null if there is none. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== "object" || error === null) return null;
  if ("code" in error && typeof error.code === "string") return error.code;
  return "cause" in error ? errorCode(error.cause) : null;
}

/**
 * Run an attempt, and again after each delay while its failure is retriable.
 * @param delaysMs pauses before the second, third … attempt; their number bounds the attempts
 * @param advanced tells whether the last attempt got far enough that the count may begin anew
 * @throws TransientFailure after the last attempt; anything unknown at once; the signal's reason if it aborts
 */
export async function withRetries<T>(
  settings: { host: string; delaysMs: number[]; signal: AbortSignal; advanced?: () => boolean },
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 0; ;) {
    settings.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      settings.signal.throwIfAborted();
      const failure = asTransient(error, settings.host);
      if (failure === null) throw error;
      if (settings.advanced?.()) failures = 0;
      const delayMs = settings.delaysMs[failures];
      if (!failure.retriable || delayMs === undefined) throw failure;
      failures += 1;
      await pause(delayMs, settings.signal);
    }
  }
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(delayMs, undefined, { signal });
  } catch (error) {
    // The timer rejects with its own AbortError; callers are promised the signal's reason.
    signal.throwIfAborted();
    throw error;
  }
}
