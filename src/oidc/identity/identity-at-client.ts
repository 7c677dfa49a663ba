// Whether an acting identity counts at a client now: its mandates, the client's services, and the
// level that the client wants of the organisation.
import { actingRefusals, stillActing } from '../../mandates/acting.ts';
import type { ActingDependencies, ActingIdentity, ActingReference } from '../../mandates/acting.ts';
import type { MandateUse } from '../../mandates/mandate.ts';
import type { ServiceCatalogue } from '../../clients/service-catalogue.ts';
import { clientExtras } from '../claims/client-extras.ts';
import {
  demandOf,
  isEntitySufficient,
  namedServices,
  SERVICE_PARAMETER,
} from '../claims/demand.ts';

export const identityRefusals = [
  ...actingRefusals,
  /** The client wants the organisation to be verified further. */
  'entity_level_low',
] as const;
export type IdentityRefusal = (typeof identityRefusals)[number];

export type IdentityAnswer =
  | { ok: true; identity: ActingIdentity }
  | { ok: false; reason: IdentityRefusal };

export interface IdentityAtDependencies extends ActingDependencies {
  services: ServiceCatalogue;
}

export interface IdentityUse {
  clientId: string;
  client: object;
  /** Of the authorization request, which may name a service and so ask for more. */
  params?: Readonly<Record<string, unknown>> | undefined;
  /** Names the authorization, for mandates that are for one only. */
  usedFor?: string;
}

export async function identityAt(
  deps: IdentityAtDependencies,
  reference: ActingReference,
  { clientId, client, params = {}, usedFor }: IdentityUse,
): Promise<IdentityAnswer> {
  const extras = clientExtras(client);
  const answer = await stillActing(deps, reference, {
    use: useAt({ clientId, client, params }),
    ...(usedFor === undefined ? {} : { usedFor }),
  });
  if (!answer.ok) return answer;
  const demand = demandOf({ params, client: extras }, deps.services);
  const isEnough = isEntitySufficient(demand, answer.identity.entity.realNameLevel);
  return isEnough ? answer : { ok: false, reason: 'entity_level_low' };
}

/** What a request wants a mandate for: its service, or else its scopes, or all that the client serves. */
export function useAt({ clientId, client, params = {} }: IdentityUse): MandateUse {
  const extras = clientExtras(client);
  // The one that the request is for has to be reached; of scopes, those that are not are left out.
  const { [SERVICE_PARAMETER]: service } = params;
  const lists = [{ [SERVICE_PARAMETER]: service }, params].map((of) =>
    namedServices(of, extras.services),
  );
  const services = lists.find(({ length }) => length > 0) ?? extras.services;
  return { clientId, services };
}
