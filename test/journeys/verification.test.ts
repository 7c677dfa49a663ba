// The real-name verification from the pages to the registers: what is refused, who gives way to
// whom, and what a register that is slow, down, wrong or contradictory does to people.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { samplePeople } from '../../src/demo/registers/people.ts';
import { eventTypes, visitAccountCentre } from '../support/account-visitor.ts';
import { importCityAccounts } from '../support/city-accounts.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { nextAddress } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';

const { uri } = migratedDatabase();
const [chen, lin, ayinuer, ji, he] = samplePeople as readonly [
  Person,
  Person,
  Person,
  Person,
  Person,
];
interface Person {
  name: string;
  number: string;
}

let city: CityNode;
let registers: Registers;
let gateway: MessageGateway;

const blank = (login: string) =>
  ({ login, level: 1, fields: { certificate_type: '', certificate_number: '' } }) as const;

beforeAll(async () => {
  [registers, gateway] = await Promise.all([
    startRegisters({ population: { breaker: { failures: 1000 } } }),
    startMessageGateway(),
  ]);
  city = await startCityNode({
    mongodbUri: uri,
    environment: { ...registers.environment, ...gateway.environment },
    clients: [{ client_id: 'department', minimum_level: 2 }],
    accounts: [
      'newcomer',
      'careless',
      'robber',
      'owner',
      'second',
      'third',
      'rare',
      'dotted',
      'forger',
      'waiting',
      'asked',
      'returning',
      'cancelling',
    ].map(blank),
  });
  registers.returnTo(city.issuer);
});
afterEach(async () => {
  await registers.setFault('population', 'none');
  await registers.setFault('face', 'none');
});
afterAll(async () => {
  await city.stop();
  await Promise.all([registers.stop(), gateway.stop()]);
});

async function match(browser: CityBrowser, { name, number }: Person): Promise<Visit> {
  return browser.press(await browser.open('/verification/match'), 'match', { name, number });
}

/** Up to the page of the face service. */
async function beginFace(browser: CityBrowser, fields: Record<string, string>): Promise<URL> {
  const page = await browser.open('/verification/face');
  const answer = await browser.press(page, 'face', { consent: 'yes', ...fields });
  const next = nextAddress(answer);
  if (!next) throw new Error(`not sent on: ${answer.status} ${pageName(answer)}`);
  return next;
}

/** Where the face service sends the browser back to. */
async function decide(start: URL, decision: string): Promise<string> {
  const answer = await fetch(new URL('/decide', start), {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ request: start.searchParams.get('request') ?? '', decision }),
  });
  return answer.headers.get('location') ?? '';
}

async function face(
  browser: CityBrowser,
  fields: Record<string, string>,
  decision = 'same_person',
) {
  return browser.open(await decide(await beginFace(browser, fields), decision));
}

async function levelOf(login: string): Promise<number | undefined> {
  return (await city.accountStore.findById(city.account(login).id))?.realNameLevel;
}

