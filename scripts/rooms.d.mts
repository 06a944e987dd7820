export const ROOMS: readonly [room: string, what: string][];
export function roomOf(path: string): string | null;
export function mayImport(from: string, to: string): boolean;
