// Work of one kind for many, a few at a time: what comes before a race must not itself be more than a
// small machine bears, or a race of refusals is all that is left.

const AT_ONCE = 8;

/** In their order. */
export async function inTurns<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) {
    const turn = items.slice(from, from + AT_ONCE);
    results.push(...(await Promise.all(turn.map((item, place) => work(item, from + place)))));
  }
  return results;
}
