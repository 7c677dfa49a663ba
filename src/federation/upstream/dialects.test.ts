// Sign-in through the platforms of three provinces over real HTTP, and everything that goes wrong there.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chooseThere, startTestDialects } from '../../../test/support/dialects.ts';
import type { DialectPeer, TestDialects } from '../../../test/support/dialects.ts';
import {
  RETURN_ADDRESS,
  sampleRequest,
  upstreamDependencies,
} from '../../../test/support/upstream-peer.ts';
import type { DialectFaultMode } from '../../demo/dialects/dialect-faults.ts';
import type { Peer } from '../../peers/peer.ts';
import type { UpstreamCallback } from '../upstream-identity.ts';
import { createUpstreamAdapters } from './upstream-adapters.ts';

const adapters = createUpstreamAdapters(upstreamDependencies(400));
const platforms = {
  tif: 'tif',
  jis: 'jis',
  zhejiang: 'zhejiang',
  zhejiangEntities: 'zhejiang',
} as const;

let dialects: TestDialects;

beforeAll(async () => {
  dialects = await startTestDialects();
});
afterEach(() =>
  Promise.all(Object.values(platforms).map((each) => dialects.setFault(each, 'none'))),
);
afterAll(() => dialects.stop());

async function arrive(name: DialectPeer, subject: string, changes: Partial<Peer> = {}) {
  const of = dialects.peer(name, changes);
  const adapter = adapters[of.peer.connection.protocol];
  const request = sampleRequest();
  const begun = await adapter.begin(of, request);
  if (!begun.ok) throw new Error(begun.detail);
  const back = await chooseThere(begun.page, subject);
  const callback = Object.fromEntries(back.searchParams);
  const complete = (other: UpstreamCallback = callback) => adapter.complete(of, request, other);
  return { page: begun.page, callback, complete };
}

async function signIn(name: DialectPeer, subject: string, changes: Partial<Peer> = {}) {
  return (await arrive(name, subject, changes)).complete();
}

describe('a person', () => {
  const wang = {
    kind: 'naturalPerson',
    name: '王演示',
    certificate: { type: '111', number: '44000019850615003X' },
    phone: '+8619900000003',
    level: 3,
    version: '7',
  };

  it('comes through Guangdong’s platform', async () => {
    expect(await signIn('tif', 'person-0')).toMatchObject({
      ok: true,
      identity: {
        ...wang,
        subject: '0a3b51c7'.repeat(4),
        statedLevel: 'L2',
        origin: 'gdbs',
        strength: 1,
        ways: [{ level: 'L2', way: 'PLV', at: new Date('2026-01-05T01:30:00Z') }],
      },
    });
  });

  it('comes through Shandong’s platform', async () => {
    const identity = { ...wang, statedLevel: '中级' };
    expect(await signIn('jis', 'person-0')).toMatchObject({ ok: true, identity });
  });

  it('comes through Zhejiang’s platform, with levels by the peer’s table alone', async () => {
    const identity = { ...wang, statedLevel: '3' };
    expect(await signIn('zhejiang', 'person-0')).toMatchObject({ ok: true, identity });
    expect(await signIn('zhejiang', 'person-0', { levelMap: {} })).toMatchObject({
      identity: { level: 1 },
    });
  });

  it.each(['tif', 'jis', 'zhejiang'] as const)(
    'with a residence permit keeps its type: %s',
    async (name) => {
      expect(await signIn(name, 'person-4')).toMatchObject({
        identity: { certificate: { type: '155', number: '810000199408230021' } },
      });
    },
  );
});

