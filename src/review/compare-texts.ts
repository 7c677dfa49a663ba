// Two texts side by side: what is only a matter of writing, and which characters differ.

/** Compared without spaces, full-width forms, case, and the kinds of middle dots. */
export function isSameText(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/[•‧∙･·・．]/gu, '·')
    .replaceAll(/\s/gu, '')
    .toUpperCase();
}

export interface TextPart {
  text: string;
  isDifferent: boolean;
}

const LONGEST = 200;

/** `text` in parts, those marked that `other` does not have in the same order. */
export function differingParts(text: string, other: string): TextPart[] {
  const [own, theirs] = [Array.from(text), Array.from(other)];
  if (own.length > LONGEST || theirs.length > LONGEST) return [{ text, isDifferent: true }];
  const common = commonLengths(own, theirs);
  const parts: TextPart[] = [];
  const add = (character: string, isDifferent: boolean) => {
    const last = parts.at(-1);
    if (last?.isDifferent === isDifferent) last.text += character;
    else parts.push({ text: character, isDifferent });
  };
  let [i, j] = [0, 0];
  while (i < own.length) {
    const isCommon = j < theirs.length && own[i] === theirs[j];
    if (!isCommon && j < theirs.length && at(common, i, j + 1) > at(common, i + 1, j)) {
      j += 1;
      continue;
    }
    add(own[i] ?? '', !isCommon);
    i += 1;
    if (isCommon) j += 1;
  }
  return parts;
}

/** Length of the longest common subsequence of the rests from i and j on. */
function commonLengths(a: readonly string[], b: readonly string[]): number[][] {
  const lengths = Array.from({ length: a.length + 1 }, () =>
    Array.from({ length: b.length + 1 }, () => 0),
  );
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = lengths[i] ?? [];
      row[j] =
        a[i] === b[j]
          ? at(lengths, i + 1, j + 1) + 1
          : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1));
    }
  }
  return lengths;
}

function at(lengths: readonly number[][], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0;
}
