// People who come from the province: what they read, what becomes of them, and what nobody gets by it.
import { describe, expect, test } from 'vitest';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { inTurns } from '../support/in-turns.ts';
import { federatedCity, person, pressPatiently } from '../support/federated-city.ts';
import type { Arriving } from '../support/federated-city.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { TokenClient } from '../support/token-client.ts';

const numbers = {
  new: '440000198001010015',
  twin: '440000198001010031',
  known: '440000199003070024',
  other: '440000198001010058',
  two: '440000198001010074',
};

const claims = {
  newcomer: person('新来者', numbers.new),
  twin: person('双胞胎', numbers.twin),
  known: person('已知人', numbers.known),
  misnamed: person('另一人', numbers.other),
  wanted: person('被争者', numbers.two),
  child: person('小朋友', '440000201901010015'),
  nobody: {},
  company: { subject_type: 'legal_entity', name: '示例企业', real_name_level: 4 },
};

const own = federatedCity(migratedDatabase().uri, {
  claims,
  hasSecondProcess: true,
  peer: { levelCap: 3 },
  clients: [{ client_id: 'portal', scope: 'openid profile real_name' }],
  accounts: [
    { login: 'known', name: '已知人', level: 3, fields: { certificate_number: numbers.known } },
    { login: 'other', name: '本市人', level: 3, fields: { certificate_number: numbers.other } },
    { login: 'first', level: 1, fields: { must_change_password: 'false' } },
    { login: 'second', level: 1, fields: { must_change_password: 'false' } },
    { login: 'guarded', level: 1, totpSecret: TOTP_SECRET },
  ],
});

const arrive = async (as: string, level = 3): Promise<Arriving> =>
  own.viaProvince(await own.begin('portal'), as, level);

async function finish({ browser, pending, page }: Arriving) {
  let visit = page;
  if (pageName(visit) === 'agree') visit = await browser.press(visit, 'agree-on', { agree: 'yes' });
  const answer = browser.finish(pending, await browser.walk(visit, undefined));
  const { body } = await new TokenClient(own.node.issuer).redeem(answer);
  const token = String(body['id_token']);
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
}

const accountsOf = (number: string) =>
  own.node.accountStore.findByIdentity('naturalPerson', {
    certificate: { source: 'test', grade: 'A', value: { type: '111', number } },
  });

describe('an organisation that arrives by itself', () => {
  test('reads how it signs in here, and what it came for is kept', async () => {
    const at = await arrive('company');
    expect([at.page.status, pageName(at.page)]).toEqual([422, 'federation-organisation']);
    const hrefOf = (id: string) =>
      new RegExp(`href="([^"]+)" id="${id}"`, 'u').exec(at.page.body)?.[1] ?? '';
    const there = nextAddress(await at.browser.open(hrefOf('as-person-there')));
    expect(there?.origin).toBe(own.province.issuer);
    const form = await at.browser.open(hrefOf('as-person'));
    const page = await at.browser.walk(form, own.node.account('known'));
    expect(await finish({ ...at, page })).toHaveProperty('sub');
  });

  test('is linked to nobody’s own account', async () => {
    const browser = new CityBrowser(own.node.issuer);
    await browser.walk(await browser.open('/account'), own.node.account('first'));
    const page = await browser.open('/account/links/add/province');
    own.province.decision = { accountId: 'company', level: 3 };
    const out = nextAddress(page);
    if (!out) throw new Error(`not sent to the province but ${page.status}`);
    const there = await browser.visitor.visit(out, (next) => next.origin === own.node.issuer);
    const stopped = await browser.open(nextAddress(there) ?? '');
    expect([stopped.status, pageName(stopped)]).toEqual([422, 'federation-link-stopped']);
  });
});

