// What a client must hold to be told of mandates: its registration and the person's record both name
// `legal_entity`, as for the claims of that scope.
import type { ClientRegistration } from '../clients/client-registration.ts';
import { formatConsentItem } from '../consent/consent-item.ts';

const SCOPE = 'legal_entity';

export const ENTITY_ITEM = formatConsentItem({ kind: 'scope', name: SCOPE });

export function isRegisteredForEntities({ scope }: Pick<ClientRegistration, 'scope'>): boolean {
  return scope.split(' ').includes(SCOPE);
}
