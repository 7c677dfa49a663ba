// What a client receives of an account by its registration and by what the person allowed, and so what it
// is told of when that changes.
import type { AccountChange, AccountTopic } from '../accounts/account-change.ts';
import type { ClientRegistration } from '../clients/client-registration.ts';
import { parseConsentItem } from '../consent/consent-item.ts';
import { PROVENANCE_CLAIMS, requestedClaims } from '../oidc/claims/claims.ts';

type Registered = Pick<ClientRegistration, 'scope' | 'profile' | 'minimum_level'>;

export interface Release {
  scopes: ReadonlySet<string>;
  /** Names of claims. */
  claims: ReadonlySet<string>;
}

const TOPIC_CLAIMS: Readonly<Record<AccountTopic, readonly string[]>> = {
  name: ['name', 'legal_entity', 'civil_servant'],
  certificate: ['id_document'],
  phone: ['phone_number', 'phone_number_verified'],
  email: ['email', 'email_verified'],
  verification: ['real_name_verified_at', ...PROVENANCE_CLAIMS],
};

export function releaseOf(items: readonly string[], registered: Registered): Release {
  const allowedScopes = new Set(registered.scope.split(' '));
  const parsed = items.map(parseConsentItem);
  const named = (kind: 'scope' | 'claim') =>
    parsed.filter((item) => item.kind === kind).map(({ name }) => name);
  const scopes = new Set(named('scope').filter((name) => allowedScopes.has(name)));
  const { profile, minimum_level: minimumLevel } = registered;
  const client = { profile, allowedScopes, minimumLevel };
  return { scopes, claims: requestedClaims({ scopes, single: named('claim'), client }) };
}

/** Claims of these topics that the client receives. */
export function releasedOfTopics(
  { claims }: Release,
  topics: readonly AccountTopic[],
): ReadonlySet<string> {
  const names = topics.flatMap((topic) => TOPIC_CLAIMS[topic]);
  return new Set(names.filter((name) => claims.has(name)));
}

/** That an account is open or not concerns everybody who knows it. */
export function isTold(
  change: Pick<AccountChange, 'type'> & { topics?: readonly AccountTopic[] | undefined },
  release: Release,
): boolean {
  if (change.type === 'level') return release.claims.has('real_name_level');
  if (change.type === 'attributes') return releasedOfTopics(release, change.topics ?? []).size > 0;
  return true;
}
