// What a system calls itself, for a reader; a system that is gone keeps its id.
import type { ClientRegistration } from '../clients/client-registration.ts';
import { clientName } from '../oidc/claims/client-name.ts';

export function systemName(
  deps: {
    clients: {
      find(clientId: string): unknown;
      registration(clientId: string): ClientRegistration | undefined;
    };
  },
  clientId: string,
  locale: string,
): string {
  const registration = deps.clients.registration(clientId);
  if (!registration) return clientId;
  const variants = Object.fromEntries(
    Object.entries(registration).filter(([field]) => field.includes('#')),
  );
  const client = { clientId, clientName: registration.client_name, language_variants: variants };
  return clientName(client, locale);
}
