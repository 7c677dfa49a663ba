// Many clients open at once on one browser session, and one client in many tabs, with two real
// processes: every one works, and each is told of the sign-out. HUTONG_PARALLEL_ROUNDS=100 for the
// long run.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer } from '../support/city-browser.ts';
import { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { LogoutReceiver } from '../support/logout-receiver.ts';
import { parallelRounds } from '../support/parallel-rounds.ts';
import { TokenClient } from '../support/token-client.ts';

const CLIENTS = 20;
const PER_ROUND_MS = 10_000;

const { uri } = migratedDatabase();
const receiver = new LogoutReceiver();
let city: CityNode;
let tokens: TokenClient;

beforeAll(async () => {
  await receiver.start();
  const names = Array.from({ length: CLIENTS }, (_, index) => `client-${index}`);
  city = await startCityNode({
    mongodbUri: uri,
    hasSecondProcess: true,
    clients: ['portal', ...names].map((name) => ({
      client_id: name,
      backchannel_logout_uri: receiver.uriOf(name),
    })),
    accounts: [{ login: 'zhang' }],
  });
  receiver.trust(city.issuer);
  tokens = new TokenClient(city.issuer);
});
afterAll(async () => {
  await city.stop();
  await receiver.stop();
});

/** What a client has after redeeming: its claims, and that its token works. */
async function use(answer: Answer): Promise<{ sid: string; sub: string; accessToken: string }> {
  const redeemed = await tokens.redeem(answer);
  expect(redeemed).toMatchObject({ status: 200 });
  const accessToken = String(redeemed.body.access_token);
  const claims = await tokens.verifyIdToken(answer, String(redeemed.body.id_token));
  expect(await tokens.userinfo(accessToken)).toMatchObject({
    status: 200,
    body: { sub: claims.sub },
  });
  return { sid: String(claims['sid']), sub: String(claims.sub), accessToken };
}

test(
  `${parallelRounds} rounds of ${CLIENTS} clients at once on one session`,
  async () => {
    for (let round = 0; round < parallelRounds; round += 1) {
      receiver.received.length = 0;
      const browser = new CityBrowser(city.issuer);
      await browser.signIn(city.client('portal'), city.account('zhang'));
      const answers = await Promise.all(
        city.clients.filter(({ id }) => id !== 'portal').map((client) => browser.authorize(client)),
      );
      const used = await Promise.all(answers.map(use));
      expect(new Set(used.map(({ sid }) => sid)).size).toBe(CLIENTS);
      await browser.signOut();
      await receiver.until(() => receiver.received.length >= CLIENTS + 1);
      for (const [index, { client }] of answers.entries()) {
        const { sid, sub } = used[index] ?? {};
        expect(receiver.of(client.id)).toMatchObject([{ sid, sub }]);
      }
      for (const { accessToken } of used) {
        expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 401 });
      }
    }
    expect(receiver.problems).toEqual([]);
  },
  parallelRounds * PER_ROUND_MS + 15_000,
);

test('one client in ten tabs, first time and again: all work under one sid, with one sign-out', async () => {
  receiver.received.length = 0;
  const browser = new CityBrowser(city.issuer);
  await browser.signIn(city.client('portal'), city.account('zhang'));
  const client = city.client('client-0');
  const open = async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.authorize(client)));
    return Promise.all(answers.map(use));
  };
  const used = [...(await open()), ...(await open())];
  expect(new Set(used.map(({ sid }) => sid)).size).toBe(1);
  expect(new Set(used.map(({ accessToken }) => accessToken)).size).toBe(20);
  for (const { accessToken } of used) {
    expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 200 });
  }
  await browser.signOut();
  await receiver.until(() => receiver.received.length >= 2);
  expect(receiver.of(client.id)).toMatchObject([{ sid: used[0]?.sid }]);
  expect(await tokens.userinfo(used[3]?.accessToken ?? '')).toMatchObject({ status: 401 });
});

test('a person with no session opens ten tabs and signs in once in one of them', async () => {
  const browser = new CityBrowser(city.issuer);
  const client = city.client('client-1');
  const tabs = await Promise.all(Array.from({ length: 10 }, () => browser.request(client)));
  const [first, ...others] = tabs;
  if (!first) throw new Error('no tab');
  const answer = browser.finish(
    first.pending,
    await browser.walk(first.visit, city.account('zhang')),
  );
  const used = [await use(answer)];
  for (const { pending, visit } of others) {
    // A person who comes to a tab that still asks: reloading or answering both lead on.
    const reached = await browser.walk(await browser.open(visit.url), city.account('zhang'));
    used.push(await use(browser.finish(pending, reached)));
  }
  expect(new Set(used.map(({ sid }) => sid)).size).toBe(1);
}, 30_000);
