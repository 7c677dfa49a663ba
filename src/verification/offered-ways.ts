// The ways to a higher level that are open to an account, the cheapest sufficient one first.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account, RealNameLevel } from '../accounts/account.ts';
import { splitPhone } from '../accounts/phone.ts';
import { elementSources } from '../platform/verification-config.ts';
import type { ElementSource, LevelPolicy } from '../platform/verification-config.ts';
import { isLive, levelOf } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { extraElements } from './provider.ts';
import type { ElementRegisters } from './provider.ts';

export interface OfferedWay {
  source: ElementSource;
  /** That the account has with it and what it has already. */
  level: RealNameLevel;
  /** It needs another source beside it: this level is what they give together. */
  isPartOf: RealNameLevel | undefined;
}

interface OfferDependencies {
  registers: ElementRegisters;
  policy: LevelPolicy;
  evidence: readonly Evidence[];
  now: Date;
}

/** The confirmed phone as the operator and the bank know it: eleven digits of the mainland. */
export function mainlandPhone(account: Account): string | undefined {
  const phone = account.attribute('phone');
  if (!phone?.verifiedAt) return undefined;
  const split = splitPhone(phone.value);
  return split?.region === 'CN' ? split.national : undefined;
}

/** Whether a source that compares elements can say something of this account that counts. */
export function canCompare(
  account: Account,
  source: ElementSource,
  registers: ElementRegisters,
): boolean {
  const asked = registers[source];
  if (!asked || account.kind !== 'naturalPerson') return false;
  if (account.realNameLevel >= asked.provider.cap) return false;
  return !extraElements[source].includes('phone') || mainlandPhone(account) !== undefined;
}

/** Sources that have confirmed the identity which the account does not hold yet. */
export function confirmedSoFar(
  { realNameLevel }: Account,
  { evidence, now }: Pick<OfferDependencies, 'evidence' | 'now'>,
): ElementSource[] {
  if (realNameLevel >= VERIFIED_LEVEL) return [];
  const live = new Set(evidence.filter((each) => isLive(each, now)).map(({ source }) => source));
  return elementSources.filter((source) => live.has(source));
}

export function offeredElements(account: Account, deps: OfferDependencies): OfferedWay[] {
  const { registers, policy, evidence, now } = deps;
  const confirmed = new Set(confirmedSoFar(account, deps));
  const unlimited = { level: VERIFIED_LEVEL, revokedAt: undefined, expiresAt: undefined } as const;
  return elementSources
    .filter((source) => canCompare(account, source, registers) && !confirmed.has(source))
    .map((source) => {
      const level = levelOf([...evidence, { source, ...unlimited }], policy, now);
      const isSufficient = level > account.realNameLevel;
      return { source, level, isPartOf: isSufficient ? undefined : partOf(source, deps) };
    })
    .filter(({ level, isPartOf }) => level > account.realNameLevel || isPartOf !== undefined)
    .sort((a, b) => rank(a) - rank(b) || costOf(a) - costOf(b));

  function costOf({ source }: OfferedWay): number {
    return registers[source]?.config.costFen ?? 0;
  }
}

function rank({ isPartOf }: OfferedWay): number {
  return isPartOf === undefined ? 0 : 1;
}

/** The lowest level that names the source and can be reached with those that the city asks. */
function partOf(source: ElementSource, { policy }: OfferDependencies): RealNameLevel | undefined {
  const [lowest] = policy
    .filter(({ anyOf }) => anyOf.some(({ of }) => of.includes(source)))
    .map(({ level }) => level)
    .sort((a, b) => a - b);
  return lowest;
}
