// A mandate as both sides read it: who, what for, how long, how it stands, and what the reader may do.
import type { Account } from '../accounts/account.ts';
import { maskName } from '../accounts/masking.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Locale } from '../platform/http/locale.ts';
import { endMandateHref, inviteHandlerHref, termHref } from './mandate-paths.ts';
import { scopeView } from './mandate-choices.ts';
import type { ChoiceDependencies } from './mandate-choices.ts';
import type { MandateRecord } from './mandate-document.ts';
import { shownEnd } from './mandate-terms.ts';
import type { OfferedTerms } from './mandate-terms.ts';
import { mayChangeTerm, mayEnd } from './mandate.ts';
import type { Mandate, MandateProof, MandateRole } from './mandate.ts';
import type { MandateFacts, MandateState, MandateView } from './mandates.views.ts';
import { mayPassOn } from './power.ts';

export interface PresentDependencies {
  accounts: Pick<AccountStore, 'findById'>;
  clock: Clock;
  choices: ChoiceDependencies;
}

/** Who reads: what he holds himself or through agencies, at the organisation. */
export interface Reader {
  locale: Locale;
  personId: string;
  over: readonly Mandate[];
}

export async function presentMandate(
  deps: PresentDependencies,
  mandate: MandateRecord,
  reader: Reader,
): Promise<MandateView> {
  const { id, holderId, endedAt, endedFor, endedNote } = mandate;
  const [holder, entity] = await Promise.all([
    deps.accounts.findById(holderId),
    deps.accounts.findById(mandate.entityId),
  ]);
  const state = stateOf(mandate, { holder, entity, now: deps.clock.now() });
  const name = holder?.name ?? '';
  return {
    ...factsOf(deps, mandate, reader.locale),
    role: mandate.role,
    id,
    holderName: holder?.kind === 'legalEntity' ? name : maskName(name),
    isSelf: holderId === reader.personId,
    state,
    ...(endedAt
      ? { endedAt }
      : mandate.expiresAt && state === 'ended'
        ? { endedAt: mandate.expiresAt }
        : {}),
    ...(state === 'ended' ? { endedFor: endedFor ?? 'expired' } : {}),
    ...(endedNote ? { endedNote } : {}),
    ...(state === 'ended' ? {} : linksOf(mandate, reader)),
  };
}

/** What is offered, or what somebody has. */
export function factsOf(
  { choices }: Pick<PresentDependencies, 'choices'>,
  of: OfferedTerms & {
    role: MandateRole;
    since?: Date | undefined;
    proof?: MandateProof | undefined;
  },
  locale: Locale,
): MandateFacts {
  const { role, since = of.startsAt, expiresAt, isSingleUse, maySubdelegate, parentId } = of;
  return {
    role,
    ...scopeView(choices, of, locale),
    ...(since ? { since } : {}),
    ...(expiresAt ? { until: shownEnd(expiresAt) } : {}),
    isSingleUse: isSingleUse === true,
    maySubdelegate: maySubdelegate === true,
    isPassedOn: parentId !== undefined,
    ...(of.proof ? { proof: of.proof } : {}),
  };
}

function stateOf(
  { since, expiresAt, endedAt, isSingleUse, usedFor }: MandateRecord,
  of: { holder: Account | undefined; entity: Account | undefined; now: Date },
): MandateState {
  const { holder, entity, now } = of;
  if (endedAt || (expiresAt && expiresAt <= now)) return 'ended';
  if (!holder?.isActive || !entity?.isActive) return 'suspended';
  if (since > now) return 'upcoming';
  return isSingleUse && usedFor !== undefined ? 'used' : 'active';
}

function linksOf(
  mandate: Mandate,
  { personId, over }: Reader,
): Pick<MandateView, 'endHref' | 'termHref' | 'passOnHref'> {
  const isOwn = mandate.holderId === personId || over.some(({ id }) => id === mandate.id);
  const mayResign = isOwn && mandate.role !== 'legalRepresentative';
  const isEndable = mayResign || over.some((by) => mayEnd(by, mandate));
  const hasTerm = !isOwn && over.some((by) => mayChangeTerm(by, mandate));
  return {
    ...(isEndable ? { endHref: endMandateHref(mandate.id) } : {}),
    ...(hasTerm ? { termHref: termHref(mandate.id) } : {}),
    ...(isOwn && mayPassOn(mandate)
      ? { passOnHref: inviteHandlerHref(mandate.entityId, mandate.id) }
      : {}),
  };
}
