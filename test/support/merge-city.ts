// A city whose people have registered twice: `first-<n>` holds the identity of the n-th sample person at
// level 3, `second-<n>` is the second account; and the steps by which the two become one.
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect } from 'vitest';
import { samplePeople } from '../../src/demo/registers/people.ts';
import { AccountMergeStore } from '../../src/merge/account-merge-store.ts';
import { visitAccountCentre } from './account-visitor.ts';
import { TOTP_SECRET } from './city-accounts.ts';
import { CityBrowser, pageName } from './city-browser.ts';
import { startCityNode } from './city-node.ts';
import type { CityNode } from './city-node.ts';
import { migratedDatabase } from './migrated-database.ts';
import { nextAddress } from './http-visitor.ts';
import type { Visit } from './http-visitor.ts';
import { startMessageGateway } from './message-gateway.ts';
import type { MessageGateway } from './message-gateway.ts';
import { startRegisters } from './registers.ts';
import type { Registers } from './registers.ts';
import { TokenClient } from './token-client.ts';

export interface Person {
  name: string;
  number: string;
}
export const people = samplePeople as readonly Person[];

export const phoneOf = (index: number) => `177${String(index).padStart(8, '0')}`;
/** `first-<n>` holds the identity of the n-th sample person, `second-<n>` is registered again. */
const holder = (index: number, more: object = {}) => ({
  login: `first-${index}`,
  name: people[index]?.name ?? '',
  fields: {
    phone: phoneOf(index),
    certificate_type: '111',
    certificate_number: people[index]?.number ?? '',
  },
  ...more,
});
const registrant = (index: number) =>
  ({
    login: `second-${index}`,
    level: 1,
    fields: { phone: phoneOf(100 + index), certificate_type: '', certificate_number: '' },
  }) as const;

/** Call it at the top of a test file. */
export function mergeCity() {
  const { uri } = migratedDatabase();
  let city: CityNode;
  let registers: Registers;
  let gateway: MessageGateway;

  beforeAll(async () => {
    [registers, gateway] = await Promise.all([
      startRegisters({ review: { cap: 3 } }),
      startMessageGateway(),
    ]);
    const indexes = [0, 1, 2, 3, 4];
    city = await startCityNode({
      mongodbUri: uri,
      environment: {
        ...registers.environment,
        ...gateway.environment,
        HUTONG_REVIEW_UNDO_SECONDS: '0',
      },
      clients: [{ client_id: 'portal' }],
      accounts: [
        ...indexes.map((index) => holder(index, index === 0 ? { totpSecret: TOTP_SECRET } : {})),
        ...indexes.map(registrant),
        ...['anna', 'bert'].map((login) => ({ login, kind: 'civilServant' as const })),
      ],
    });
    registers.returnTo(city.issuer);
  });
  afterAll(async () => {
    await city.stop();
    await Promise.all([registers.stop(), gateway.stop()]);
  });

  const idOf = (login: string) => city.account(login).id;
  const accountOf = (login: string) => city.accountStore.findById(idOf(login));
  const merges = () => new AccountMergeStore(city.storage);
  const stateOf = async (index: number) => {
    const found = await city.storage.database
      .collection<{ registrantId: string; state: string }>('accountMerges')
      .find({ registrantId: idOf(`second-${index}`) })
      .sort({ offeredAt: -1 })
      .toArray();
    return found[0]?.state;
  };

  /** Signs in as the second account and shows the face of the person. */
  async function prove(index: number): Promise<{ browser: CityBrowser; visit: Visit }> {
    const { browser } = await visitAccountCentre(city, `second-${index}`, '/verification');
    const page = await browser.open('/verification/face');
    const { name, number } = people[index] as Person;
    const answer = await browser.press(page, 'face', { consent: 'yes', name, number });
    const start = nextAddress(answer);
    if (!start) throw new Error(`not sent on: ${answer.status} ${pageName(answer)}`);
    const decided = await fetch(new URL('/decide', start), {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({
        request: start.searchParams.get('request') ?? '',
        decision: 'same_person',
      }),
    });
    return { browser, visit: await browser.open(decided.headers.get('location') ?? '') };
  }

  /** From the page of the merge to the sign-in of the other account, and on to what follows it. */
  async function signInToOther(browser: CityBrowser, login: string): Promise<Visit> {
    const begun = await browser.press(await browser.open('/account/merge'), 'begin-merge');
    expect(pageName(begun)).toBe('sign-in');
    const next = await browser.walk(begun, city.account(login));
    // Of the account that was signed in before.
    const there = pageName(next) === 'form-post' ? await browser.press(next, 'continue') : next;
    return browser.walk(there, city.account(login));
  }

  /** What a system learns of who signs in. */
  async function claimsOf(login: string) {
    const client = city.client('portal');
    const answer = await new CityBrowser(city.issuer).authorize(client, city.account(login), {
      scope: 'openid profile',
    });
    const { body } = await new TokenClient(city.issuer).redeem(answer);
    return decodeJwt(String(body['id_token']));
  }

  /** As if it had begun as long ago as it waits. */
  async function timePasses(index: number): Promise<void> {
    const waiting = { registrantId: idOf(`second-${index}`), state: 'waiting' };
    const $set = { readyAt: city.clock.now() };
    await city.storage.database.collection('accountMerges').updateOne(waiting, { $set });
  }

  async function waitingMerge(index: number): Promise<void> {
    const { browser } = await prove(index);
    const confirm = await signInToOther(browser, `first-${index}`);
    const waiting = await browser.press(confirm, 'agree-merge');
    expect(waiting.body).toContain('正在等待合并');
  }

  async function stopLink(to: string): Promise<string> {
    const found = () =>
      gateway.received.flatMap((message) =>
        message.to === to
          ? (/https?:\S+account-merge\/stop\/[\w-]{22}/u.exec(message.text) ?? [])
          : [],
      );
    await expect.poll(() => found().length).toBeGreaterThan(0);
    return found().at(-1) ?? '';
  }
  return {
    get city() {
      return city;
    },
    get gateway() {
      return gateway;
    },
    idOf,
    accountOf,
    merges,
    stateOf,
    prove,
    signInToOther,
    claimsOf,
    timePasses,
    waitingMerge,
    stopLink,
  };
}
