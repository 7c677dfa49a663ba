// What the registers say of a child and a guardian: whether name and number belong together, and
// whether they are family by the household register.
import type { Account } from '../accounts/account.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { outcomeOf } from '../verification/ask-sources.ts';
import type { IdentityClaim } from '../verification/provider.ts';
import type { RegisterAnswer } from './child-application-store.ts';
import type { Guardianship } from './guardianship.ts';
import type { RelationAnswer } from './household-register.ts';

export interface FamilyAnswers {
  outcome: 'confirmed' | 'not_confirmed' | 'unavailable';
  resultCode: string;
  reference: string;
  /** For who has to look at it; none where the registers do not know such documents. */
  answers: RegisterAnswer[];
}

/** Both always, one after the other: how long it takes does not say which of them said no. */
export async function askFamily(
  { households, clock }: Pick<Guardianship, 'households' | 'clock'>,
  { guardian, claim }: { guardian: Account; claim: IdentityClaim },
): Promise<FamilyAnswers> {
  const own = verifiedClaim(guardian);
  const isKnown = households?.config.certificateTypes.includes(claim.certificate.type);
  if (!households || !own || !isKnown) {
    return { outcome: 'not_confirmed', resultCode: 'not_asked', reference: '', answers: [] };
  }
  const { population, household } = households;
  const matched = await population.check(claim);
  const related = await household.ask(own, claim);
  const at = clock.now().toISOString();
  const answers: RegisterAnswer[] = [
    {
      source: 'population',
      outcome: outcomeOf(matched),
      resultCode: matched.resultCode,
      at,
    },
    {
      source: 'household',
      outcome: RELATION_OUTCOMES[related.outcome],
      resultCode: related.resultCode,
      at,
    },
  ];
  const failed = [matched, related].find(
    ({ outcome }) => outcome === 'unavailable' || outcome === 'contradictory',
  );
  const resultCode = `${matched.resultCode}-${related.resultCode}`;
  const reference = 'reference' in related ? related.reference : '';
  if (failed) return { outcome: 'unavailable', resultCode: failed.resultCode, reference, answers };
  const isConfirmed = matched.outcome === 'matched' && related.outcome === 'match';
  return isConfirmed
    ? { outcome: 'confirmed', resultCode: matched.resultCode, reference, answers }
    : { outcome: 'not_confirmed', resultCode, reference, answers };
}

const RELATION_OUTCOMES = {
  match: 'matched',
  no_match: 'different',
  unknown: 'not_found',
  unavailable: 'unavailable',
  contradictory: 'unclear',
} as const satisfies Record<RelationAnswer['outcome'], RegisterAnswer['outcome']>;
