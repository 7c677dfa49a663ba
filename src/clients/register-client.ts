// Creates, changes and removes clients. What is registered replaces what was registered before,
// except the secret, which stays unless a new one is given.
import { isDeepStrictEqual } from 'node:util';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { Random } from '../platform/random.ts';
import { problem } from './client-problem.ts';
import type { ClientProblem } from './client-problem.ts';
import { readClientRegistration } from './client-registration.ts';
import type { ClientRegistration } from './client-registration.ts';
import { usesSecret } from './client-rules.ts';
import { decideSector } from './client-sector.ts';
import { providerMetadata } from './provider-metadata.ts';
import type { ClientChange, ClientStore, ClientTrust, StoredClient } from './client-store.ts';

export interface RegisterClientDependencies {
  clients: Pick<ClientStore, 'get' | 'save'>;
  audit: AuditLog;
  clock: Clock;
  random: Random;
  outbound: Pick<Outbound, 'fetch'>;
  mode: 'production' | 'demonstration';
  knownScopes: readonly string[];
  /** Of a client that nobody registers: it must sign every request, and ends with the chain. */
  trust?: ClientTrust | undefined;
  /** The protocol library's own opinion of what it would be given: why it refuses, or undefined. */
  checkWithProvider?: (metadata: Record<string, unknown>) => Promise<string | undefined>;
}

export type RegisterClientResult =
  | {
      ok: true;
      clientId: string;
      change: 'created' | 'updated' | 'unchanged';
      /** Made just now, and not to be had again without asking for secrets. */
      generatedSecret: string | undefined;
    }
  | { ok: false; clientId: string | undefined; problems: ClientProblem[] };

const SECRET_BITS = 256;
const TRIES = 5;

/** @param actor for the audit record, e.g. `operator` */
export async function registerClient(
  deps: RegisterClientDependencies,
  input: unknown,
  actor: string,
): Promise<RegisterClientResult> {
  const isByTrust = deps.trust !== undefined;
  const read = readClientRegistration(input, { ...deps, isByTrust });
  if (!read.ok) return read;
  const { client, secret } = read;
  const refuse = (found: ClientProblem) => refusal(client.client_id, found);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await deps.clients.get(client.client_id);
    const sector = await decideSector(deps.outbound, client, recordedSector(before));
    if (!sector.ok) return refuse(sector.problem);
    const plan = planChange(deps, { client, secret, sectorHost: sector.host }, before);
    const metadata = providerMetadata(client, plan.change.secret, sector.host);
    const message = await deps.checkWithProvider?.(metadata);
    if (message !== undefined) return refuse(problem('', 'refused_by_provider', { message }));
    if (plan.kind === 'unchanged' || (await saveRegistered(deps, plan, actor))) {
      return {
        ok: true,
        clientId: client.client_id,
        change: plan.kind,
        generatedSecret: plan.secretOrigin === 'made' ? plan.change.secret : undefined,
      };
    }
  }
  return refuse(problem('', 'changed_meanwhile'));
}

/** False when there is no such client. */
export async function removeClient(
  deps: Pick<RegisterClientDependencies, 'clients' | 'audit' | 'clock'>,
  clientId: string,
  actor: string,
): Promise<boolean> {
  for (;;) {
    const before = await deps.clients.get(clientId);
    if (!before || before.isRemoved) return false;
    const { id, registration, sectorHost, trust } = before;
    const base = { id, registration, sectorHost, trust, at: deps.clock.now() };
    const change = { ...base, secret: undefined, isRemoved: true };
    const isSaved = await deps.clients.save(change, before, (session) =>
      deps.audit.record({ type: 'clients.removed', actor, clientId, result: 'done' }, session),
    );
    if (isSaved) return true;
  }
}

interface Plan {
  kind: 'created' | 'updated' | 'unchanged';
  change: ClientChange;
  before: StoredClient | undefined;
  secretOrigin: 'none' | 'kept' | 'given' | 'made';
  changedFields: string[];
}

