// Lists that are shown page by page, newest first.

/**
 * One page of `found`, which holds one entry more than fits when there are older ones. Entries of
 * one instant stay together, so that none is lost between two pages.
 */
export function cutPage<T extends { at: Date }>(
  found: readonly T[],
  size: number,
): { entries: readonly T[]; olderThan: Date | undefined } {
  const next = found[size];
  if (next === undefined) return { entries: found, olderThan: undefined };
  const newer = found.filter(({ at }) => at > next.at);
  const entries = newer.length > 0 ? newer : found.slice(0, size);
  return { entries, olderThan: entries.at(-1)?.at };
}