describe('a first arrival', () => {
  test('reads what is told, capped, and makes no account until it agrees', async () => {
    const at = await arrive('newcomer');
    expect(pageName(at.page)).toBe('federation-arrival');
    expect(at.page.body).toContain('新*');
    expect(at.page.body).not.toContain(numbers.new);
    expect(at.page.body).toContain('最多认可到这一级');
    expect(await accountsOf(numbers.new)).toBeUndefined();
    const declined = await at.browser.press(at.page, 'decline');
    expect(pageName(declined)).toBe('sign-in');
    expect(await accountsOf(numbers.new)).toBeUndefined();
  });

  test('becomes an account at the level of the cap, and is signed in at once the next time', async () => {
    const at = await arrive('newcomer');
    const made = await at.browser.press(at.page, 'create');
    const first = await finish({ ...at, page: made });
    expect(first).toMatchObject({ real_name_level: 3, amr: ['fed'] });
    const again = await finish(await arrive('newcomer'));
    expect(again['sub']).toBe(first['sub']);
  });

  test('of a child makes none', async () => {
    const { page } = await arrive('child');
    expect(pageName(page)).toBe('federation-stopped');
    expect(page.body).toContain('14');
  });
});

describe('an account that is there already', () => {
  test('is never opened by a number alone: it is proven, linked, and opened by the province from then on', async () => {
    const at = await arrive('known');
    expect(at.page.body).toContain('在本市已有账户');
    expect(at.page.body).not.toContain('id="create"');
    const signIn = await at.browser.press(at.page, 'prove');
    expect(pageName(signIn)).toBe('sign-in');
    const known = own.node.account('known');
    const binding = await at.browser.walk(signIn, known);
    expect(pageName(binding)).toBe('federation-bind');
    const linked = await finish({ ...at, page: await at.browser.press(binding, 'bind') });
    const later = await finish(await arrive('known'));
    expect([later['sub'], later['amr']]).toEqual([linked['sub'], ['fed']]);
    expect(await own.links.listByAccount(known.id)).toMatchObject([{ state: 'active', level: 3 }]);
  });

  test('with a second factor is linked only after that, and to nobody who is verified as somebody else', async () => {
    const at = await arrive('nobody', 1);
    const signIn = await at.browser.press(at.page, 'prove');
    const factor = await at.browser.press(signIn, 'sign-in', {
      login: 'guarded',
      password: own.node.account('guarded').password,
    });
    expect(pageName(factor)).toBe('second-factor');
    const other = await arrive('twin');
    const foreign = await other.browser.press(other.page, 'prove');
    const binding = await other.browser.walk(foreign, own.node.account('other'));
    const refused = await other.browser.press(binding, 'bind');
    expect([refused.status, refused.body.includes('不是同一个人')]).toEqual([422, true]);
    const skipped = await other.browser.press(refused, 'skip');
    expect((await finish({ ...other, page: skipped }))['amr']).toEqual(['pwd']);
  });

  test('under the same number with another name is left alone: link frozen, one case, citizen told', async () => {
    const before = await own.node.storage.database.collection('messageOutbox').countDocuments({});
    for (let count = 0; count < 2; count += 1) {
      const { page } = await arrive('misnamed');
      expect(page.body).toMatch(/核实/u);
    }
    const other = own.node.account('other');
    const [link, ...rest] = await own.links.listByAccount(other.id);
    expect([link?.state, link?.conflict, rest]).toEqual(['frozen', 'name_differs', []]);
    const cases = own.node.storage.database.collection('reviewCases');
    const ofOther = { kind: 'federation', applicantId: other.id };
    expect(await cases.countDocuments(ofOther)).toBe(1);
    const told = own.node.storage.database.collection('messageOutbox');
    expect(await told.countDocuments({})).toBeGreaterThanOrEqual(before);
    // Reviewers say that it is the same person: signed in from then on, under the name of here.
    if (!link) throw new Error('no link');
    const { storage, accountStore } = own.node;
    await storage.database.transaction((session) => own.links.thaw(link, session));
    expect(await finish(await arrive('misnamed'))).toMatchObject({ amr: ['fed'] });
    expect((await accountStore.findById(other.id))?.name).toBe('本市人');
    expect(await cases.countDocuments(ofOther)).toBe(1);
  });
});

