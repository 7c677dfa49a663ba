// How often somebody may try: taken before a source is asked, and given back only when no source
// answered. A match is not given back either, so that pairs from leaked lists cannot be tried out.
import type { BudgetRule, BudgetStore, Reservation } from '../credentials/budget-store.ts';
import { addressScope, configuredAddress } from '../credentials/sign-in-budgets.ts';
import type { Limits } from '../platform/limits-config.ts';
import type { VerificationTries } from '../platform/verification-config.ts';
import type { IdentityClaim } from './provider.ts';

export interface Try {
  accountId: string;
  address: string;
  claim: IdentityClaim;
  /** A bank card that is asked about: lists of them are tried out too. */
  card?: string | undefined;
}

export interface TriesDependencies {
  budgets: Pick<BudgetStore, 'reserve' | 'giveBack'>;
  tries: VerificationTries;
  /** Halls and kiosks have tries of their own, as they have at sign-in. */
  limits: Limits['signIn'];
}

/** Region and birth date. */
const BIRTH_PREFIX_LENGTH = 14;
/** Enough for who looks badly lit, and for a stranger to stand in nobody's way for long. */
const FACE_OF_NUMBER = { attempts: 10, windowSeconds: 6 * 3600 };

export type TakenTry = { ok: true; reservations: readonly Reservation[] } | { ok: false };

export async function takeMatchTry(deps: TriesDependencies, of: Try): Promise<TakenTry> {
  const { perAccount, perNumber, perBirthPrefix } = deps.tries;
  const { type, number } = of.claim.certificate;
  const prefix = number.slice(0, BIRTH_PREFIX_LENGTH);
  return take(deps, [
    { ...perAccount, key: `verify-account:${of.accountId}` },
    { ...perNumber, key: `verify-number:${type}:${number}` },
    { ...perBirthPrefix, key: `verify-birth:${type}:${prefix}` },
    ...(of.card === undefined ? [] : [{ ...perNumber, key: `verify-card:${of.card}` }]),
    addressRule(deps, 'verify-address', of.address),
  ]);
}

/** Comparing a face proves more than a list can give: what others tried stands in nobody's way. */
export async function takeFaceTry(
  deps: TriesDependencies,
  { accountId, address, claim }: Omit<Try, 'claim'> & { claim?: IdentityClaim },
): Promise<TakenTry> {
  const { facePerAccount } = deps.tries;
  return take(deps, [
    { ...facePerAccount, key: `verify-face:${accountId}` },
    ...(claim ? [faceOfNumber(claim)] : []),
    addressRule(deps, 'verify-face-address', address),
  ]);
}

/** Where nobody is signed in: whoever begins anew counts on. */
function faceOfNumber({ certificate: { type, number } }: IdentityClaim): BudgetRule {
  return { ...FACE_OF_NUMBER, key: `recover-face:${type}:${number}` };
}

/** Whoever comes back from there has proven it: what others tried stands in nobody's way. */
export async function takeNetworkTry(
  deps: TriesDependencies,
  { accountId, address }: Omit<Try, 'claim'>,
): Promise<TakenTry> {
  const { networkPerAccount } = deps.tries;
  return take(deps, [
    { ...networkPerAccount, key: `verify-network:${accountId}` },
    addressRule(deps, 'verify-network-address', address),
  ]);
}

/** Asking about organisations: who asks is known in person, and in nobody's way. */
export async function takeEntityTry(
  deps: TriesDependencies,
  { accountId, address }: Omit<Try, 'claim'>,
): Promise<TakenTry> {
  const { entityPerAccount } = deps.tries;
  return take(deps, [
    { ...entityPerAccount, key: `verify-entity:${accountId}` },
    addressRule(deps, 'verify-entity-address', address),
  ]);
}

/**
 * An organisation shows that it is itself, to which nobody is signed in: counted apart and as at sign-in,
 * because strangers must not stand in the way of who registers one at the same address.
 */
export async function takeShowingTry(
  deps: TriesDependencies,
  { accountId: place, address }: Omit<Try, 'claim'>,
): Promise<TakenTry> {
  const { tries, limits } = deps;
  return take(deps, [
    { ...tries.entityPerAccount, key: `entity-sign-in:${place}` },
    addressRule({ tries: limits, limits }, 'entity-sign-in-address', address),
  ]);
}

function addressRule(
  {
    tries,
    limits,
  }: Pick<TriesDependencies, 'limits'> & {
    tries: Pick<VerificationTries, 'perAddress'>;
  },
  name: string,
  text: string,
): BudgetRule {
  const { attempts, windowSeconds } = configuredAddress(limits, text) ?? tries.perAddress;
  return { attempts, windowSeconds, key: `${name}:${addressScope(text).source}` };
}

async function take({ budgets }: TriesDependencies, rules: BudgetRule[]): Promise<TakenTry> {
  const taken = await budgets.reserve(rules);
  return taken.ok ? { ok: true, reservations: taken.reservations } : { ok: false };
}
