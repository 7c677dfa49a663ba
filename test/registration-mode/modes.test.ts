// The construction modes as people meet them: what is refused first, and what is kept of whom.
import { beforeAll, describe, expect, test } from 'vitest';
import { maskNumber } from '../../src/accounts/masking.ts';
import { sealedPlaces } from '../../src/app/sealed-places.ts';
import type { RegistrationMode } from '../../src/platform/registration-mode-config.ts';
import { eventTypes } from '../support/account-visitor.ts';
import { changeMode, publishedMode } from '../support/change-mode.ts';
import { inTurns } from '../support/in-turns.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { federatedCity, person, pressPatiently, PROVINCE } from '../support/federated-city.ts';
import type { Arriving } from '../support/federated-city.ts';
import type { Visit } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { TokenClient } from '../support/token-client.ts';

const numbers = { shadow: '440000198001010015', many: '440000198001010031' };

const own = federatedCity(migratedDatabase().uri, {
  claims: {
    shadow: person('影子人', numbers.shadow),
    many: person('众多人', numbers.many),
    local: person('本市人', '440000199003070024'),
    raised: person('升级人', '440000198703120518'),
  },
  peer: { levelCap: 3, strengthCap: 2 },
  clients: [
    { client_id: 'office', scope: 'openid real_name id_document' },
    { client_id: 'registry', scope: 'openid real_name id_document', minimum_level: 2 },
    { client_id: 'strong', minimum_level: 3 },
  ],
  accounts: [
    {
      login: 'local',
      name: '本市人',
      level: 3,
      fields: { certificate_number: '440000199003070024' },
    },
    { login: 'other', level: 1, fields: { must_change_password: 'false' } },
    { login: 'raised', level: 1, fields: { must_change_password: 'false' } },
  ],
});

const change = (mode: RegistrationMode) => changeMode(own.node, mode, PROVINCE);
const published = () => publishedMode(own.node.issuer);

const SCOPE = { scope: 'openid real_name id_document' };

const begin = () => own.begin('office', { parameters: SCOPE });

const arrive = async (as: string, level = 3): Promise<Arriving> =>
  own.viaProvince(await begin(), as, level);

async function finish({ browser, pending, page }: Arriving) {
  let visit = page;
  if (pageName(visit) === 'agree') visit = await browser.press(visit, 'agree-on', { agree: 'yes' });
  const answer = browser.finish(pending, await browser.walk(visit, undefined));
  const tokens = new TokenClient(own.node.issuer);
  const { body } = await tokens.redeem(answer);
  const told = await fetch(`${own.node.issuer}/oauth2/userinfo`, {
    headers: { authorization: `Bearer ${String(body.access_token)}` },
  });
  return (await told.json()) as Record<string, unknown>;
}

/** Everything that is sealed anywhere, opened, but for the copies that end with a sign-in. */
async function keptTexts(): Promise<string> {
  const { database, keyring } = own.node.storage;
  const texts: string[] = [];
  for (const place of sealedPlaces) {
    if (place.collection === 'upstreamIdentityCopies') continue;
    for (const document of await database.collection(place.collection).find({}).toArray()) {
      for (const { sealed, context } of place.valuesOf(document)) {
        texts.push(keyring.decrypt(sealed, context).toString());
      }
    }
  }
  return texts.join('\n');
}

test('where we register, the metadata say so, and the form is there', async () => {
  expect(await published()).toBe('independent');
  const page = await new CityBrowser(own.node.issuer).open('/sign-up');
  expect(page.body).toContain('id="contact"');
});

