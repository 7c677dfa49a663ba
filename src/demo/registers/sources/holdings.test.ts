// The cards of the demonstration are possible, each of one person only, and phones are nobody else's.
import { expect, test } from 'vitest';
import { readBankCard } from '../../../verification/bank-card.ts';
import { holdings } from './holdings.ts';

test('every card and every phone is possible and is of one person only', () => {
  const cards = holdings.map(({ card }) => card);
  expect(new Set(cards).size).toBe(holdings.length);
  expect(cards.filter((card) => readBankCard(card) !== card)).toEqual([]);
  expect(new Set(holdings.map(({ phone }) => phone)).size).toBe(holdings.length);
});

test('a card is read as people type it, and one with a wrong digit is none', () => {
  expect(readBankCard('9999 9900 0000 0014')).toBe('9999990000000014');
  expect(readBankCard('９９９９９９００００００００１４')).toBe('9999990000000014');
  expect(readBankCard('9999990000000015')).toBeUndefined();
  expect(readBankCard('999999')).toBeUndefined();
  expect(readBankCard('9999990000000014a')).toBeUndefined();
});
