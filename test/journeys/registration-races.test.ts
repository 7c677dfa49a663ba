// Many forms at once, over two processes: one sign-up makes one account, a name and a number come to
// one of many.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { Newcomer, agreed, freshPhone } from '../support/newcomer.ts';

const MANY = 50;
const { uri } = migratedDatabase();
let city: CityNode;
let gateway: MessageGateway;

beforeAll(async () => {
  gateway = await startMessageGateway();
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    hasSecondProcess: true,
    limits: manyFromOneAddress,
  });
}, 60_000);
afterAll(async () => {
  await city.stop();
  await gateway.stop();
});

const manyFromOneAddress = {
  signIn: {
    codesPerAddress: { attempts: 10_000, windowSeconds: 60 },
    codesPerContact: { attempts: 10_000, windowSeconds: 60 },
  },
  hashing: { maxWaiting: 1000, maxWaitingPerAddress: 1000 },
  routes: { signUp: { attempts: 10_000, windowSeconds: 60 } },
};

const counted = (collection: string, filter: object = {}) =>
  city.storage.database.collection(collection).countDocuments(filter);

async function atDetails() {
  const person = new Newcomer(city.issuer, gateway);
  return { person, page: await person.proveContact(freshPhone()) };
}

describe('at once', () => {
  it(
    `${MANY} times the last form of one registration: one account`,
    { timeout: 120_000 },
    async () => {
      const before = await counted('accounts');
      const { person, page } = await atDetails();
      const answers = await Promise.all(
        Array.from({ length: MANY }, () => person.browser.press(page, 'register', agreed)),
      );
      expect(await counted('accounts')).toBe(before + 1);
      expect(answers.map(pageName).filter((name) => name !== 'registered')).toEqual([]);
      const completed = { type: 'registration.completed' };
      expect(await counted('auditRecords', completed)).toBe(1);
      expect(await counted('agreementAcceptances')).toBe(1);
      expect(await counted('passwordCredentials')).toBe(1);
    },
  );

  it(`${MANY} registrations with one user name: one success`, { timeout: 180_000 }, async () => {
    const people = await Promise.all(Array.from({ length: MANY }, atDetails));
    const answers = await Promise.all(
      people.map(({ person, page }) =>
        person.browser.press(page, 'register', { ...agreed, login: 'wanted.by.all' }),
      ),
    );
    const names = answers.map(pageName);
    expect(names.filter((name) => name === 'registered')).toHaveLength(1);
    const others = answers.filter((answer) => pageName(answer) !== 'registered');
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 422));
    expect(others.filter(({ body }) => !body.includes('id="login-error"'))).toEqual([]);
    const [first] = others;
    const index = answers.findIndex((answer) => answer === first);
    const again = await people[index]?.person.browser.press(first ?? answers[0]!, 'register', {
      ...agreed,
      login: 'another.name',
    });
    expect(again && pageName(again)).toBe('registered');
  });

  it(
    'two registrations of one number: one has it, the other is asked',
    { timeout: 60_000 },
    async () => {
      const phone = freshPhone();
      const one = new Newcomer(city.issuer, gateway);
      const other = new Newcomer(city.issuer, gateway);
      const first = await one.proveContact(phone);
      const second = await secondCode(other, phone);
      const answers = await Promise.all([
        one.browser.press(first, 'register', agreed),
        other.browser.press(second, 'register', agreed),
      ]);
      expect(new Set(answers.map(pageName))).toEqual(new Set(['registered', 'sign-up-known']));
    },
  );
});

/** Both processes count time for themselves: the pause is taken away instead of waited for. */
async function secondCode(person: Newcomer, phone: { typed: string; e164: string }) {
  await city.storage.database.collection('attemptBudgets').deleteMany({});
  const asked = await person.askForCode(phone.typed);
  const code = await gateway.codeFor(phone.e164, 1);
  return person.browser.press(asked, 'verify', { code });
}
