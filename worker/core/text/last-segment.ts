// The last part of a path or an id, however many slashes stand at its end.

/** "owner/name/" -> "name"; "" for slashes alone. */
export function lastSegment(path: string): string {
  const end = withoutEndSlashes(path);
  return end.slice(end.lastIndexOf("/") + 1);
}

/** Counted from the end: a pattern would try every slash of a long row of them anew. */
export function withoutEndSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}
