// The highest real-name level that a system or a service demands of everybody who is a natural person.
import type { ClientRegistration } from '../clients/client-registration.ts';
import type { ServiceConfig } from '../platform/services-config.ts';

/** 0 where nobody demands one. */
export function demandedLevel(
  clients: readonly { registration: Pick<ClientRegistration, 'minimum_level' | 'subjects'> }[],
  services: readonly Pick<ServiceConfig, 'minimumLevel'>[],
): number {
  const ofPeople = clients.filter(
    ({ registration: { subjects } }) => !subjects || subjects.includes('naturalPerson'),
  );
  const levels = ofPeople.map(({ registration }) => registration.minimum_level ?? 0);
  return Math.max(0, ...levels, ...services.map(({ minimumLevel }) => minimumLevel ?? 0));
}
