// What a person was at a system before, when that is over: told on the page where he chooses anew.
import type { Account } from '../accounts/account.ts';
import { identityEndReasons } from '../oidc/identity/identity-end-reasons.ts';
import { isSameReference } from '../oidc/identity/identity-demand.ts';
import type { EndedIdentityView } from '../oidc/oidc.views.ts';
import type { IdentityChoices } from './identity-choices.ts';
import type { InteractionDependencies } from './interaction-deps.ts';

/** Undefined when it still counts, or was as himself. */
export async function endedBefore(
  deps: Pick<InteractionDependencies, 'accounts' | 'mandates' | 'suggestions'>,
  of: { account: Account; clientId: string; choices: IdentityChoices },
): Promise<EndedIdentityView | undefined> {
  const { account, clientId, choices } = of;
  const last = await deps.suggestions.find(account.id, clientId);
  const { reference } = last ?? {};
  if (!reference) return undefined;
  const shown = [...choices.usable, ...choices.unusable.map(({ identity }) => identity)];
  if (shown.some((each) => isSameReference(each.reference, reference))) return undefined;
  const ends = await Promise.all(reference.mandateIds.map((id) => deps.mandates.endOf(id)));
  const end = ends.find((each) => each !== undefined);
  const entity = await deps.accounts.findById(reference.entityId);
  const reason = identityEndReasons.find((each) => each === end?.reason) ?? 'entity_unavailable';
  return {
    ...(entity?.name === undefined ? {} : { name: entity.name }),
    reason: entity || end ? reason : 'entity_closed',
    ...(end ? { at: end.at } : {}),
    ...(end?.note ? { note: end.note } : {}),
  };
}
