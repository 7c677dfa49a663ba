// What an organisation signed in with by somebody ends with his power over it, in the very transaction in
// which that ends: nothing waits for the rounds, which only clear away what was opened beside it.
import type { OnStandingLost } from '../accounts/account-writer-store.ts';
import type { OnMandateEvents } from '../mandates/mandate-events.ts';
import { mayAppoint } from '../mandates/mandate.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { SessionEnding } from '../sessions/session-ending.ts';
import { noteEnd } from './end-sign-ins.ts';
import type { EndSignInsDependencies } from './end-sign-ins.ts';

export interface EndWithPowerDependencies extends Pick<
  EndSignInsDependencies,
  'signIns' | 'audit'
> {
  mandates: Pick<MandateStore, 'over'>;
  ending: Pick<SessionEnding, 'endAllWithin'>;
}

/** A mandate that takes another's place, or goes over to another account, leaves this to the rounds. */
const GOES_ON: ReadonlySet<string> = new Set(['replaced', 'account_merged']);

export function signInsEndWithMandates(deps: EndWithPowerDependencies): OnMandateEvents {
  return async (events, session) => {
    const lost = events.flatMap((event) => {
      if (event.type !== 'ended' || GOES_ON.has(event.reason)) return [];
      const { entityId, holderId: personId } = event.mandate;
      return mayAppoint(event.mandate) ? [{ entityId, personId }] : [];
    });
    if (lost.length === 0) return;
    const entityIds = [...new Set(lost.map(({ entityId }) => entityId))];
    const holderIds = [...new Set(lost.map(({ personId }) => personId))];
    const left = await deps.mandates.over({ entityIds, holderIds }, session);
    const remains = (of: (typeof lost)[number]) =>
      left.some(
        (each) =>
          each.entityId === of.entityId && each.holderId === of.personId && mayAppoint(each),
      );
    await endUpon(
      deps,
      lost.filter((of) => !remains(of)),
      session,
    );
  };
}

/** Of a person: nobody who cannot use his own account stands behind an organisation. */
export function signInsEndWithAccounts(deps: EndWithPowerDependencies): OnStandingLost {
  return async ({ accountId: personId, cause }, session) => {
    if (cause === 'locked' || cause === 'closed') await endUpon(deps, [{ personId }], session);
  };
}

async function endUpon(
  deps: EndWithPowerDependencies,
  of: readonly { personId: string; entityId?: string }[],
  session: ClientSession,
): Promise<void> {
  const options = { reason: 'credentials_changed', actor: 'system' } as const;
  for (const signIn of await deps.signIns.upon(of, session)) {
    if (!(await noteEnd(deps, { signIn, reason: 'power_ended' }, session))) continue;
    await deps.ending.endAllWithin(signIn.entityId, options, session);
  }
}
