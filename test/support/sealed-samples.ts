// Somebody who waits for a lost account, a case before the reviewers, what is kept of an account that
// was closed, an entry of the staff directory, an event of a mandate on its way, what an organisation has
// signed in with, a row of an upload of mandates, a peer with its secret, and who came from there.
import { StaffStore } from '../../src/directory/staff-store.ts';
import { EntitySignInStore } from '../../src/entity-sign-in/entity-sign-in-store.ts';
import { AccountEventOutbox } from '../../src/account-events/account-event-outbox-store.ts';
import { MandateEventOutbox } from '../../src/mandate-events/mandate-event-outbox-store.ts';
import { HubStateStore } from '../../src/mutual-recognition/hub/hub-state-store.ts';
import { completeKeySet } from '../../src/keys/rotate-signing-keys.ts';
import { federationKeys, relyingPartyKeys } from '../../src/keys/signing-key.ts';
import { SigningKeyStore } from '../../src/keys/signing-key-store.ts';
import { RecognitionKeyStore } from '../../src/mutual-recognition/key-holder/recognition-key-store.ts';
import { MandateImportStore } from '../../src/mandate-import/mandate-import-store.ts';
import { HandlerRequestStore } from '../../src/mandates/requests/handler-request-store.ts';
import { PendingRecoveryStore } from '../../src/recovery/pending-recovery-store.ts';
import { ClosedAccountStore } from '../../src/privacy/closed-account-store.ts';
import { ReviewCaseStore } from '../../src/review/review-case-store.ts';
import { ArrivalStore } from '../../src/federation/arrival-store.ts';
import { IdentityCopyStore } from '../../src/federation/identity-copy-store.ts';
import { LinkStore } from '../../src/federation/link-store.ts';
import { UpstreamSignInStore } from '../../src/federation/upstream-sign-in-store.ts';
import { savePeer } from './peer-samples.ts';
import type { TestStorage } from './storage.ts';

const DAY_MS = 86_400_000;

export async function sealSamples(storage: TestStorage, accountId: string): Promise<void> {
  const now = storage.clock.now();
  const later = new Date(now.getTime() + DAY_MS);
  const contact = { channel: 'sms', address: '+8613800000000' } as const;
  const shown = { entityId: 'of-nobody', means: 'licence', reference: 'sample', path: [] } as const;
  await new EntitySignInStore(storage).note(shown);
  await savePeer(storage, { secrets: { clientSecret: 'of a peer' } });
  await storage.database.transaction(async (session) => {
    await new PendingRecoveryStore(storage).begin({ id: 'p', accountId, contact }, session);
    await new ReviewCaseStore(storage).open(
      {
        kind: 'natural_person',
        applicantId: accountId,
        involvedIds: [],
        claimed: { name: '张示例' },
        answers: [],
        fileIds: [],
        approvals: 1,
      },
      later,
      session,
    );
    const kept = {
      kind: 'naturalPerson',
      name: '张示例',
      certificate: undefined,
      uscc: undefined,
      opaqueId: undefined,
      realNameLevel: 1,
      createdAt: now.toISOString(),
      requestedAt: undefined,
      evidence: [],
      agreements: [],
    };
    const closed = { kept, closedAt: now, keptUntil: later };
    await new ClosedAccountStore(storage).keep('of-nobody-any-more', closed, session);
    const attributes = { userName: 'sample.officer', displayName: '张示例' };
    const entry = { accountId, attributes, placement: { departmentIds: [] }, isActive: true };
    await new StaffStore(storage).insert(entry, {}, session);
    const party = { name: '张示例', number: 'sample' };
    const asked = { personId: accountId, entity: party, person: party, terms: {} };
    await new HandlerRequestStore(storage).put({ ...asked, way: 'administrator' }, session);
    await new MandateEventOutbox(storage).enqueue(
      [
        {
          lane: 'of-nobody',
          reason: 'granted',
          payload: {
            type: 'granted',
            jti: 'sample',
            at: Math.floor(now.getTime() / 1000),
            personId: accountId,
            entity: { id: 'sample' },
            mandateId: 'sample',
            role: 'handler',
            isSingleUse: false,
          },
        },
      ],
      session,
    );
    await new AccountEventOutbox(storage).enqueue(
      [
        {
          lane: 'of-nobody',
          reason: 'closed',
          payload: { type: 'closed', accountId, version: 2, at: 0, traceId: 'sample' },
          number: 2,
        },
      ],
      session,
    );
    await new MandateImportStore(storage).put(
      {
        entityId: 'of-nobody',
        personId: accountId,
        clientId: 'sample',
        address: '192.0.2.1',
        isDryRun: true,
        key: 'sample',
        rows: [{ action: 'end', mandateId: 'sample' }],
      },
      session,
    );
  });
  await sealFederated(storage, accountId);
  const key = { secretKey: Buffer.alloc(32, 7), publicKey: Buffer.alloc(32, 9) };
  await new RecognitionKeyStore(storage).ensureFirst(key);
  for (const kind of [federationKeys, relyingPartyKeys]) {
    const signingKeys = new SigningKeyStore(storage, kind);
    await completeKeySet({ ...storage, signingKeys, actor: 'system' });
  }
  await new HubStateStore(storage).load();
}

/** Somebody who came from another platform, and somebody on the way. */
async function sealFederated(storage: TestStorage, accountId: string): Promise<void> {
  const peer = { peerId: 'province', issuer: 'https://province.example.gov.cn' };
  const request = {
    state: 'sample',
    redirectUri: 'https://city.example.gov.cn/federation/return/province',
    nonce: 'sample',
    codeVerifier: 'sample',
    traceId: 'sample',
  };
  const place = { kind: 'sign_in', uid: 'sample' } as const;
  await new ArrivalStore(storage).insert({ ...peer, place, request });
  await storage.database.transaction(async (session) => {
    const link = { id: 'sample', subject: 'sample', level: 3, hasMadeAccount: false } as const;
    await new LinkStore(storage).insert({ ...peer, ...link, accountId }, session);
    const signIn = { linkId: 'sample', peerId: 'province', accountId };
    const signInId = await new UpstreamSignInStore(storage).insert(signIn, session);
    const certificate = { type: '111', number: '440000198001010015' } as const;
    await new IdentityCopyStore(storage).insert(signInId, { ...signIn, certificate }, session);
  });
}
