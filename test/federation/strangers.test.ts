// A stranger in city A who registered in city B: looked up by a blinded number, sent home in two redirects,
// recognised at the level that B has verified, within the cap. Four platforms, each with its own database:
// key holder (a process), hub, and both cities.
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { foundBetween } from '../support/between-platforms.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { freePorts, startCityNode } from '../support/city-node.ts';
import type { PeerState } from '../../src/peers/peer.ts';
import type { CityNode } from '../support/city-node.ts';
import { HttpVisitor, nextAddress } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { savePeer } from '../support/peer-samples.ts';
import {
  hubSettings,
  importPlatforms,
  makePlatform,
  platformSettings,
  startKeyHolder,
} from '../support/recognition-office.ts';
import type { KeyHolderProcess, TestPlatform } from '../support/recognition-office.ts';
import { MASTER_KEY } from '../support/storage.ts';
import { TokenClient } from '../support/token-client.ts';

const REGISTERED = '440000198001010015';
const UNKNOWN = '440000198001010031';
const [ofHolder, ofHub, ofA, ofB] = [
  migratedDatabase(),
  migratedDatabase(),
  migratedDatabase(),
  migratedDatabase(),
];
const files: string[] = [];
const operator = {
  HUTONG_MODE: 'demonstration',
  HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
  MONGODB_URI: ofHub.uri,
};
let platformA: TestPlatform;
let holder: KeyHolderProcess;
let hub: CityNode;
let cityA: CityNode;
let cityB: CityNode;

beforeAll(async () => {
  const [portA = 0, portB = 0] = await freePorts(2);
  const [issuerA, issuerB] = [`http://localhost:${portA}`, `http://localhost:${portB}`];
  const platforms = await Promise.all([
    makePlatform('city-a', { issuer: issuerA }),
    makePlatform('city-b', { issuer: issuerB }),
  ]);
  [platformA] = platforms;
  await importPlatforms(operator, platforms);
  const settings = await hubSettings({ answerAfterMs: 1 });
  files.push(settings.HUTONG_RECOGNITION_HUB);
  [holder, hub] = await Promise.all([
    startKeyHolder(ofHolder.uri, platforms),
    startCityNode({ mongodbUri: ofHub.uri, environment: settings }),
  ]);
  const environments = await Promise.all(
    platforms.map(async (platform) => {
      const file = path.join(tmpdir(), `hutong-recognition-${randomBytes(8).toString('hex')}.json`);
      const config = await platformSettings(platform, {
        hub: hub.issuer,
        keyHolder: holder.address,
      });
      await writeFile(file, JSON.stringify(config));
      files.push(file);
      return { HUTONG_RECOGNITION: file };
    }),
  );
  const scope = 'openid profile real_name id_document';
  const [environmentA = {}, environmentB = {}] = environments;
  [cityA, cityB] = await Promise.all([
    startCityNode({
      mongodbUri: ofA.uri,
      port: portA,
      environment: environmentA,
      clients: [{ client_id: 'portal', scope: 'openid profile real_name' }],
    }),
    startCityNode({
      mongodbUri: ofB.uri,
      port: portB,
      environment: environmentB,
      clients: [
        {
          client_id: 'city-a',
          scope,
          approvals: { scope: '跨市互认' },
          redirect_uris: [`${issuerA}/federation/return/city-b`],
        },
      ],
      accounts: [
        {
          login: 'linlin',
          name: '林邻城',
          level: 4,
          fields: { certificate_type: '111', certificate_number: REGISTERED },
        },
      ],
    }),
  ]);
  await connectHome('active');
}, 120_000);

/** The other city at this one. */
async function connectHome(state: PeerState): Promise<void> {
  const client = cityB.client('city-a');
  const scope = 'openid profile real_name id_document';
  const connection = { protocol: 'oidc', clientId: client.id, addresses: {}, settings: { scope } };
  const names = { 'zh-CN': '邻市统一身份认证', en: 'the next city' };
  await savePeer(cityA.storage, {
    registration: {
      id: 'city-b',
      issuer: cityB.issuer,
      names,
      kind: 'cityNode',
      connection: { ...connection, protocol: 'oidc' },
      levelMap: {},
      certificateTypeMap: {},
      levelCap: 3,
    },
    secrets: { clientSecret: String(client.secret) },
    state,
  });
}
afterAll(async () => {
  await Promise.all([cityA, cityB, hub].map((node) => node.stop()));
  await holder.stop();
  for (const file of files) await rm(file, { force: true });
});

/** Whether people are sent there, as the process knows it. */
async function leadsHome(): Promise<boolean> {
  const browser = new CityBrowser(cityA.issuer);
  const { visit } = await browser.request(cityA.client('portal'), { idp_hint: 'city-b' });
  return nextAddress(visit)?.origin === cityB.issuer;
}

async function stranger(number: string) {
  const browser = new CityBrowser(cityA.issuer);
  const { pending, visit } = await browser.request(cityA.client('portal'), {
    scope: 'openid profile real_name',
  });
  const href = /href="([^"]+)" id="from-elsewhere"/u.exec(visit.body)?.[1] ?? '';
  const page = await browser.open(href);
  expect(pageName(page)).toBe('federation-elsewhere');
  return { browser, pending, page, sent: await browser.press(page, 'find-home', { number }) };
}

