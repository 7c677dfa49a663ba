// An event of an account as a security event token, in the event types of the OpenID RISC and CAEP profiles
// where one fits. Values are those of the moment of sending, and only what the client receives anyway.
import type { AccountStore } from '../accounts/account-store.ts';
import type { ClientRegistration } from '../clients/client-registration.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import { signEventToken } from '../keys/sign-event-token.ts';
import type { EventSigner } from '../keys/sign-event-token.ts';
import type { Provenance } from '../verification/provenance.ts';
import { claimsOf } from '../oidc/claims/claims.ts';
import { subjectsOf } from '../oidc/claims/pairwise.ts';
import type { Keyring } from '../platform/crypto.ts';
import { jtiOfRow } from './account-event-outbox-store.ts';
import type { AccountEventPayload } from './account-event-outbox-store.ts';
import { accountEventUris } from './account-event-uris.ts';
import { isTold, releasedOfTopics, releaseOf } from './account-release.ts';
import type { Release } from './account-release.ts';

export interface AccountEventTokenDependencies extends EventSigner {
  clients: {
    find(clientId: string): object | undefined;
    registration(clientId: string): ClientRegistration | undefined;
  };
  accounts: Pick<AccountStore, 'findById'>;
  consents: Pick<ConsentStore, 'find'>;
  keyring: Keyring;
  /** What the staff directory says of an account. */
  staffClaim(accountId: string): Promise<object | undefined>;
  /** By what an account was verified. */
  provenance(accountId: string): Promise<Provenance>;
}

export type EventTokenAnswer =
  | { ok: true; token: string; jti: string }
  /** Nobody is to be told, any more; a closed word for the record. */
  | { ok: false; outcome: 'failed' | 'refused'; result: string };

interface EventRow {
  id: string;
  /** The client. */
  lane: string;
  payload: AccountEventPayload;
}

const LEVEL_NAMESPACE = 'urn:hutong:level';

/** Whether the client may still be told is looked at each time. @throws as `signEventToken` */
export async function tokenOfRow(
  deps: AccountEventTokenDependencies,
  row: EventRow,
): Promise<EventTokenAnswer> {
  const { lane: clientId, payload } = row;
  const registration = deps.clients.registration(clientId);
  if (registration?.account_events_delivery === undefined) {
    return { ok: false, outcome: 'failed', result: 'no_receiver' };
  }
  const release = await presentRelease(deps, row, registration);
  if (!release) return { ok: false, outcome: 'refused', result: 'not_consented' };
  const names = subjectsOf(deps.keyring, deps.clients.find(clientId));
  const told = await describe(deps, payload, { release, names });
  const jti = jtiOfRow(row);
  const token = await signEventToken(deps, {
    clientId,
    algorithm: registration.id_token_signed_response_alg,
    subject: names.person(payload.accountId),
    jti,
    at: payload.at,
    transaction: payload.traceId,
    events: { [accountEventUris[payload.type]]: { ...told, account_version: payload.version } },
  });
  return { ok: true, token, jti };
}

const NOTHING: Release = { scopes: new Set(), claims: new Set() };

/** Of an account that is no more there is no consent left either, and its end tells nothing else. */
async function presentRelease(
  { consents }: AccountEventTokenDependencies,
  { lane: clientId, payload }: EventRow,
  registration: ClientRegistration,
): Promise<Release | undefined> {
  if (payload.type === 'closed' || payload.type === 'merged') return NOTHING;
  const record = await consents.find(payload.accountId, clientId);
  const release = record ? releaseOf(record.items, registration) : undefined;
  return release && isTold(payload, release) ? release : undefined;
}

interface Known {
  release: Release;
  names: ReturnType<typeof subjectsOf>;
}

async function describe(
  deps: AccountEventTokenDependencies,
  payload: AccountEventPayload,
  known: Known,
): Promise<object> {
  const event_timestamp = payload.at;
  switch (payload.type) {
    case 'level':
      return { event_timestamp, ...describeLevel(payload) };
    case 'attributes':
      return { event_timestamp, claims: await presentClaims(deps, payload, known) };
    case 'recovered':
      return { event_timestamp, initiating_entity: 'user' };
    case 'disabled':
      return payload.reason === undefined ? {} : { reason: payload.reason };
    case 'merged': {
      if (payload.intoId === undefined) return {};
      const sub = known.names.person(payload.intoId);
      return { into: { format: 'iss_sub', iss: deps.issuer, sub } };
    }
    case 'enabled':
    case 'closed':
      return {};
  }
}

function describeLevel({ from, to = 0 }: AccountEventPayload) {
  return {
    namespace: LEVEL_NAMESPACE,
    current_level: String(to),
    ...(from === undefined
      ? {}
      : {
          previous_level: String(from),
          change_direction: to > from ? 'increase' : 'decrease',
        }),
  };
}

/** `null` for what the person has no more. */
async function presentClaims(
  deps: AccountEventTokenDependencies,
  { accountId, topics = [] }: AccountEventPayload,
  { release, names }: Known,
): Promise<Record<string, unknown>> {
  const wanted = releasedOfTopics(release, topics);
  const account = await deps.accounts.findById(accountId);
  const staff = wanted.has('civil_servant') ? await deps.staffClaim(accountId) : undefined;
  const provenance = await deps.provenance(accountId);
  const { scopes } = release;
  const { entity: entityId, person: subjectOf } = names;
  const of = { scopes, amr: undefined, staff, provenance, entityId, subjectOf };
  const present = account ? claimsOf(wanted, { account, ...of }) : {};
  return Object.fromEntries([...wanted].map((name) => [name, present[name] ?? null]));
}
