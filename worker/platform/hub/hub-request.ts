// One request to the Hub: to which endpoint and with which token, until when, and what its failures mean. Abort, stall timeout and
// statuses are ours, because the client library has none of them.
import { InvalidApiResponseFormatError } from "@huggingface/hub";
import { isNativeError } from "node:util/types";
import * as z from "zod";
import { hubAccess, type HubAccess } from "../../core/models/hub-access.ts";
import type { HubPlaces } from "../../core/models/hub-places.ts";
import { unusedProxy } from "../endpoint/direct-loopback.ts";
import { TransientFailure, asTransient, statusFailure } from "./hub-failure.ts";
import { readTokenFile } from "./hub-token.ts";

export interface Hub extends HubAccess {
  /** Why a named proxy is not used; null if that is not so. */
  proxyHint: string | null;
  /** Longest silence of a connection, ms. */
  stallTimeoutMs: number;
  /** Pauses before further attempts, ms. */
  retryDelaysMs: number[];
}

/**
 * Read which Hub it is, and its token.
 * @throws TransientFailure if a variable cannot be used; the texts do not repeat its value
 */
export async function hubFrom(
  places: HubPlaces,
  limits: { stallTimeoutMs: number; retryDelaysMs: number[] },
): Promise<Hub> {
  const access = hubAccess(places.env, await readTokenFile(places));
  if (typeof access === "string") throw new TransientFailure(access, { retriable: false });
  return { ...access, proxyHint: unusedProxy(places.env), ...limits };
}

/** Run requests under the caller's signal and a stall timeout that every sign of life pushes on. */
export async function guarded<T>(
  hub: Hub,
  signal: AbortSignal,
  work: (get: typeof fetch, alive: () => void) => Promise<T>,
): Promise<T> {
  const stall = new AbortController();
  const silence = `the Hub (${hub.host}) sent nothing for ${hub.stallTimeoutMs / 1000} s; check the network`;
  const timer = setTimeout(() => stall.abort(new TransientFailure(silence, { retriable: true })), hub.stallTimeoutMs);
  const alive = () => void timer.refresh();
  const both = AbortSignal.any([signal, stall.signal]);
  const get: typeof fetch = async (input, init) => {
    const response = await fetch(input, { ...init, headers: authorized(hub, input, init?.headers), signal: both });
    alive();
    if (response.ok) return response;
    await response.body?.cancel();
    throw refusal(hub, response);
  };
  try {
    return await work(get, alive);
  } catch (error) {
    both.throwIfAborted();
    throw asTransient(error, hub.host, hub.proxyHint) ?? fault(error);
  } finally {
    clearTimeout(timer);
  }
}

function refusal(hub: Hub, response: Response): TransientFailure {
  // Big files come from another host by a signed address; its 403 means "expired", and a new attempt gets a new one.
  const elsewhere = response.redirected && new URL(response.url).host !== hub.host;
  if (elsewhere && response.status !== 404)
    return new TransientFailure(`the Hub's file store answered ${response.status}; try again later`, {
      retriable: true,
    });
  if (response.status === 416) return unclear("it cannot resume");
  return statusFailure(response.status, hub);
}

export function unclear(what: string, cause?: unknown): TransientFailure {
  return new TransientFailure(`the Hub's answer does not add up: ${what}; check HF_ENDPOINT or try again later`, {
    retriable: false,
    cause,
  });
}

/** What the library or a schema throws at an answer they cannot read; anything else goes on as it is. */
function fault(error: unknown): unknown {
  const named = isNativeError(error) && ["SyntaxError", "TypeError"].includes(error.name);
  const unreadable = named || error instanceof z.ZodError || error instanceof InvalidApiResponseFormatError;
  return unreadable ? unclear("it is not what the Hub's interface sends", error) : error;
}

/** The token goes to the endpoint alone; fetch drops it where that redirects elsewhere. */
function authorized(hub: Hub, input: Parameters<typeof fetch>[0], given: RequestInit["headers"]): Headers {
  const headers = new Headers(given);
  const url = new URL(input instanceof Request ? input.url : input);
  if (hub.token !== null && url.origin === new URL(hub.endpoint).origin)
    headers.set("Authorization", `Bearer ${hub.token}`);
  return headers;
}
