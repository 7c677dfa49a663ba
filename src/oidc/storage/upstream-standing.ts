// What is given out in a session that began at a peer stands on the sign-in there, and ends with it: also
// where the session has ended before (`offline_access`), or is another than that of the device.
import { errors } from 'oidc-provider';
import { storing } from './database-failure.ts';
import { endedMeanwhile } from './ended-meanwhile.ts';
import type { GrantRevocation } from './grant-revocation.ts';
import type { GrantStore } from './grant-store.ts';
import { currentRequest, upstreamSignInOf } from './request-memo.ts';

export interface UpstreamStandingDependencies {
  grants: Pick<GrantStore, 'noteUpstream'>;
  revocation: Pick<GrantRevocation, 'revoke'>;
  upstreamSignIns: { has(id: string): Promise<boolean> };
}

/**
 * To be called before a code is given out. Whoever ends the sign-in notes that first and then looks for
 * grants: so one of both finds the other.
 * @throws AccessDenied or SessionNotFound when the grant or the sign-in has ended
 */
export async function noteStanding(
  { grants, revocation, upstreamSignIns }: UpstreamStandingDependencies,
  grantId: string,
): Promise<void> {
  const ctx = currentRequest();
  const signInId = ctx && upstreamSignInOf(ctx);
  if (signInId === undefined) return;
  if (!(await storing(() => grants.noteUpstream(grantId, signInId)))) {
    throw new errors.AccessDenied('the grant was revoked meanwhile');
  }
  if (await storing(() => upstreamSignIns.has(signInId))) return;
  await storing(() => revocation.revoke(grantId, 'upstream_ended'));
  throw endedMeanwhile();
}
