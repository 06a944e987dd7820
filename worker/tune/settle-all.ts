// Waiting for requests that go out together.

/** Wait for all before anything is thrown, so that no request outlives what it belongs to. @throws the first failure */
export async function settleAll<T>(requests: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(requests);
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason as Error;
    return one.value;
  });
}
