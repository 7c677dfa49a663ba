// Each time something is done upon a grant: for whom, and whether that still counts now. What does
// not count any more ends there and then, with its notice.
import type { Operator } from '../../entity-sign-in/operator.ts';
import type { ActingIdentity } from '../../mandates/acting.ts';
import { storing } from '../storage/database-failure.ts';
import type { GrantStore } from '../storage/grant-store.ts';
import type { GrantPayload } from '../storage/grant-union.ts';
import { currentMemo, seeAhead } from '../storage/request-memo.ts';
import type { ActingEnding } from './end-acting.ts';
import { identityAt } from './identity-at-client.ts';
import type { IdentityAtDependencies } from './identity-at-client.ts';

export interface LiveActingDependencies extends IdentityAtDependencies {
  grants: GrantStore;
  actingEnding: Pick<ActingEnding, 'endGrant'>;
  clients: { find(clientId: string): object | undefined };
}

export type LiveAnswer = { ok: true; identity?: ActingIdentity } | { ok: false };

/** Nothing is asked of grants under which people act as themselves. */
export async function liveActing(
  deps: LiveActingDependencies,
  grantId: string | undefined,
): Promise<LiveAnswer> {
  if (grantId === undefined) return { ok: true };
  const memo = currentMemo();
  const known = memo?.acting.get(grantId);
  if (known) return { ok: true, identity: known };
  const grant = await storing(() => readGrant(deps, grantId));
  const reference = grant?.acting;
  if (!grant || !reference) return { ok: true };
  const { clientId } = grant;
  const client = deps.clients.find(clientId) ?? {};
  const usedFor = deps.grants.key(grantId);
  const answer = await storing(() => identityAt(deps, reference, { clientId, client, usedFor }));
  if (answer.ok) {
    memo?.acting.set(grantId, answer.identity);
    return answer;
  }
  await storing(() => deps.actingEnding.endGrant(grantId, answer.reason));
  return { ok: false };
}

/** Whether a grant that this request has read acts for an organisation. */
export function isActing(grantId: string | undefined): boolean {
  return grantId !== undefined && currentMemo()?.grants.get(grantId)?.acting !== undefined;
}

/** The services that its mandate reaches, of a grant that this request has looked at; undefined: all. */
export function actingServices(grantId: string | undefined): readonly string[] | undefined {
  return grantId === undefined ? undefined : currentMemo()?.acting.get(grantId)?.services;
}

/** Who was at the keyboard of the organisation that has signed in by itself, as far as it is known. */
export async function operatorOfGrant(
  deps: Pick<LiveActingDependencies, 'grants'>,
  grantId: string | undefined,
): Promise<Operator | undefined> {
  if (grantId === undefined) return undefined;
  return (await storing(() => readGrant(deps, grantId)))?.operator;
}

async function readGrant({ grants }: Pick<LiveActingDependencies, 'grants'>, grantId: string) {
  const memo = currentMemo();
  const known = memo?.grants.get(grantId);
  if (known) return known;
  const pending = seeAhead<GrantPayload | undefined>(['Grant', grantId]);
  const found = await (pending ?? grants.find(grantId));
  if (found) memo?.grants.set(grantId, found);
  return found;
}
