import { describe, expect, it } from 'vitest';
import { differingParts, isSameText } from './compare-texts.ts';
import { filterKeys, filterValues, markProblems, parseFilter } from './review-filter.ts';

const problemsOf = (text: string) => {
  const parsed = parseFilter(text);
  return parsed.ok
    ? []
    : parsed.problems.map(({ start, end, reason }) => [text.slice(start, end), reason]);
};

describe('a filter that is not understood', () => {
  it('is told at each word, with what is known there', () => {
    expect(problemsOf('is:pending iz:open older:3y')).toEqual([
      ['iz:open', 'key_unknown'],
      ['older:3y', 'duration_wrong'],
    ]);
    expect(problemsOf('is: kind:$ne case:12 votes:9 hello')).toEqual([
      ['is:', 'value_unknown'],
      ['kind:$ne', 'value_unknown'],
      ['case:12', 'number_wrong'],
      ['votes:9', 'number_wrong'],
      ['hello', 'key_unknown'],
    ]);
    expect(problemsOf('account:{"$gt":""}')).toEqual([['account:{"$gt":""}', 'number_wrong']]);
    expect(problemsOf(Array.from({ length: 13 }, () => 'is:open').join(' '))).toEqual([
      ['is:open', 'too_many'],
    ]);
  });

  it('is marked where it is wrong', () => {
    const text = 'is:pending iz:open';
    const parsed = parseFilter(text);
    expect(parsed.ok ? [] : markProblems(text, parsed.problems)).toEqual([
      { text: 'is:pending ', isWrong: false },
      { text: 'iz:open', isWrong: true },
    ]);
  });
});

describe('a filter', () => {
  it('is read into terms, with what is negated, whatever the case and the colon', () => {
    expect(parseFilter('  IS:Pending -kind:merge older:3d assigned：me 482109375526 ')).toEqual({
      ok: true,
      terms: [
        { isNegated: false, key: 'is', value: 'pending' },
        { isNegated: true, key: 'kind', value: 'merge' },
        { isNegated: false, key: 'older', value: 259_200 },
        { isNegated: false, key: 'assigned', value: 'me' },
        { isNegated: false, key: 'case', value: '482109375526' },
      ],
    });
  });

  it('takes every word that its page names', () => {
    for (const key of filterKeys.filter((each) => each !== 'account')) {
      for (const value of filterValues[key]) expect(parseFilter(`${key}:${value}`).ok).toBe(true);
    }
    expect(parseFilter('').ok).toBe(true);
  });
});

describe('of two texts', () => {
  it('dots, width and spaces are a matter of writing', () => {
    expect(isSameText('阿依努尔·买买提', '阿依努尔•买买提')).toBe(true);
    expect(isSameText('44000019850615003x', '４４０00019850615003X')).toBe(true);
    expect(isSameText('张三', '张叁')).toBe(false);
  });

  it.each([
    ['4400', '4400', '4400'],
    ['440024', '440042', '4400(2)4'],
    ['张三丰', '张丰', '张(三)丰'],
    ['abc', 'xyz', '(abc)'],
    ['', 'x', ''],
  ])('%s against %s shows %s', (text, other, shown) => {
    const parts = differingParts(text, other);
    expect(parts.map((part) => (part.isDifferent ? `(${part.text})` : part.text)).join('')).toBe(
      shown,
    );
  });
});