describe('embedded', () => {
  beforeAll(() => change('embedded'));

  test('no form of a registration is taken, and the way to the province is shown', async () => {
    await change('independent');
    const browser = new CityBrowser(own.node.issuer);
    const form = await browser.open('/sign-up');
    await change('embedded');
    const refused = await browser.press(form, 'send-code', { contact: '13800138000' });
    expect([refused.status, pageName(refused)]).toEqual([409, 'hand-over']);
    const signUps = own.node.storage.database.collection('signUps');
    expect(await signUps.countDocuments({})).toBe(0);
    const page = await browser.open('/sign-up');
    expect(page.body).toContain('href="/sign-up/province"');
    expect((await browser.open('/sign-up?kind=legalEntity')).body).not.toContain('id="go-on"');
  });

  test('the province comes first on the sign-in page, and an account of ours still opens', async () => {
    const at = await begin();
    expect(at.page.body.indexOf('by-province')).toBeLessThan(at.page.body.indexOf('id="password"'));
    const page = await at.browser.walk(at.page, own.node.account('local'));
    expect(await finish({ ...at, page })).toMatchObject({ id_document: expect.any(Object) });
  });

  test('who arrives is a shadow: its number reaches who may have it, and is kept nowhere', async () => {
    const at = await arrive('shadow');
    const told = await finish({ ...at, page: await at.browser.press(at.page, 'create') });
    expect(told).toMatchObject({
      name: '影子人',
      real_name_level: 3,
      id_document: { type: '111', number: numbers.shadow },
    });
    const again = await finish(await arrive('shadow'));
    expect([again['sub'], again['id_document']]).toEqual([told['sub'], told['id_document']]);
    // In the account centre it is known for as long as the sign-in lasts.
    const centre = await (await centreOf('shadow')).open('/account');
    expect(centre.body).toContain(maskNumber(numbers.shadow, 'signedIn'));
    const kept = await keptTexts();
    expect(kept).toContain('影子人');
    expect(kept).not.toContain(numbers.shadow);
    await own.node.storage.database.collection('upstreamIdentityCopies').deleteMany({});
  });

  test('who is verified too low for a system goes to the province from there, and back to it', async () => {
    const account = own.node.account('raised');
    const at = await own.begin('registry', { parameters: SCOPE });
    const unmet = await at.browser.walk(at.page, account);
    expect(pageName(unmet)).toBe('level-unmet');
    const handOver = await at.browser.open(hrefOf(unmet, 'verify-now'));
    const back = await own.viaProvince({ ...at, page: handOver }, 'raised', 3);
    expect(pageName(back.page)).toBe('federation-arrival');
    // Not for whoever found the session open.
    const proof = await at.browser.press(back.page, 'prove');
    expect(pageName(proof)).toBe('sign-in');
    const { password } = account;
    const binding = await at.browser.press(proof, 'sign-in', { password });
    expect(pageName(binding)).toBe('federation-bind');
    const told = await finish({ ...at, page: await at.browser.press(binding, 'bind') });
    expect(told).toMatchObject({ real_name_level: 3, name: '升级人' });
  });

  test('50 arrivals of one person at once make one shadow', async () => {
    const arrivals = await inTurns(Array.from({ length: 50 }), () => arrive('many'));
    const pages = await Promise.all(
      arrivals.map(async (at) => ({ ...at, page: await pressPatiently(at, 'create') })),
    );
    const subjects = await inTurns(pages, async (at) => (await finish(at))['sub']);
    expect(new Set(subjects).size).toBe(1);
    expect(await keptTexts()).not.toContain(numbers.many);
  }, 120_000);
});

