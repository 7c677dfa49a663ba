// The protocol's stores as one process has them; two of these on one database are two processes.
import { allMigrations } from '../../src/migrations.ts';
import { ArtefactAdapter } from '../../src/oidc/storage/artefact-adapter.ts';
import { ArtefactStore } from '../../src/oidc/storage/artefact-store.ts';
import type { ArtefactModel } from '../../src/oidc/storage/artefact-model.ts';
import { UpstreamSignInStore } from '../../src/federation/upstream-sign-in-store.ts';
import { GrantRevocation } from '../../src/oidc/storage/grant-revocation.ts';
import { GrantStore } from '../../src/oidc/storage/grant-store.ts';
import { RefreshGrace } from '../../src/oidc/storage/refresh-grace.ts';
import { TokenStanding } from '../../src/oidc/storage/token-standing.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { LogoutOutboxStore } from '../../src/sessions/logout-outbox-store.ts';
import { SessionEnding } from '../../src/sessions/session-ending.ts';
import { SessionStore } from '../../src/sessions/session-store.ts';
import { openTestStorage } from './storage.ts';

export type ProtocolStores = Awaited<ReturnType<typeof openProtocolStores>>;

/** `told` collects the clients whose reused refresh token was told to a person. */
export async function openProtocolStores(uri: string, clock: Clock) {
  const logger = createLogger({ level: 'silent', service: 'test' });
  const storage = { ...(await openTestStorage(uri, allMigrations, clock)), logger };
  const artefacts = new ArtefactStore(storage);
  const grants = new GrantStore(storage);
  const sessions = new SessionStore(storage);
  const outbox = new LogoutOutboxStore(storage);
  const told: string[] = [];
  const revocation = new GrantRevocation({
    artefacts,
    grants,
    audit: storage.audit,
    onRefreshReused: (_accountId, clientId) => Promise.resolve(void told.push(clientId)),
  });
  const ending = new SessionEnding({
    ...storage,
    sessions,
    grants: revocation,
    outbox: { enqueue: (notices, session) => outbox.enqueue(notices, session), wake: () => {} },
  });
  const upstreamSignIns = new UpstreamSignInStore(storage);
  const refreshGrace = new RefreshGrace({ ...storage, artefacts, graceSeconds: 10 });
  const standing = new TokenStanding({
    session: (uid) => sessions.findByUid(uid),
    grant: (id) => grants.find(id),
    account: () => Promise.resolve(undefined),
  });
  const adapter = (model: ArtefactModel) =>
    new ArtefactAdapter(model, {
      ...storage,
      artefacts,
      grants,
      revocation,
      refreshGrace,
      standing,
      upstreamSignIns,
    });
  return { ...storage, artefacts, grants, sessions, outbox, revocation, ending, adapter, told };
}

/** The same work on both processes at once, `times` altogether. */
export function inParallel<T>(
  processes: readonly ProtocolStores[],
  times: number,
  work: (stores: ProtocolStores, index: number) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const runs = Array.from({ length: times }, (_, index) => {
    const stores = processes[index % processes.length];
    if (!stores) throw new Error('no process');
    return work(stores, index);
  });
  return Promise.allSettled(runs);
}

export function valuesOf<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
