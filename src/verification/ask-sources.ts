// What the registers say of an identity under review, asked once more for a reviewer.
import type { Clock } from '../platform/clock.ts';
import type { SourceConfig } from '../platform/verification-config.ts';
import type { ReviewCase, SourceAnswer } from '../review/review-case.ts';
import type { VerificationProvider } from './provider.ts';
import { claimOf } from './review-claim.ts';

export interface AskedRegister {
  provider: VerificationProvider;
  config: Pick<SourceConfig, 'certificateTypes'>;
}

/** Of the population register: the number exists, with another name. */
const NAME_DIFFERS = '01';

/** The answers of the case, with new ones in place of those of the sources that were asked. */
export async function askSources(
  { register, clock }: { register: AskedRegister | undefined; clock: Clock },
  { claimed, answers }: ReviewCase,
): Promise<readonly SourceAnswer[]> {
  const claim = claimOf(claimed);
  if (!register || !claim) return answers;
  if (!register.config.certificateTypes.includes(claim.certificate.type)) return answers;
  const checked = await register.provider.check(claim);
  const { name, certificateNumber } = claimed;
  const isMatch = checked.outcome === 'matched';
  const answer = {
    source: 'population',
    outcome: outcomeOf(checked),
    resultCode: checked.resultCode,
    at: clock.now(),
    values: isMatch ? definedOnly({ name, certificateNumber }) : {},
  } as const;
  return [...answers.filter(({ source }) => source !== 'population'), answer];
}

function outcomeOf(
  checked: Awaited<ReturnType<VerificationProvider['check']>>,
): SourceAnswer['outcome'] {
  switch (checked.outcome) {
    case 'matched':
      return 'matched';
    case 'mismatched':
      return checked.resultCode === NAME_DIFFERS ? 'different' : 'not_found';
    case 'unavailable':
      return 'unavailable';
    case 'contradictory':
      return 'unclear';
  }
}

function definedOnly(texts: Record<string, string | undefined>): SourceAnswer['values'] {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined));
}