describe('a number that is registered nowhere', () => {
  test('leads to the same place as one that is, and nobody in with it', async () => {
    const [known, unknown] = [await stranger(REGISTERED), await stranger(UNKNOWN)];
    const shape = ({ sent }: typeof known) => {
      const to = nextAddress(sent);
      return [sent.status, sent.body.length, to?.origin, [...(to?.searchParams.keys() ?? [])]];
    };
    expect(shape(unknown)).toEqual(shape(known));
    expect(nextAddress(known.sent)?.href).not.toContain(REGISTERED);
  });

  test('that is none is refused on the page, and not shown again', async () => {
    const { sent } = await stranger('440000198001010016');
    expect([sent.status, sent.body.includes('440000198001010016')]).toEqual([422, false]);
  });
});

test('goes home and comes back recognised, capped, with the trace of both sides', async () => {
  const { browser, pending, sent } = await stranger(REGISTERED);
  const home = new CityBrowser(cityB.issuer, new HttpVisitor());
  const atHome = await home.open(nextAddress(sent) ?? '');
  const signedIn = await home.walk(atHome, cityB.account('linlin'));
  const back = nextAddress(signedIn);
  expect(back?.pathname).toBe('/federation/return/city-b');
  const arrival = await browser.open(back ?? '');
  expect(pageName(arrival)).toBe('federation-arrival');
  let page = await browser.press(arrival, 'create');
  if (pageName(page) === 'agree') page = await browser.press(page, 'agree-on', { agree: 'yes' });
  const answer = browser.finish(pending, await browser.walk(page, undefined));
  const { body } = await new TokenClient(cityA.issuer).redeem(answer);
  const payload = String(body['id_token']).split('.')[1] ?? '';
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  expect(claims).toMatchObject({ real_name_level: 3 });
  const records = cityA.storage.database.collection('auditRecords');
  const [linked] = await records.find({ type: 'federation.linked' }).toArray();
  const { traceId = '' } = (linked?.['details'] ?? {}) as { traceId?: string };
  expect(traceId).toMatch(/^[\da-f]{32}$/u);
  const asked = await records.findOne({
    type: 'recognition.home_asked',
    'details.traceId': traceId,
  });
  expect(asked).not.toBeNull();
});

test('who is sent to a platform that is paused here, registered there or not, reads what to do next', async () => {
  onTestFinished(async () => {
    await connectHome('active');
    await expect.poll(leadsHome).toBe(true);
  });
  await connectHome('suspended');
  await expect.poll(leadsHome).toBe(false);
  const [known, unknown] = [await stranger(REGISTERED), await stranger(UNKNOWN)];
  const text = ({ sent }: typeof known) =>
    sent.body.replaceAll(/<[^>]*>/gu, '').replaceAll(/[\da-f]{32}/gu, '');
  expect(text(unknown)).toBe(text(known));
  expect([known.sent.status, pageName(known.sent)]).toEqual([503, 'federation-stopped']);
  expect(text(known)).toContain('现在不能从您要去的平台登录');
  for (const [id, path] of [
    ['local', '/interaction/'],
    ['sign-up', '/sign-up'],
  ] as const) {
    const href = new RegExp(`href="([^"]+)"[^>]*id="${id}"`, 'u').exec(known.sent.body)?.[1];
    const page = await known.browser.open(href ?? '');
    expect([page.status, new URL(page.url).pathname]).toEqual([200, expect.stringContaining(path)]);
  }
});

describe('doctor', () => {
  const services = () => ({ hub: hub.issuer, keyHolder: holder.address });
  const found = async (more: object = {}, platform = platformA) => {
    const recognition = await platformSettings(platform, { ...services(), ...more });
    return foundBetween(cityA, 'recognition', { settings: operator, config: { recognition } });
  };

  test('finds key holder, hub and comparison in order, and the platforms at the hub', async () => {
    const all = ['ok holder_proven', 'ok hub_answers', 'ok reconciled', 'ok registered'];
    // Besides, who has come from the other city may be in conflict by then: registered there, and here.
    await expect.poll(found).toEqual(expect.arrayContaining(all));
    const settings = { ...operator, HUTONG_RECOGNITION_HUB: files[0] ?? '' };
    expect(await foundBetween(hub, 'recognition', { settings })).toContain('ok platforms');
    expect(await foundBetween(cityB, 'recognition', { settings: operator })).toEqual([
      'ok not_set',
    ]);
  });

  test('tells a wrong key, an unknown epoch, a refusal and silence from each other', async () => {
    const publicKey = 'A'.repeat(43);
    const other = await found({ keys: [{ epoch: 1, publicKey }] });
    expect(other).toEqual(
      expect.arrayContaining(['failed holder_wrong_key', 'failed key_differs']),
    );
    const later = await found({ keys: [{ epoch: 9, publicKey }] });
    expect(later).toEqual(expect.arrayContaining(['failed key_not_pinned', 'note epoch_over']));
    const stranger = await found({}, await makePlatform('city-a'));
    expect(stranger).toEqual(
      expect.arrayContaining(['failed holder_refused', 'failed hub_refused']),
    );
    const nobody = 'http://127.0.0.1:1';
    const down = await found({ keyHolder: nobody, hub: nobody, keys: [{ epoch: 1, publicKey }] });
    expect(down).toEqual(
      expect.arrayContaining(['failed holder_unreachable', 'failed hub_unreachable']),
    );
  });
});