function planChange(
  deps: Pick<RegisterClientDependencies, 'clock' | 'random' | 'trust'>,
  wanted: { client: ClientRegistration; secret: string | undefined; sectorHost: string },
  before: StoredClient | undefined,
): Plan {
  const { client, sectorHost } = wanted;
  const { secret, secretOrigin } = chooseSecret(deps.random, wanted, before);
  const changedFields = differences(client, before?.registration);
  if (secret !== before?.secret) changedFields.push('client_secret');
  if (!isTrustKept(deps, before?.trust)) changedFields.push('trust');
  const isUnchanged = before?.sectorHost === sectorHost && changedFields.length === 0;
  return {
    kind: !before || before.isRemoved ? 'created' : isUnchanged ? 'unchanged' : 'updated',
    change: {
      id: client.client_id,
      registration: client,
      secret,
      sectorHost,
      trust: deps.trust,
      isRemoved: false,
      at: deps.clock.now(),
    },
    before,
    secretOrigin,
    changedFields,
  };
}

/** A later end alone is worth a change once half of the time is over. */
function isTrustKept(
  { trust, clock }: Pick<RegisterClientDependencies, 'clock' | 'trust'>,
  before: ClientTrust | undefined,
): boolean {
  if (!trust || !before) return trust === before;
  const now = clock.now().getTime();
  const left = before.expiresAt.getTime() - now;
  return (
    isDeepStrictEqual(trust.entities, before.entities) &&
    trust.expiresAt.getTime() >= before.expiresAt.getTime() &&
    trust.expiresAt.getTime() - now < 2 * left
  );
}

function chooseSecret(
  random: Random,
  wanted: { client: ClientRegistration; secret: string | undefined },
  before: StoredClient | undefined,
): { secret: string | undefined; secretOrigin: Plan['secretOrigin'] } {
  if (!usesSecret(wanted.client)) return { secret: undefined, secretOrigin: 'none' };
  const { secret } = wanted;
  if (secret !== undefined) {
    return { secret, secretOrigin: secret === before?.secret ? 'kept' : 'given' };
  }
  if (before?.secret !== undefined) return { secret: before.secret, secretOrigin: 'kept' };
  return { secret: random.id(SECRET_BITS), secretOrigin: 'made' };
}

function differences(client: ClientRegistration, before: ClientRegistration | undefined): string[] {
  const now = new Map<string, unknown>(Object.entries(client));
  const then = new Map<string, unknown>(Object.entries(before ?? {}));
  return [...new Set([...now.keys(), ...then.keys()])].filter(
    (field) => !isDeepStrictEqual(now.get(field), then.get(field)),
  );
}

function saveRegistered(
  deps: Pick<RegisterClientDependencies, 'clients' | 'audit'>,
  plan: Plan,
  actor: string,
): Promise<boolean> {
  const { registration } = plan.change;
  return deps.clients.save(plan.change, plan.before, (session) =>
    deps.audit.record(
      {
        type: plan.kind === 'created' ? 'clients.registered' : 'clients.changed',
        actor,
        clientId: plan.change.id,
        result: 'done',
        details: {
          fields: plan.changedFields.join(','),
          scope: registration.scope,
          consent: registration.consent,
          subjectType: registration.subject_type,
          isPkceExempt: !registration.require_pkce,
          secret: plan.secretOrigin,
          ...(plan.change.trust ? { chain: plan.change.trust.entities.join(' ') } : {}),
        },
      },
      session,
    ),
  );
}

function recordedSector(before: StoredClient | undefined) {
  if (!before || before.isRemoved) return undefined;
  return { host: before.sectorHost, registration: before.registration };
}

function refusal(clientId: string, found: ClientProblem): RegisterClientResult {
  return { ok: false, clientId, problems: [found] };
}
