// Waiting that a signal can end whatever is waited for. Source: contract §3 (interrupted).

/**
 * @param signal undefined = nothing interrupts it
 * @returns what the work brings
 * @throws the signal's reason as soon as it aborts, even if the work never ends
 */
export async function interruptible<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason as Error);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  // Whichever of the two is late must not count as a failure that nobody took.
  stopped.promise.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
