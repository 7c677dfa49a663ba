// Which of the accounts that share a typed login is meant. Names are unique; a phone may open one
// account of each kind, a number in rare cases several (passports of two countries).
import type { AccountKind } from './account.ts';
import type { AccountDocument } from './account-document.ts';

const ORDER: readonly AccountKind[] = ['naturalPerson', 'civilServant', 'legalEntity'];

type Candidate = Pick<AccountDocument, 'kind' | 'loginIndex' | 'phoneIndex' | 'numberIndex'>;
type Macs = Readonly<Record<'loginIndex' | 'phoneIndex' | 'numberIndex', readonly Buffer[]>>;

/**
 * User name before phone before number. Within phone or number: the first kind (`kind` itself,
 * then person, civil servant, legal entity) that matches exactly once; two of the same kind
 * could only be guessed between, so neither is meant.
 */
export function pickAccount<T extends Candidate>(
  candidates: readonly T[],
  macs: Macs,
  kind?: AccountKind,
): T | undefined {
  const kinds = kind ? [kind, ...ORDER.filter((other) => other !== kind)] : ORDER;
  for (const index of ['loginIndex', 'phoneIndex', 'numberIndex'] as const) {
    const matches = candidates.filter((candidate) => shares(candidate[index], macs[index]));
    for (const wanted of kinds) {
      const ofKind = matches.filter((candidate) => candidate.kind === wanted);
      if (ofKind.length === 1) return ofKind[0];
      if (ofKind.length > 1) return undefined;
    }
  }
  return undefined;
}

function shares(stored: readonly Buffer[] | undefined, wanted: readonly Buffer[]): boolean {
  return stored?.some((mac) => wanted.some((other) => other.equals(mac))) ?? false;
}