describe('name and number', () => {
  it('that do not belong together give nothing, and the page says how to go on', async () => {
    const { browser } = await visitAccountCentre(city, 'careless', '/verification');
    const page = await match(browser, { name: '陈体念', number: chen.number });
    expect(page.status).toBe(422);
    expect(page.body).toContain('没有核对上');
    expect(page.body).toContain('窗口');
    const unknown = await match(browser, { name: '无此人', number: '44000019930930001X' });
    expect(unknown.body).toContain('这个号码不正确');
    const impossible = await match(browser, { name: '', number: '440000199309300' });
    expect(impossible.body).toContain('15 位的旧号码');
    expect(await levelOf('careless')).toBe(1);
  });

  it('that match raise to level 2, with evidence and a notice, and open a number as login', async () => {
    const { browser } = await visitAccountCentre(city, 'newcomer', '/verification');
    const page = await match(browser, { ...chen, number: ` ${chen.number}` });
    expect(page.body).toContain('实名等级已提升');
    const account = await city.accountStore.findByLogin(chen.number);
    expect(account).toMatchObject({ id: city.account('newcomer').id, realNameLevel: 2 });
    expect(account?.attribute('name')).toMatchObject({
      value: chen.name,
      source: 'register:population',
      grade: 'A',
    });
    const evidence = await city.storage.database.collection('evidence').find({}).toArray();
    expect(evidence).toMatchObject([{ source: 'population', level: 2, resultCode: '00' }]);
    expect(JSON.stringify(evidence)).not.toContain(chen.number);
    expect(await eventTypes(city, city.account('newcomer').id)).toEqual(
      expect.arrayContaining(['verification.checked', 'accounts.level_changed']),
    );
    await expect.poll(() => gateway.countOf('newcomer@example.com', '等级提升为')).toBe(1);
  });

  it('are taken as people write them: any dot, full width, rare characters, a small x', async () => {
    const dotted = await visitAccountCentre(city, 'dotted', '/verification');
    await match(dotted.browser, {
      name: '阿依努尔・示例',
      number: ayinuer.number.replaceAll(/\d/gu, (digit) =>
        String.fromCharCode(digit.charCodeAt(0) + 0xfee0),
      ),
    });
    expect(await levelOf('dotted')).toBe(2);
    const rare = await visitAccountCentre(city, 'rare', '/verification');
    await match(rare.browser, { ...ji, number: ji.number.toLowerCase() });
    expect(await levelOf('rare')).toBe(2);
  });
});