describe('an organisation', () => {
  const software = {
    kind: 'legalEntity',
    name: '外省样板软件（演示）有限公司',
    uscc: '91330000MA0DEMN01W',
    level: 4,
  };
  const zhou = {
    name: '周异乡',
    certificate: { type: '111', number: '330000199006300512' },
  };

  it('comes through Guangdong’s platform, by its certificate', async () => {
    const representative = { ...zhou, role: 'legalRepresentative' };
    expect(await signIn('tif', 'entity-0')).toMatchObject({
      identity: { ...software, statedLevel: 'L3', strength: 3, representative },
    });
  });

  it('comes through Shandong’s platform, with the role of who came for it', async () => {
    const { peer } = dialects.peer('jis');
    const { connection } = peer;
    const settings = { ...connection.settings, user_type: '2' };
    const changes = { connection: { ...connection, settings } };
    const representative = { ...zhou, role: 'legalRepresentative' };
    expect(await signIn('jis', 'entity-0', changes)).toMatchObject({
      identity: { ...software, statedLevel: '高级', representative },
    });
    expect(await signIn('jis', 'entity-1', changes)).toMatchObject({
      identity: { level: 3, representative: { name: '何经办', role: 'handler' } },
    });
  });

  it('comes through Zhejiang’s platform, where 1 is the highest level', async () => {
    const representative = { ...zhou, role: 'handler' };
    expect(await signIn('zhejiangEntities', 'entity-0')).toMatchObject({
      identity: {
        ...software,
        statedLevel: '1',
        subtype: 'enterprise',
        strength: 3,
        representative,
      },
    });
    expect(await signIn('zhejiangEntities', 'entity-2')).toMatchObject({
      identity: { statedLevel: '3', level: 2, strength: 1, uscc: '91370000M00DEMW021' },
    });
  });
});

const subjectOf = (name: DialectPeer) => (name === 'zhejiangEntities' ? 'entity-0' : 'person-0');
const names = Object.keys(platforms) as DialectPeer[];

describe.each(names)('at %s', (name) => {
  it('a code or ticket that comes again is replayed, and one that nobody has given too', async () => {
    const { complete, callback } = await arrive(name, subjectOf(name));
    expect(await complete()).toMatchObject({ ok: true });
    expect(await complete()).toMatchObject({ ok: false, reason: 'replayed' });
    const field = Object.keys(callback).find((each) => each !== 'state') ?? '';
    for (const ticket of ['invented', '没有', 'x'.repeat(5000), '']) {
      const invented = await complete({ ...callback, [field]: ticket });
      expect(invented).toMatchObject({ ok: false, reason: 'replayed' });
    }
  });

  it('the answer to another request is invalid, and one without anything a refusal', async () => {
    const { complete, callback } = await arrive(name, subjectOf(name));
    const strange = await complete({ ...callback, state: 'strange' });
    expect(strange).toEqual({ ok: false, reason: 'invalid', detail: 'state_wrong' });
    const { complete: turnBack } = await arrive(name, 'none');
    expect(await turnBack()).toMatchObject({ ok: false, reason: 'refused' });
  });

  it('the address of the page holds no secret and nobody’s name or number', async () => {
    const { page } = await arrive(name, subjectOf(name));
    expect(decodeURIComponent(page.href)).not.toMatch(
      /of the city there|王演示|4400001985|199000/u,
    );
  });

  it('wrong credentials are nobody’s attack, and none are said so', async () => {
    const of = dialects.peer(name);
    const adapter = adapters[of.peer.connection.protocol];
    const { callback } = await arrive(name, subjectOf(name));
    const request = sampleRequest({ state: callback['state'] ?? '' });
    const complete = (clientSecret?: string) =>
      adapter.complete({ ...of, secrets: { clientSecret } }, request, callback);
    expect(await complete('wrong')).toMatchObject({ ok: false, reason: 'unavailable' });
    expect(await complete()).toMatchObject({ detail: 'client_credential_missing' });
  });

  it.each<[DialectFaultMode, string]>([
    ['slow', 'unavailable: timeout'],
    ['down', 'unavailable: answered_with_error'],
    ['usedTicket', 'replayed: '],
    ['closedAccount', 'refused: account_not_usable'],
  ])('%s is %s', async (mode, expected) => {
    await dialects.setFault(platforms[name], mode);
    const answer = await signIn(name, subjectOf(name));
    expect(answer.ok ? 'accepted' : `${answer.reason}: ${answer.detail}`).toContain(expected);
  });

  it('a level that it has no name for counts 1, whatever the account had', async () => {
    await dialects.setFault(platforms[name], 'levelLies');
    expect(await signIn(name, subjectOf(name))).toMatchObject({ ok: true, identity: { level: 1 } });
  });

  it('a changed name comes as it is now', async () => {
    await dialects.setFault(platforms[name], 'nameChanged');
    const answer = await signIn(name, subjectOf(name));
    expect(answer.ok && answer.identity.name).toMatch(/^.更名$/u);
  });
});