describe('centralized', () => {
  beforeAll(() => change('centralized'));

  test('no form is taken; the province is the only way but for who is not linked yet', async () => {
    const at = await begin();
    expect(at.page.body).toContain('id="by-province"');
    expect(at.page.body).not.toContain('id="password"');
    const refused = await at.browser.open('/sign-up');
    expect(pageName(refused)).toBe('hand-over');
    expect(at.page.body).toContain('尚未绑定省账户');
  });

  test('who is not linked is led to the link each time, and may go on without', async () => {
    const local = own.node.account('other');
    for (let count = 0; count < 2; count += 1) {
      const at = await begin();
      const form = await at.browser.open(localHref(at));
      const due = await at.browser.walk(form, local);
      expect(pageName(due)).toBe('link-due');
      await finish({ ...at, page: await at.browser.press(due, 'later') });
    }
  });

  test('who links is refused here from then on, only after the password was right, and opened by the province', async () => {
    const local = own.node.account('local');
    const at = await begin();
    const due = await at.browser.walk(await at.browser.open(localHref(at)), local);
    const binding = await own.viaProvince({ ...at, page: due }, 'local');
    expect(pageName(binding.page)).toBe('federation-bind');
    await finish({ ...at, page: await at.browser.press(binding.page, 'bind') });
    const next = await begin();
    const form = await next.browser.open(localHref(next));
    const wrong = await next.browser.press(form, 'sign-in', { login: 'local', password: 'wrong' });
    expect([wrong.status, pageName(wrong)]).toEqual([422, 'sign-in']);
    expect(wrong.body).not.toContain('绑定“');
    const refused = await next.browser.walk(form, local);
    expect(pageName(refused)).toBe('at-province');
    expect(await finish(await arrive('local'))).toMatchObject({ real_name_level: 3 });
  });

  test('what the province keeps of who lives there is named, and no form of ours changes it', async () => {
    const browser = await centreOf('local');
    await change('independent');
    const pages = ['security', 'security/contacts/phone', 'privacy/close', 'privacy/correct'];
    const forms = await browser.open('/account/security');
    expect(forms.body).toContain('id="password-change"');
    await change('centralized');
    const passwords = { 'current-password': own.node.account('local').password };
    const refused = await browser.press(forms, 'password-change', passwords);
    expect([refused.status, pageName(refused)]).toEqual([409, 'kept']);
    const [security, ...others] = await Promise.all(
      pages.map((page) => browser.open(`/account/${page}`)),
    );
    expect(security?.body).toContain('id="kept"');
    for (const id of ['password-change', 'totp-begin', 'change-sms', 'passkeys-manage']) {
      expect(security?.body).not.toContain(`id="${id}"`);
    }
    expect(others.map(pageName)).toEqual(others.map(() => 'kept'));
    const options = await fetch(`${own.node.issuer}/account/security/passkeys/options`, {
      method: 'POST',
    });
    expect(options.status).not.toBe(200);
    for (const page of ['sessions', 'services', 'entities', 'links', 'privacy/requests']) {
      expect((await browser.open(`/account/${page}`)).status).toBe(200);
    }
    expect(await eventTypes(own.node, await idOf('local'))).toContain(
      'registration_mode.handed_over',
    );
  });

  test('who is signed in and needs more is led to the province, which can show it', async () => {
    const browser = await centreOf('local');
    const asked = await own.begin('strong', { browser });
    expect(pageName(asked.page)).toBe('at-province');
    expect(asked.page.body).toContain('id="by-province"');
  });

  test('while the province is suspended, nobody is locked out', async () => {
    await own.setPeer({ state: 'suspended' });
    await expect.poll(async () => (await begin()).page.body).toContain('现在没有连接');
    const at = await begin();
    expect(at.page.body).toContain('id="password"');
    await finish({ ...at, page: await at.browser.walk(at.page, own.node.account('local')) });
    await own.setPeer({});
    await expect.poll(async () => (await begin()).page.body).toContain('id="local"');
  });
});

/** The account centre, reached by the province. */
async function centreOf(as: string): Promise<CityBrowser> {
  const browser = new CityBrowser(own.node.issuer);
  const page = await browser.open('/account');
  const back = await browser.open(await own.toReturn({ browser, page }, as));
  const visit = await browser.walk(back, undefined);
  expect(pageName(visit)).toBe('account-overview');
  return browser;
}

async function idOf(login: string): Promise<string> {
  const account = await own.node.accountStore.findByLogin(login, { kind: 'naturalPerson' });
  if (!account) throw new Error(`no account ${login}`);
  return account.id;
}

describe('the way back', () => {
  beforeAll(() => change('independent'));

  test('a shadow gets its number back at the next sign-in', async () => {
    const told = await finish(await arrive('shadow'));
    expect(told).toMatchObject({ id_document: { number: numbers.shadow } });
    const account = await own.node.accountStore.findByIdentity('naturalPerson', {
      certificate: { source: 'test', grade: 'A', value: { type: '111', number: numbers.shadow } },
    });
    expect(account?.realNameLevel).toBe(3);
  });
});

const localHref = ({ page }: Arriving): string => hrefOf(page, 'local');

/** Of a link; its attributes stand in either order. */
function hrefOf({ body, url }: Visit, id: string): string {
  const tag = new RegExp(`<a\\b[^>]*\\bid="${id}"[^>]*>`, 'u').exec(body)?.[0] ?? '';
  const href = /href="([^"]+)"/u.exec(tag)?.[1];
  if (href === undefined) throw new Error(`no link ${id} on ${url}`);
  return href.replaceAll('&amp;', '&');
}
