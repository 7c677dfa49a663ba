// What the index should have of an account, and what follows from that for what it has: pure.
import type { Account } from '../../accounts/account.ts';
import { VERIFIED_LEVEL } from '../../accounts/account.ts';
import type { Certificate } from '../../accounts/identity-number.ts';
import type { Registration } from './registration-store.ts';

export interface WantedEntry {
  certificate: Certificate;
  level: number;
}

/** People with a verified number of their own; no children, whose guardians act for them here. */
export function wantedEntry(account: Account | undefined): WantedEntry | undefined {
  if (!account?.isActive || account.kind !== 'naturalPerson' || account.isWard) return undefined;
  const { certificate, realNameLevel: level } = account;
  if (level < VERIFIED_LEVEL || !certificate) return undefined;
  return { certificate, level };
}

export type Step =
  /** Its index is not known yet. */
  | { kind: 'compute'; epoch: number }
  | { kind: 'put'; epoch: number; index: string }
  | { kind: 'remove'; epoch: number; registration: Registration };

const DAY_MS = 86_400_000;
/** An entry is renewed long before it ends. */
const RENEWED_BEFORE_MS = 100 * DAY_MS;
const CLAIMED_AGAIN_MS = DAY_MS;

/** @param of.identity keyed hash of the certificate */
export function planRegistration(of: {
  wanted: WantedEntry | undefined;
  identity: string;
  registrations: readonly Registration[];
  epochs: readonly number[];
  now: Date;
}): Step[] {
  const { wanted, identity, registrations, epochs, now } = of;
  const former = registrations
    .filter((each) => epochs.includes(each.epoch))
    .filter((each) => !wanted || each.identity !== identity)
    .map((registration): Step => {
      return { kind: 'remove', epoch: registration.epoch, registration };
    });
  if (!wanted) return former;
  const steps = epochs.flatMap((epoch): Step[] => {
    const own = registrations.find((each) => each.epoch === epoch && each.identity === identity);
    if (!own) return [{ kind: 'compute', epoch }];
    return isAsItShould(own, wanted, now) ? [] : [{ kind: 'put', epoch, index: own.index }];
  });
  return [...former, ...steps];
}

function isAsItShould(own: Registration, { level }: WantedEntry, now: Date): boolean {
  const { state, at, expiresAt } = own;
  if (state === 'conflict') return now.getTime() - at.getTime() < CLAIMED_AGAIN_MS;
  const isFresh = expiresAt.getTime() - now.getTime() > RENEWED_BEFORE_MS;
  return state === 'registered' && own.level === level && isFresh;
}