describe('messages', () => {
  it.each<[DialectPeer, DialectFaultMode, string]>([
    ['tif', 'wrongSignature', 'invalid: signature_wrong'],
    ['tif', 'wrongClock', 'invalid: time_wrong'],
    ['jis', 'wrongSignature', 'invalid: data_unreadable'],
    ['jis', 'wrongClock', 'unavailable: request_not_accepted'],
    ['zhejiang', 'wrongSignature', 'unavailable: request_not_accepted'],
    ['zhejiang', 'wrongClock', 'unavailable: request_not_accepted'],
  ])('of %s with %s: %s', async (name, mode, expected) => {
    await dialects.setFault(platforms[name], mode);
    const answer = await signIn(name, 'person-0');
    expect(answer.ok ? 'accepted' : `${answer.reason}: ${answer.detail}`).toBe(expected);
  });

  it('signed with a key that was dropped count no more', async () => {
    const { jwks } = dialects.peer('tif').peer;
    const droppedKeys = ['a-kid'];
    const keys = (jwks?.keys ?? []).map((jwk) => ({ ...jwk, kid: 'a-kid' }));
    expect(await signIn('tif', 'person-0', { jwks: { keys } })).toMatchObject({ ok: true });
    expect(await signIn('tif', 'person-0', { jwks: { keys }, droppedKeys })).toMatchObject({
      detail: 'signature_wrong',
    });
  });

  it('of a raised version say so', async () => {
    await dialects.setFault('tif', 'versionRaised');
    expect(await signIn('tif', 'person-0')).toMatchObject({ identity: { version: '8' } });
  });
});

it('keeps the two ways of Zhejiang apart: what a person brings opens no organisation', async () => {
  const { callback } = await arrive('zhejiang', 'person-0');
  const of = dialects.peer('zhejiangEntities');
  const request = sampleRequest({ state: callback['state'] ?? '' });
  const ssotoken = callback['ticket'] ?? '';
  expect(await adapters.zhejiang.complete(of, request, callback)).toMatchObject({
    reason: 'refused',
  });
  const carried = { state: request.state, ssotoken };
  expect(await adapters.zhejiang.complete(of, request, carried)).toMatchObject({
    reason: 'replayed',
  });
});

it('sends the state beside an address of return that a platform takes as it is only', async () => {
  const { connection } = dialects.peer('tif').peer;
  const settings = { ...connection.settings, state: 'parameter' };
  const { page } = await arrive('tif', 'person-0', { connection: { ...connection, settings } });
  expect(page.searchParams.get('redirect_uri')).toBe(RETURN_ADDRESS);
  expect(page.searchParams.has('state')).toBe(true);
  expect(
    await signIn('tif', 'person-0', { connection: { ...connection, settings } }),
  ).toMatchObject({
    ok: true,
  });
});

it('leads to the sign-out of a platform that has one, and names what its peers need', async () => {
  const session = { sessionId: 't-1', returnTo: RETURN_ADDRESS };
  for (const name of ['tif', 'jis'] as const) {
    const page = await adapters[name].signOutPage(dialects.peer(name), session);
    const answer = await fetch(page ?? '', { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, RETURN_ADDRESS]);
  }
  expect(await adapters.zhejiang.signOutPage(dialects.peer('zhejiang'), session)).toBeUndefined();
  expect(adapters.tif.neededAddresses).toEqual(['authorize', 'token', 'userinfo']);
  const incomplete = dialects.peer('jis');
  const peer = { ...incomplete.peer, connection: { ...incomplete.peer.connection, addresses: {} } };
  expect(await adapters.jis.begin({ ...incomplete, peer }, sampleRequest())).toMatchObject({
    detail: 'address_missing',
  });
});
