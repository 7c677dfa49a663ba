// What the registers say of an identity under review, asked once more for a reviewer: those that need
// nothing but name and number.
import type { Clock } from '../platform/clock.ts';
import { elementSources } from '../platform/verification-config.ts';
import type { ElementSource, SourceConfig } from '../platform/verification-config.ts';
import type { AnswerSource, ReviewCase, SourceAnswer } from '../review/review-case.ts';
import { extraElements } from './provider.ts';
import type { IdentityClaim, VerificationProvider } from './provider.ts';
import { claimOf } from './review-claim.ts';

export interface AskedRegister {
  provider: VerificationProvider;
  config: Pick<SourceConfig, 'certificateTypes'>;
}

/** As review cases call them. */
export const answerSourceOf = {
  population: 'population',
  socialSecurity: 'social_security',
  operator: 'operator',
  bank: 'bank',
} as const satisfies Record<ElementSource, AnswerSource>;

/** The number exists, with another name. */
const NAME_DIFFERS = '01';

interface AskDependencies {
  registers: Readonly<Partial<Record<ElementSource, AskedRegister>>>;
  clock: Clock;
}

/** The answers of the case, with new ones in place of those of the sources that were asked. */
export async function askSources(
  { registers, clock }: AskDependencies,
  { claimed, answers }: ReviewCase,
): Promise<readonly SourceAnswer[]> {
  const claim = claimOf(claimed);
  if (!claim) return answers;
  const asked = elementSources
    .filter((source) => extraElements[source].length === 0)
    .flatMap((source) => registers[source] ?? [])
    .filter(({ config }) => config.certificateTypes.includes(claim.certificate.type));
  const fresh = await Promise.all(
    asked.map(({ provider }) => ask(provider, { claim, claimed, clock })),
  );
  return [
    ...answers.filter(({ source }) => !fresh.some((answer) => answer.source === source)),
    ...fresh,
  ];
}

async function ask(
  provider: VerificationProvider,
  of: { claim: IdentityClaim; claimed: ReviewCase['claimed']; clock: Clock },
): Promise<SourceAnswer> {
  const checked = await provider.check(of.claim);
  const { name, certificateNumber } = of.claimed;
  return {
    source: answerSourceOf[provider.id],
    outcome: outcomeOf(checked),
    resultCode: checked.resultCode,
    at: of.clock.now(),
    values: checked.outcome === 'matched' ? definedOnly({ name, certificateNumber }) : {},
  };
}

export function outcomeOf(
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
