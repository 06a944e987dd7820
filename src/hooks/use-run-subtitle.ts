// Keeps the subtitle of the present command in the root search. A command can only name its own.
import { updateCommandMetadata } from "@raycast/api";
import { usePromise } from "@raycast/utils";

/** @param subtitle undefined = not known yet; null = back to the manifest's. @returns whether it is being written */
export function useSubtitle(subtitle: string | null | undefined): boolean {
  const { data, error } = usePromise(write, [subtitle ?? null], {
    execute: subtitle !== undefined,
    onError: (cause) => console.error("the subtitle was not written:", cause),
  });
  return subtitle !== undefined && data?.written !== subtitle && error === undefined;
}

async function write(subtitle: string | null): Promise<{ written: string | null }> {
  await updateCommandMetadata({ subtitle });
  return { written: subtitle };
}
