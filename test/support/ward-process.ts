// The background work of guardianships, as one more process of a test city would do it.
import { commandHoldings } from '../../src/app/command-holdings.ts';
import { ChildApplicationStore } from '../../src/guardianship/child-application-store.ts';
import type { WardDependencies } from '../../src/guardianship/change-consent.ts';
import { settleWards } from '../../src/guardianship/settle-wards.ts';
import { WardStore } from '../../src/guardianship/ward-store.ts';
import { AccountNotices } from '../../src/notification/account-notices.ts';
import { GuardianNotices } from '../../src/notification/guardian-notices.ts';
import { MessageStore } from '../../src/notification/message-store.ts';
import { createLogger } from '../../src/platform/logger.ts';
import type { CityNode } from './city-node.ts';
import type { TestStorage } from './storage.ts';

function wardProcess({ storage, accountStore }: CityNode): WardDependencies {
  const holdings = commandHoldings(storage, 'system');
  return {
    ...storage,
    accounts: accountStore,
    wards: new WardStore(storage),
    notices: new GuardianNotices({
      ...storage,
      notices: new AccountNotices({
        ...storage,
        accounts: accountStore,
        messages: new MessageStore(storage),
        notMeLink: () => Promise.resolve(''),
        wake: () => undefined,
      }),
    }),
    ending: {
      endAllOfAccount: (accountId, { reason }) => holdings.end(accountId, reason),
    },
    logger: createLogger({ level: 'silent', service: 'test' }),
  };
}

/** A child in the care of this account, and another with staff, as far as the stores go. */
export async function takeIntoCare(storage: TestStorage, accountId: string): Promise<void> {
  const now = storage.clock.now();
  const consent = { version: 1, language: 'zh-CN', at: now } as const;
  const guardian = { accountId, relation: 'parent', basis: 'register', since: now } as const;
  const ward = { id: 'a child', birthDate: '2021-03-05', guardian: { ...guardian, consent } };
  await storage.database.transaction((session) => new WardStore(storage).insert(ward, session));
  const certificate = { type: '414', number: 'X7654321', country: 'IDN' } as const;
  const facts = { birthDate: '2021-03-05', relation: 'parent' } as const;
  const content = { name: 'Suharto', certificate, ...facts, answers: [] };
  await new ChildApplicationStore(storage).put(accountId, content, undefined);
}

/** Looks at all wards, whether or not they are due. */
export async function settleAll(city: CityNode): Promise<void> {
  const wards = city.storage.database.collection('wards');
  await wards.updateMany({}, { $set: { nextCheckAt: new Date(0) } });
  await settleWards(wardProcess(city));
}

/** So that the fourteenth birthday is in so many days, by the city's calendar. */
export async function bornBefore(city: CityNode, id: string, inDays: number): Promise<void> {
  const day = new Date(Date.now() + (8 + 24 * inDays) * 3_600_000);
  const birthDate = `${day.getUTCFullYear() - 14}${day.toISOString().slice(4, 10)}`;
  const { keyring, database } = city.storage;
  const sealed = keyring.encryptJson({ birthDate }, `guardianship.ward:${id}`);
  const of = { _id: id } as Record<string, unknown>;
  await database.collection('wards').updateOne(of, { $set: { sealed } });
}

/** A page without what differs from one showing to the next, and from one visitor to another. */
export function withoutSecrets(body: string): string {
  return (
    body
      .replaceAll(/(?:nonce|value)="[^"]*"/gu, '')
      .replaceAll(/application=[^"&]*/gu, '')
      // Of the moment at which it was asked for.
      .replaceAll(/\b\d\d:\d\d\b/gu, '')
      .replaceAll('林*', '赵*')
  );
}
