// Releases as `1.2.3`, in their order. What has another form counts as older than everything.

/** Negative when `a` is older than `b`. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  const difference = [0, 1, 2].map((at) => (left[at] ?? 0) - (right[at] ?? 0)).find((n) => n !== 0);
  return difference ?? 0;
}

/** A pre-release counts as what it leads to: it reads and writes the same documents. */
function numbersOf(release: string): readonly number[] {
  const parts = /^(\d+)\.(\d+)\.(\d+)/u.exec(release)?.slice(1);
  return parts?.map(Number) ?? [-1, -1, -1];
}
