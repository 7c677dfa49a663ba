// Whether two samples of times can be told apart: by their means (Welch) and by their order
// (Mann–Whitney), each as a two-sided probability under the hypothesis that they cannot.

/** Large samples: the t distribution is the normal one. */
export function welch(a: readonly number[], b: readonly number[]): number {
  const [one, other] = [momentsOf(a), momentsOf(b)];
  const error = Math.sqrt(one.variance / a.length + other.variance / b.length);
  return twoSided((one.mean - other.mean) / error);
}

/** With the normal approximation, ties by their mean rank. */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const all = [
    ...a.map((time) => ({ time, isA: true })),
    ...b.map((time) => ({ time, isA: false })),
  ];
  all.sort((one, other) => one.time - other.time);
  let sum = 0;
  for (let from = 0; from < all.length;) {
    let to = from;
    while (to < all.length && all[to]?.time === all[from]?.time) to += 1;
    const rank = (from + 1 + to) / 2;
    for (let place = from; place < to; place += 1) if (all[place]?.isA) sum += rank;
    from = to;
  }
  const u = sum - (a.length * (a.length + 1)) / 2;
  const mean = (a.length * b.length) / 2;
  const deviation = Math.sqrt((mean * (a.length + b.length + 1)) / 6);
  return twoSided((u - mean) / deviation);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}

/** Abramowitz and Stegun 26.2.17, right to seven digits. */
function twoSided(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(z));
  const series =
    t *
    (0.319_381_53 +
      t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return 2 * Math.exp((-z * z) / 2) * (series / Math.sqrt(2 * Math.PI));
}
