// What of a peer's word an account that is there takes over: the number where we keep it, else the opaque
// name of the link.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { ProvenIdentity } from '../accounts/proven-identity.ts';
import type { ReadArrival } from './read-arrival.ts';

/** Undefined where the peer's word says nothing of the person whom the account is of. */
export function claimFor(
  { capped, isOfShadows }: Pick<ReadArrival, 'capped' | 'isOfShadows'>,
  account: Account,
): ProvenIdentity | undefined {
  const { claim, shadowClaim } = capped;
  if (account.certificate && account.realNameLevel >= VERIFIED_LEVEL) {
    return claim.certificate ? claim : undefined;
  }
  const opaqueId = account.attribute('opaqueId')?.value;
  // Of somebody who was verified here without a number.
  if (opaqueId !== undefined && opaqueId !== shadowClaim.opaqueId) return undefined;
  // A number that was only typed goes with it.
  if (isOfShadows) return shadowClaim;
  return claim.certificate && { ...claim, opaqueId };
}
