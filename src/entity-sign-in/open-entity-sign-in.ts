// Puts the parts of this domain together.
import { endSignInsWork } from './end-sign-ins.ts';
import type { EndSignInsDependencies } from './end-sign-ins.ts';
import type { EntitySignInStore } from './entity-sign-in-store.ts';
import { OrganisationSignIn } from './organisation-sign-in.ts';
import type { ProveOrganisationDependencies } from './prove-organisation.ts';

export interface OpenEntitySignInDependencies
  extends
    Omit<ProveOrganisationDependencies, 'signIns'>,
    Omit<EndSignInsDependencies, 'signIns' | 'certificates' | 'mandates' | 'accounts' | 'audit'> {
  entitySignIns: EntitySignInStore;
}

export function openEntitySignIn(deps: OpenEntitySignInDependencies) {
  const own = { ...deps, signIns: deps.entitySignIns };
  return { organisations: new OrganisationSignIn(own), work: endSignInsWork(own) };
}