describe('at once', () => {
  test('50 first arrivals of one person make one account and one link', async () => {
    const arrivals = await inTurns(Array.from({ length: 50 }), () => arrive('twin'));
    const pages = await Promise.all(
      arrivals.map(async (at) => ({ ...at, page: await pressPatiently(at, 'create') })),
    );
    const subjects = await inTurns(pages, async (at) => (await finish(at))['sub']);
    expect(new Set(subjects).size).toBe(1);
    const links = own.node.storage.database.collection('federatedLinks');
    const account = await accountsOf(numbers.twin);
    expect(await links.countDocuments({ accountId: account?.id ?? '' })).toBe(1);
  }, 120_000);

  test('50 bindings of one identity to two accounts: one wins, one case', async () => {
    const binding = async (login: string) => {
      const at = await arrive('wanted', 2);
      const signIn = await at.browser.press(at.page, 'prove');
      const page = await at.browser.walk(signIn, own.node.account(login));
      return { ...at, page };
    };
    const logins = Array.from({ length: 50 }, (_, index) => (index % 2 ? 'first' : 'second'));
    const ready = await inTurns(logins, binding);
    const answers = await Promise.all(ready.map((at) => pressPatiently(at, 'bind')));
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const ids = [own.node.account('first').id, own.node.account('second').id];
    const links = (await Promise.all(ids.map((id) => own.links.listByAccount(id)))).flat();
    expect(links.map(({ state }) => state)).toEqual(['frozen']);
    const cases = own.node.storage.database.collection('reviewCases');
    const filter = { kind: 'federation', applicantId: { $in: ids } };
    expect(await cases.countDocuments(filter)).toBe(1);
    const levels = await Promise.all(ids.map((id) => own.node.accountStore.findById(id)));
    expect(new Set(levels.map((account) => account?.realNameLevel))).toEqual(new Set([1, 3]));
  }, 120_000);
});

describe('what comes back', () => {
  test('twice, in another browser, or with an error signs nobody in', async () => {
    const begun = await own.begin('portal');
    const back = await own.toReturn(begun, 'newcomer');
    // The victim's browser brings the answer of a request that somebody else began: it is kept nowhere.
    const victim = new CityBrowser(own.node.issuer);
    expect(pageName(await victim.open(back))).toBe('cookies-required');
    const { pathname, searchParams } = new URL(back);
    const state = searchParams.get('state') ?? '';
    expect(pathname).toBe('/federation/return/province');
    const uid = /interaction\/([\w-]+)/u.exec(begun.page.url)?.[1] ?? '';
    const waiting = await begun.browser.open(`/interaction/${uid}/arrived?state=${state}`);
    expect(pageName(waiting)).toBe('federation-stopped');
    const first = await begun.browser.open(back);
    expect(await finish({ ...begun, page: first })).toMatchObject({ amr: ['fed'] });
    const again = await begun.browser.open(back);
    expect(nextAddress(again)?.searchParams.get('code') ?? '').toBe('');
    const failing = await own.begin('portal');
    own.province.decision = { error: 'access_denied' };
    const out = await failing.browser.open(
      /href="([^"]+)" id="by-province"/u.exec(failing.page.body)?.[1] ?? '',
    );
    const refused = await failing.browser.visitor.visit(
      nextAddress(out) ?? '',
      (next) => next.origin === own.node.issuer,
    );
    const stopped = await failing.browser.open(nextAddress(refused) ?? '');
    expect(stopped.body).toContain('取消了登录');
    expect(stopped.body).toContain('用本市账户登录');
  });

  test('from a suspended peer signs nobody in, and what it had opened ends on every process', async () => {
    const begun = await own.begin('portal');
    const back = await own.toReturn(begun, 'newcomer');
    const open = await arrive('newcomer');
    await finish(open);
    const sessions = own.node.storage.database.collection('sessions');
    const account = await accountsOf(numbers.new);
    const live = { accountId: account?.id ?? '', endedAt: null };
    expect(await sessions.countDocuments(live)).toBeGreaterThan(0);
    await own.setPeer({ state: 'suspended' });
    const page = await begun.browser.open(back);
    expect(page.body).toContain('暂停');
    await expect.poll(() => sessions.countDocuments(live)).toBe(0);
    const next = await own.begin('portal', { browser: open.browser });
    expect(pageName(next.page)).toBe('sign-in');
    expect(next.page.body).not.toContain('by-province');
    await own.setPeer({});
    await expect.poll(async () => (await own.begin('portal')).page.body).toContain('by-province');
  });
});
