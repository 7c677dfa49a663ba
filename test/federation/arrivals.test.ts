// People who come from the province: what they read, what becomes of them, and what nobody gets by it.
import { describe, expect, test } from 'vitest';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { federatedCity } from '../support/federated-city.ts';
import type { Arriving } from '../support/federated-city.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { TokenClient } from '../support/token-client.ts';

const numbers = {
  new: '440000198001010018',
  twin: '440000198001010034',
  known: '440000199003070024',
  other: '440000198001010050',
  two: '440000198001010077',
};
const person = (name: string, number: string) => ({
  name,
  id_document: { type: '111', number },
  real_name_level: 4,
});

const claims = {
  newcomer: person('新来者', numbers.new),
  twin: person('双胞胎', numbers.twin),
  known: person('已知人', numbers.known),
  misnamed: person('另一人', numbers.other),
  wanted: person('被争者', numbers.two),
  child: person('小朋友', '440000201901010017'),
  nobody: {},
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

describe('a first arrival', () => {
  test('reads what is told, capped, and makes no account until it agrees', async () => {
    const at = await arrive('newcomer');
    expect(pageName(at.page)).toBe('federation-arrival');
    expect(at.page.body).toContain('新**');
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
