// An organisation whose registration waits, a text that it is to sign, and somebody who is asked to
// be its administrator.
import { ChallengeStore } from '../../src/entity-proofs/challenge-store.ts';
import { LicenceRequestStore } from '../../src/entity-proofs/licence-request-store.ts';
import { TransferStore } from '../../src/entity-proofs/transfer-store.ts';
import { EntityApplicationStore } from '../../src/legal-entities/entity-application-store.ts';
import { EntityRecordStore } from '../../src/legal-entities/entity-record-store.ts';
import { InvitationStore } from '../../src/mandates/invitation-store.ts';
import { entityOf, named } from './entity-city.ts';
import type { TestStorage } from './storage.ts';

export async function beginEntity(storage: TestStorage, accountId: string): Promise<void> {
  const { name, uscc } = entityOf('赵样本');
  await new EntityApplicationStore(storage).put(accountId, 'waiting', { name, uscc });
  const issuer = 'https://id.example';
  const asked = { accountId, sid: 's', purpose: 'register', person: '王*' } as const;
  await new ChallengeStore({ ...storage, issuer }).begin(asked);
  const presented = { handle: 'h', nonce: 'n', page: 'https://p.example', number: '47' };
  const sid = 's';
  await new LicenceRequestStore(storage).insert('state', { accountId, sid }, presented);
  const account = { account: '4400000000000000003', bank: '样例银行', amountFen: 37, key: 'k' };
  await new TransferStore(storage).insert({ accountId }, { name, uscc, ...account });
  const records = new EntityRecordStore(storage);
  await records.adopt(accountId, 0);
  const { name: heir, number } = named('陈体验');
  const representative = { name: heir, certificate: { type: '111', number } } as const;
  await records.notice(accountId, { change: 'representative_changed', seq: 1, representative });
  await storage.database.transaction((session) => records.keepName(accountId, name, session));
  const offer = { entityId: 'e', role: 'administrator', invitedBy: accountId } as const;
  await storage.database.transaction((session) =>
    new InvitationStore(storage).put({ ...offer, invitee: named('林新办') }, session),
  );
}
