// Organisations by their electronic licences: who may present them, what a code shown to somebody
// else gives an attacker, and what a platform that is slow, down, lying or contradictory does.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pageName, readForm } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { EntityCity, entityOf, named, personOf } from '../support/entity-city.ts';
import { startEntityCredentials } from '../support/entity-credentials.ts';
import type { EntityCredentials } from '../support/entity-credentials.ts';
import type { Visit } from '../support/http-visitor.ts';

const { uri } = migratedDatabase();
const PAGE = '/account/entities/licence';
let people: EntityCity;
let credentials: EntityCredentials;

beforeAll(async () => {
  credentials = await startEntityCredentials();
  people = await EntityCity.start(
    uri,
    [
      personOf('zhao', '赵样本'),
      personOf('chen', '陈体验'),
      personOf('lin', '林新办'),
      personOf('hezhang', '何长者'),
    ],
    { credentials },
  );
});
afterEach(async () => {
  await credentials.setFault('none');
  await people.registers.setFault('legalEntities', 'none');
});
afterAll(() => people.stop());

interface Begun {
  browser: CityBrowser;
  page: Visit;
  href: string;
  number: string;
}

async function begin(login: string, query = ''): Promise<Begun> {
  const { browser } = await people.atForm(login);
  const page = await browser.press(await browser.open(`${PAGE}${query}`), 'begin-licence');
  const href = /id="present" href="([^"]+)"/u.exec(page.body)?.[1] ?? '';
  const number = /id="match-number"><strong>(\d\d)</u.exec(page.body)?.[1] ?? '';
  return { browser, page, href, number };
}

const look = ({ browser, page }: Begun) => browser.press(page, 'check-licence');

function present(begun: Begun, login: string, more: Record<string, string> = {}) {
  const { uscc } = entityOf(login);
  return credentials.presentLicence(begun.href, { uscc, presenter: named(login).number, ...more });
}

describe('an electronic licence', () => {
  it('registers the organisation at level 4; both screens show one number', async () => {
    const entity = entityOf('赵样本');
    const begun = await begin('zhao');
    expect((await look(begun)).body).toContain('还没有收到');
    expect(begun.href).not.toContain(entity.uscc);
    expect(await present(begun, '赵样本')).toBe(begun.number);
    const confirm = await look(begun);
    expect(confirm.body).toContain('电子营业执照核验通过');
    await begun.browser.press(confirm, 'confirm', { agree: 'yes' });
    expect(await people.accountOf(entity.uscc)).toMatchObject({ realNameLevel: 4 });
    expect((await look(begun)).status).toBe(410);
  });

  it('shown to somebody else gives nothing: who presents it has to be who is signed in', async () => {
    const entity = entityOf('陈体验');
    const attacker = await begin('lin');
    await present(attacker, '陈体验');
    const refused = await look(attacker);
    expect(refused.body).toContain('不是您本人');
    // Nor does the attacker's page in the victim's browser.
    const victim = await people.atForm('chen');
    const stolen = await victim.browser.open(attacker.page.url);
    expect(stolen.status).toBe(410);
    expect(stolen.body).not.toContain('match-number');
    expect(await people.accountOf(entity.uscc)).toBeUndefined();
  });

  it('is no way for who handles single matters, and can be declined', async () => {
    const handler = await begin('chen');
    await present(handler, '陈体验', { role: 'handler' });
    expect((await look(handler)).body).toContain('办事人的执照不能');
    const declined = await begin('chen');
    await present(declined, '陈体验', { decision: 'decline' });
    expect((await look(declined)).body).toContain('选择了不出示');
    expect(await people.accountOf(entityOf('陈体验').uscc)).toBeUndefined();
  });

  it('makes its manager administrator', async () => {
    const begun = await begin('lin');
    const { uscc } = entityOf('何长者');
    await present(begun, '林新办', { uscc, role: 'manager' });
    const confirm = await look(begun);
    expect(confirm.body).toContain('管理员');
    await begun.browser.press(confirm, 'confirm', { agree: 'yes' });
    const account = await people.accountOf(uscc);
    expect(await people.mandatesOf(account?.id ?? '')).toMatchObject([
      { role: 'administrator', grantedBy: 'licence' },
    ]);
  });

  it('ends after five minutes', async () => {
    const begun = await begin('chen');
    await present(begun, '陈体验');
    people.city.clock.advance(301);
    const over = await look(begun);
    expect(over.status).toBe(410);
    expect(over.body).toContain('二维码已过期');
    people.city.clock.advance(-301);
  });

  it.each(['down', 'slow', 'wrong', 'contradictory'] as const)(
    'is not believed while the platform is %s; nothing is used up',
    async (mode) => {
      const begun = await begin('chen');
      await present(begun, '陈体验');
      await credentials.setFault(mode);
      const refused = await look(begun);
      expect(refused.status).toBe(503);
      expect(refused.body).toContain('平台暂时没有回应');
      await credentials.setFault('none');
      expect(pageName(await look(begun))).toBe('legal-entities-confirm');
    },
  );

  it('is not begun while the platform is down', async () => {
    const { browser } = await people.atForm('chen');
    await credentials.setFault('down');
    const silent = await browser.press(await browser.open(PAGE), 'begin-licence');
    expect(silent.status).toBe(503);
    expect(silent.body).toContain('平台暂时没有回应');
  });

  it('gives one success to 50 that look at once', { timeout: 60_000 }, async () => {
    const begun = await begin('chen');
    await present(begun, '陈体验');
    const { action, fields } = readForm(begun.page, 'check-licence');
    const { visitor } = begun.browser;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => visitor.submit(action, fields)),
    );
    const passed = answers.filter(({ headers }) => headers.get('location')?.includes('/confirm?'));
    expect(passed).toHaveLength(1);
  });

  it('raises an organisation that has an account, and only that one', async () => {
    const entity = entityOf('林新办');
    await people.register('lin', entity);
    const { id } = (await people.accountOf(entity.uscc)) ?? { id: '' };
    const stranger = await people.atForm('zhao');
    const closed = await stranger.browser.open(`${PAGE}?entity=${id}`);
    expect(pageName(closed)).toBe('legal-entities-entities');
    const other = await begin('lin', `?entity=${id}`);
    await present(other, '林新办', { uscc: entityOf('陈体验').uscc });
    expect((await look(other)).body).toContain('另一家单位');
    const begun = await begin('lin', `?entity=${id}`);
    await present(begun, '林新办');
    expect((await look(begun)).body).toContain('等级已提高');
    expect(await people.accountOf(entity.uscc)).toMatchObject({ realNameLevel: 4 });
  });
});