describe('an identity that another account holds', () => {
  it('a leaked pair is displaced by the person, and what the robber had open is over', async () => {
    const robber = await visitAccountCentre(city, 'robber', '/verification');
    await match(robber.browser, lin);
    expect(await levelOf('robber')).toBe(2);

    const owner = await visitAccountCentre(city, 'owner', '/verification');
    const refused = await match(owner.browser, lin);
    expect(refused.status).toBe(409);
    expect(refused.body).toContain('没能在网上完成');
    expect(await levelOf('robber')).toBe(2);
    expect(await levelOf('owner')).toBe(1);

    const raised = await face(owner.browser, { ...lin });
    expect(raised.body).toContain('实名等级已提升');
    expect(await levelOf('owner')).toBe(3);
    const fallen = await city.accountStore.findById(city.account('robber').id);
    expect(fallen).toMatchObject({ realNameLevel: 1, name: undefined, certificate: undefined });
    expect((await city.accountStore.findByLogin(lin.number))?.id).toBe(city.account('owner').id);
    expect(pageName(await robber.browser.open('/verification'))).toBe('sign-in');
    await expect.poll(() => gateway.countOf('robber@example.com', '降为一级')).toBe(1);

    // Neither way leads back to it.
    const again = await visitAccountCentre(city, 'robber', '/verification');
    const held = await match(again.browser, lin);
    const byFace = await face(again.browser, { ...lin });
    expect(byFace.body).toContain('没能在网上完成');
    expect(words(byFace)).toBe(words(held));
    expect(await levelOf('robber')).toBe(1);
    const cases = city.storage.database.collection('identityCases');
    expect(await cases.countDocuments({ kind: 'held', isPending: true })).toBe(2);
  });

  it('goes to exactly one of many that verify it at the same moment', async () => {
    const people = Array.from({ length: 10 }, (_, index) => `racer${index}`);
    const added = await importCityAccounts(city.storage, city.accountStore, people.map(blank));
    const browsers = await Promise.all(
      added.map(async (account) => {
        const browser = new CityBrowser(city.issuer);
        await browser.walk(await browser.open('/verification'), account);
        return browser;
      }),
    );
    const pages = await Promise.all(browsers.map((browser) => match(browser, he)));
    expect(pages.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(pages.filter(({ status }) => status === 409)).toHaveLength(9);
  });

  function words({ body }: Visit): string {
    return /<main[\s\S]*<\/main>/u.exec(body)?.[0].replaceAll(/value="[^"]*"/gu, '') ?? '';
  }
});

describe('a comparison of faces', () => {
  it('needs a consent of its own', async () => {
    const { browser } = await visitAccountCentre(city, 'second', '/verification');
    const asked = await registers.askedOf('face');
    const page = await browser.open('/verification/face');
    const refused = await browser.press(page, 'face', { ...he });
    expect(refused.status).toBe(422);
    expect(refused.body).toContain('单独同意');
    expect(await registers.askedOf('face')).toBe(asked);
    expect(await eventTypes(city, city.account('second').id)).not.toContain(
      'verification.consented',
    );
  });

  it('of somebody else, cancelled, or by a forged result raises nothing', async () => {
    const { browser } = await visitAccountCentre(city, 'forger', '/verification');
    expect((await face(browser, { ...he }, 'different_person')).body).toContain('没有确认是您本人');
    expect((await face(browser, { ...he }, 'cancelled')).body).toContain('您取消了刷脸');
    await registers.setFault('face', 'wrong');
    expect((await face(browser, { ...he })).status).toBe(503);
    await registers.setFault('face', 'contradictory');
    expect((await face(browser, { ...he })).status).toBe(503);
    expect(await levelOf('forger')).toBe(1);
  });

  it('counts once, and only for the sign-in that began it', async () => {
    const { browser } = await visitAccountCentre(city, 'third', '/verification');
    const back = await decide(
      await beginFace(browser, { name: '张示例', number: '440000200101010151' }),
      'same_person',
    );
    const stranger = await visitAccountCentre(city, 'second', '/verification');
    expect((await stranger.browser.open(back)).status).toBe(400);
    const elsewhere = await visitAccountCentre(city, 'third', '/verification');
    expect((await elsewhere.browser.open(back)).status).toBe(400);
    expect((await browser.open(back)).body).toContain('实名等级已提升');
    expect((await browser.open(back)).status).toBe(400);
    expect(await levelOf('third')).toBe(3);
    expect(await levelOf('second')).toBe(1);
  });

  it('goes on where it was when the service comes back', async () => {
    const { browser } = await visitAccountCentre(city, 'returning', '/verification');
    await match(browser, { name: '李测试', number: '440000199003070024' });
    const back = await decide(await beginFace(browser, {}), 'same_person');
    await registers.setFault('face', 'down');
    expect((await browser.open(back)).status).toBe(503);
    await registers.setFault('face', 'none');
    expect((await browser.open(back)).body).toContain('实名等级已提升');
    expect(await levelOf('returning')).toBe(3);
  });
});

describe('a register', () => {
  it.each(['down', 'slow', 'contradictory'] as const)(
    'that is %s is said to be so, changes nothing, and does not stop a sign-in',
    async (mode) => {
      await registers.setFault('population', mode);
      const { browser } = await visitAccountCentre(city, 'waiting', '/verification');
      const page = await match(browser, { name: '王演示', number: '44000019850615003X' });
      expect(page.status).toBe(503);
      expect(page.body).toContain('暂时不可用');
      expect(await levelOf('waiting')).toBe(1);
    },
  );
});

describe('a system that demands more', () => {
  it('leads through the verification and back into the same request', async () => {
    const browser = new CityBrowser(city.issuer);
    const account = city.account('asked');
    const { pending, visit } = await browser.request(city.client('department'));
    const unmet = await browser.walk(visit, account);
    expect(pageName(unmet)).toBe('level-unmet');
    const link = /id="verify-now" href="([^"]+)"/u.exec(unmet.body)?.[1] ?? '';
    const overview = await browser.walk(await browser.open(link), account);
    expect(overview.body).toContain('id="onward"');
    const done = await match(browser, { name: '王演示', number: '44000019850615003X' });
    const onward = /id="onward" href="([^"]+)"/u.exec(done.body)?.[1] ?? '';
    const answer = browser.finish(pending, await browser.walk(await browser.open(onward), account));
    expect(answer.code).not.toBe('');
  });
});
