// Organisations by a payment to their bank account: where is paid to, what a guess gives, what many at
// once get, and what a bank that is slow, down, lying or contradictory does.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bankAccounts } from '../../src/demo/registers/corporate-bank/corporate-bank.ts';
import { readForm } from '../support/city-browser.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { EntityCity, entityOf, personOf } from '../support/entity-city.ts';

const { uri } = migratedDatabase();
const PAGE = '/account/entities/transfer';
const MONTH = { attempts: 3, windowSeconds: 30 * 86_400 };
let people: EntityCity;

beforeAll(async () => {
  people = await EntityCity.start(
    uri,
    [
      personOf('zhao', '赵样本'),
      personOf('chen', '陈体验'),
      personOf('lin', '林新办'),
      personOf('hezhang', '何长者'),
    ],
    {
      bankTransfer: { timeoutMs: 200, breaker: { failures: 1000 } },
      review: { cap: 3 },
      tries: { transferPerEntity: MONTH },
    },
  );
});
afterEach(async () => {
  await people.registers.setFault('bankTransfer', 'none');
  await people.registers.setFault('legalEntities', 'none');
});
afterAll(() => people.stop());

function accountOf(holder: string) {
  const found = bankAccounts.find((each) => each.holder === holder);
  if (!found) throw new Error(`${holder} has no account`);
  return { account: found.account, bank: found.bank };
}

async function order(login: string, representative: string, more: Record<string, string> = {}) {
  const { name, uscc } = entityOf(representative);
  const { browser } = await people.atForm(login);
  const fields = { name, uscc, ...accountOf(name), ...more };
  const page = await browser.press(await browser.open(PAGE), 'order-transfer', fields);
  const { account } = fields;
  return { browser, page, account, uscc };
}

async function amountOf(account: string): Promise<string> {
  const [amount = ''] = await people.registers.paidTo(account);
  return amount;
}

const wrongOf = (amount: string) => (amount === '0.98' ? '0.97' : '0.98');

describe('a payment to the account of an organisation', () => {
  it('registers it: whoever reads the amount becomes its administrator', async () => {
    const { browser, page, account, uscc } = await order('lin', '陈体验');
    expect(page.body).toContain(`**** ${account.slice(-4)}`);
    expect(page.body).not.toContain(account);
    const amount = await amountOf(account);
    expect(page.body).not.toContain(amount);
    const unread = await browser.press(page, 'report-transfer', { amount: '37' });
    expect(unread.body).toContain('这次不计次数');
    const wrong = await browser.press(unread, 'report-transfer', { amount: wrongOf(amount) });
    expect(wrong.body).toContain('还可以填 2 次');
    const confirm = await browser.press(wrong, 'report-transfer', { amount: `￥${amount}元` });
    expect(confirm.body).toContain('对公账户打款核验通过');
    await browser.press(confirm, 'confirm', { agree: 'yes' });
    const entity = await people.accountOf(uscc);
    expect(entity).toMatchObject({ realNameLevel: 3 });
    expect(await people.mandatesOf(entity?.id ?? '')).toMatchObject([
      { role: 'administrator', grantedBy: 'bankTransfer' },
    ]);
    expect(await people.registers.paidTo(account)).toHaveLength(1);
    const stored = await people.city.storage.database.collection('bankTransfers').findOne({});
    expect(JSON.stringify(stored)).not.toContain(account);
  });

  it('is refused to an account that is not the one of the organisation', async () => {
    const foreign = accountOf(entityOf('王演示').name);
    const differs = await order('hezhang', '何长者', foreign);
    expect(differs.page).toMatchObject({ status: 422 });
    expect(differs.page.body).toContain('户名与法人信息库登记的单位名称不一致');
    expect(await people.registers.paidTo(foreign.account)).toEqual([]);
    const person = await order('hezhang', '何长者', accountOf('赵样本'));
    expect(person.page.body).toContain('这不是单位的对公账户');
    // Said by the bank alone: it pays, and names another holder.
    await people.registers.setFault('bankTransfer', 'wrong');
    const paid = await order('hezhang', '何长者', foreign);
    expect(paid.page.body).toContain('户名与法人信息库登记的单位名称不一致');
    // Three for each organisation, whatever came of them.
    const fourth = await order('hezhang', '何长者', { account: '4409999999999' });
    expect(fourth.page).toMatchObject({ status: 429 });
    expect(fourth.page.body).toContain('本月可以付款的次数已用完');
  });

  it('never pays twice for a bank that answers too late, or of another payment', async () => {
    await people.registers.setFault('bankTransfer', 'slow');
    const late = await order('zhao', '赵样本');
    expect(late.page).toMatchObject({ status: 503 });
    expect(late.page.body).toContain('不会重复付款');
    await people.registers.setFault('bankTransfer', 'contradictory');
    const mixed = await late.browser.press(late.page, 'pay-transfer');
    expect(mixed.body).toContain('不会重复付款');
    await people.registers.setFault('bankTransfer', 'none');
    const page = await late.browser.press(mixed, 'pay-transfer');
    expect(page.body).toContain('已付款');
    expect(await people.registers.paidTo(late.account)).toHaveLength(1);
    // A register that is silent when the amount is told costs nothing: it is not asked for again.
    await people.registers.setFault('legalEntities', 'down');
    const amount = await amountOf(late.account);
    const silent = await late.browser.press(page, 'report-transfer', { amount });
    expect(silent).toMatchObject({ status: 503 });
    await people.registers.setFault('legalEntities', 'none');
    const { action, fields } = readForm(silent, 'report-transfer');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => late.browser.visitor.submit(action, fields)),
    );
    const passed = answers.filter(({ headers }) => headers.get('location')?.includes('/confirm?'));
    expect(passed).toHaveLength(1);
  });

  it('is over after three wrong amounts, and begun anew by another payment', async () => {
    const first = await order('chen', '阿依努尔·示例');
    const { action, fields } = readForm(first.page, 'report-transfer');
    const amount = wrongOf(await amountOf(first.account));
    const { visitor } = first.browser;
    const send = (told: string) => visitor.submit(action, { ...fields, amount: told });
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(amount)));
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(3);
    expect(await send(await amountOf(first.account))).toMatchObject({ status: 410 });
    const second = await order('chen', '阿依努尔·示例');
    expect(second.page.body).toContain('还可以填 3 次');
    const given = await second.browser.press(second.page, 'give-up-transfer');
    expect(given.body).toContain('order-transfer');
    expect(await people.registers.paidTo(first.account)).toHaveLength(2);
  });

  it('shows more of one that has an account, to who acts for it alone', async () => {
    const entity = entityOf('林新办');
    await people.register('lin', entity);
    const { id = '' } = (await people.accountOf(entity.uscc)) ?? {};
    const stranger = await people.atForm('zhao');
    const closed = await stranger.browser.open(`${PAGE}?entity=${id}`);
    expect(closed.body).not.toContain(entity.name);
    const { browser } = await people.atForm('lin');
    const form = await browser.open(`${PAGE}?entity=${id}`);
    const { account, bank } = accountOf(entity.name);
    const page = await browser.press(form, 'order-transfer', { account, bank });
    const shown = await browser.press(page, 'report-transfer', {
      amount: await amountOf(account),
    });
    expect(shown.body).toContain(entity.name);
    const evidence = await people.city.storage.database
      .collection('evidence')
      .find({ accountId: id })
      .toArray();
    expect(evidence.map(({ method }) => String(method))).toContain('bank_transfer');
  });
});
