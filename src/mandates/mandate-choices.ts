// What a handler can be limited to: the services and the systems that take organisations here, by the
// names that people know.
import type { ClientRegistration } from '../clients/client-registration.ts';
import { hasSubjects } from '../clients/client-rules.ts';
import type { ServiceCatalogue } from '../clients/service-catalogue.ts';
import { systemName } from '../account/system-name.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { HandlerChoices } from './handler-form.ts';
import type { Mandate, MandateScope } from './mandate.ts';

export interface ChoiceDependencies {
  clients: {
    find(clientId: string): unknown;
    registration(clientId: string): ClientRegistration | undefined;
    registrations(): ClientRegistration[];
  };
  services: ServiceCatalogue;
}

/** Registered clients whose people may act for an organisation; those that name no subjects take all. */
function entityClients({ clients }: ChoiceDependencies): ClientRegistration[] {
  return clients
    .registrations()
    .filter(
      (client) =>
        hasSubjects(client) && (client.subjects ?? ['legalEntity']).includes('legalEntity'),
    )
    .filter(({ services, subjects }) => services.length > 0 || subjects !== undefined);
}

/** All of them, or what of them one's own mandate reaches. */
export function choicesOf(
  deps: ChoiceDependencies,
  of: { parent?: Mandate | undefined; maySubdelegate: boolean },
): HandlerChoices {
  const clients = entityClients(deps);
  const services = [...new Set(clients.flatMap((client) => client.services))].toSorted();
  const ids = clients.map(({ client_id: id }) => id);
  const { parent } = of;
  return {
    ...of,
    services: parent?.services ?? services,
    clients: parent?.clients ?? ids,
  };
}

export interface NamedChoice {
  id: string;
  name: string;
}

export function namedServices(
  { services }: ChoiceDependencies,
  codes: readonly string[],
  locale: Locale,
): NamedChoice[] {
  return codes.map((id) => ({ id, name: services.nameOf(id, locale) }));
}

export function namedClients(
  deps: ChoiceDependencies,
  ids: readonly string[],
  locale: Locale,
): NamedChoice[] {
  return ids.map((id) => ({ id, name: systemName(deps, id, locale) }));
}

/** Absent: all. */
export interface ScopeView {
  services?: readonly string[];
  clients?: readonly string[];
}

export function scopeView(
  deps: ChoiceDependencies,
  { services, clients }: MandateScope,
  locale: Locale,
): ScopeView {
  const names = (found: NamedChoice[]) => found.map(({ name }) => name);
  return {
    ...(services ? { services: names(namedServices(deps, services, locale)) } : {}),
    ...(clients ? { clients: names(namedClients(deps, clients, locale)) } : {}),
  };
}
