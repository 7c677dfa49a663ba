// As whom a request may be answered: what its client serves, and what it asks for itself.
import type { ActingReference } from '../../mandates/acting.ts';
import { clientExtras } from '../claims/client-extras.ts';

export const CHOOSE_IDENTITY = 'choose_identity';

export interface IdentityDemand {
  /** The client serves natural persons as themselves. */
  offersSelf: boolean;
  /** It serves organisations, whoever acts for them. */
  offersEntities: boolean;
  /** What the request asks for; a hint means an organisation. */
  wanted: 'self' | 'legal_entity' | undefined;
  /** `uscc_hint`: preselects, and proves nothing. */
  usccHint: string | undefined;
}

/** What a client that registered no subjects serves: whoever signs in, as themselves. */
export function identityDemandOf(
  client: object,
  params: Readonly<Record<string, unknown>>,
): IdentityDemand {
  const { subjects } = clientExtras(client);
  const wanted = params['acting_as'];
  const hint = params['uscc_hint'];
  const usccHint = typeof hint === 'string' && hint !== '' ? hint.toUpperCase() : undefined;
  const isEntityWanted = wanted === 'legal_entity' || (wanted !== 'self' && usccHint !== undefined);
  return {
    offersSelf: subjects === undefined || subjects.has('naturalPerson'),
    offersEntities: subjects?.has('legalEntity') === true,
    wanted: wanted === 'self' ? 'self' : isEntityWanted ? 'legal_entity' : undefined,
    usccHint: wanted === 'self' ? undefined : usccHint,
  };
}

interface Numbered {
  uscc?: string | undefined;
  parent?: { uscc?: string | undefined } | undefined;
}

/** A branch or department goes by the number of what it rests on. */
export function numberOf({ uscc, parent }: Numbered): string | undefined {
  return uscc ?? parent?.uscc;
}

/** Whether the choice that stands at a client is an answer to this request. */
export function isAnswered(
  { wanted, usccHint, offersSelf }: IdentityDemand,
  entity: Numbered | undefined,
): boolean {
  if (!entity) return offersSelf && wanted !== 'legal_entity';
  return wanted !== 'self' && (usccHint === undefined || usccHint === numberOf(entity));
}

/** Names an identity in a form; looked up among the person's own, so it opens nothing. */
export function identityKey({ mandateIds }: Pick<ActingReference, 'mandateIds'>): string {
  return mandateIds.join('.');
}

export function isSameReference(a?: ActingReference, b?: ActingReference): boolean {
  if (!a || !b) return a === b;
  return identityKey(a) === identityKey(b) && a.personId === b.personId;
}
