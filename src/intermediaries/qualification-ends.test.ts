// What ends the standing of an intermediary: its term, what the account loses, the department.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { named } from '../../test/support/entity-city.ts';
import { openQualificationCity } from '../../test/support/qualification-city.ts';
import type { QualificationCity } from '../../test/support/qualification-city.ts';
import { loadWords } from '../platform/http/locale.ts';
import { runIntermediariesCommand } from './intermediaries.commands.ts';
import { endsAt, shownState } from './qualification.ts';
import { endOverdue, tellOfEnding } from './qualification-expiry.ts';
import { withdrawQualification } from './withdraw-qualification.ts';

vi.setConfig({ testTimeout: 60_000 });

const { uri } = testDatabase();
const DAY = 86_400;
let city: QualificationCity;
let stores: QualificationCity['stores'];

beforeAll(async () => {
  city = await openQualificationCity(uri);
  ({ stores } = city);
});
afterAll(() => stores.close());
beforeEach(() => city.nextNumber());

describe('the end', () => {
  it('is at the turn of the day after the term, whatever runs; then it is marked and told', async () => {
    const held = await city.granted(city.chen, city.factsOf({ validUntil: city.day(2) }));
    const last = new Date(endsAt(held).getTime() - 1);
    const account = await stores.accounts.findById(city.chen.entityId);
    expect(account?.qualificationsAt(last).map(({ id }) => id)).toContain(held.id);
    expect(account?.qualificationsAt(endsAt(held)).map(({ id }) => id)).not.toContain(held.id);
    expect([shownState(held, last), shownState(held, endsAt(held))]).toEqual(['active', 'expired']);
    // Told once, within thirty days, and nothing ended.
    expect(await tellOfEnding(stores.deps)).toBeGreaterThanOrEqual(1);
    expect(await tellOfEnding(stores.deps)).toBe(0);
    expect(await endOverdue(stores.deps)).toBe(0);
    stores.clock.advance(3 * DAY);
    const before = await city.messages();
    const ended = await Promise.all([endOverdue(stores.deps), endOverdue(stores.deps)]);
    expect(ended[0] + ended[1]).toBe(1);
    expect(await city.messages()).toBeGreaterThan(before);
    expect(await stores.again(held.id)).toMatchObject({ state: 'ended', endedFor: 'expired' });
    expect(await city.heldIds(city.chen)).not.toContain(held.id);
  });

  it('is none when it was renewed in time, with the same number', async () => {
    const former = await city.granted(city.chen, city.factsOf({ validUntil: city.day(5) }));
    const next = city.factsOf({ validFrom: city.day(6), validUntil: city.day(400) });
    const renewal = await stores.sent({ ...city.chen, renews: former.id }, next);
    expect(renewal.lineId).toBe(former.lineId);
    expect((await stores.cases.find(renewal.caseId ?? ''))?.approvals).toBe(1);
    expect(await stores.decide(city.two(), renewal)).toMatchObject({
      state: 'active',
      isHolder: true,
    });
    const account = await stores.accounts.findById(city.chen.entityId);
    const at = (offset: number) => new Date(stores.clock.now().getTime() + offset * DAY * 1000);
    for (const offset of [0, 5, 6, 7]) {
      const ids = account?.qualificationsAt(at(offset)).map(({ id }) => id) ?? [];
      expect(ids.includes(former.id) || ids.includes(renewal.id)).toBe(true);
    }
    const before = await city.messages();
    await tellOfEnding(stores.deps);
    stores.clock.advance(7 * DAY);
    expect(await endOverdue(stores.deps)).toBe(1);
    expect(await city.messages()).toBe(before);
    expect(await city.heldIds(city.chen)).toContain(renewal.id);
  });

  it('comes with the loss of the account’s identity, in one transaction, and ends what is under way', async () => {
    const { entityId } = await stores.registered('ayinuer', '阿依努尔·示例');
    const own = { entityId, login: 'ayinuer' };
    const held = await city.granted(own, city.factsOf({ kind: 'real_estate' }));
    const waiting = await stores.sent(own, city.factsOf({ kind: 'safety' }));
    await stores.vote(city.one(), waiting);
    const low = { level: 1, origin: { source: 'test', grade: 'D' } } as const;
    const failing = { actor: 'operator', alongside: () => Promise.reject(new Error('no')) };
    await expect(stores.accounts.setRealNameLevel(entityId, low, failing)).rejects.toThrow('no');
    expect(await city.heldIds(own)).toEqual([held.id]);
    await stores.accounts.setRealNameLevel(entityId, low, { actor: 'operator' });
    await stores.carryOut();
    expect(await city.heldIds(own)).toEqual([]);
    expect(await stores.again(held.id)).toMatchObject({ endedFor: 'entity_level_fell' });
    expect(await stores.again(waiting.id)).toMatchObject({ state: 'given_up' });
    expect(await stores.cases.find(waiting.caseId ?? '')).toMatchObject({ outcome: 'withdrawn' });
  });
});

describe('a withdrawal by the approving department', () => {
  async function run(...args: string[]) {
    const lines: string[] = [];
    const words = loadWords('locales');
    const code = await runIntermediariesCommand(args, {
      ...stores.deps,
      accounts: stores.accounts,
      terminal: {
        t: (key, values) => words.translate('en', key, values),
        print: (line) => lines.push(line),
        complain: (line) => lines.push(line),
        read: () => Promise.resolve(''),
      },
    });
    return { code, text: lines.join('\n') };
  }

  it('needs two members of staff who have nothing to do with it, and a yes', async () => {
    const held = await city.granted(city.chen);
    const by = (decided: string, approved: string) => {
      const order = `withdraw ${held.id} --decided-by ${decided} --approved-by ${approved}`;
      return [...order.split(' '), '--reason', '示财撤〔2026〕1号'];
    };
    expect(await run('withdraw', held.id)).toMatchObject({ code: 2 });
    expect(await run(...by('chen', 'officer-two'), '--yes')).toMatchObject({ code: 1 });
    expect((await run(...by('officer-one', 'officer-one'), '--yes')).text).toContain('same person');
    await stores.reviewer('officer-chen', named('陈体验').number);
    const involved = await run(...by('officer-one', 'officer-chen'), '--yes');
    expect(involved.text).toContain('may act for the organisation');
    const asked = await run(...by('officer-one', 'officer-two'));
    expect(asked.text).toContain('--yes');
    expect(await city.heldIds(city.chen)).toContain(held.id);
    expect((await run('list', city.chen.entityId)).text).toContain(held.id);
    expect(await run(...by('officer-one', 'officer-two'), '--yes')).toMatchObject({ code: 0 });
    expect(await city.heldIds(city.chen)).not.toContain(held.id);
    const again = await run(...by('officer-one', 'officer-two'), '--yes');
    expect(again).toMatchObject({ code: 1 });
    const record = await stores.storage.database
      .collection('auditRecords')
      .findOne({ type: 'intermediaries.ended', reason: 'withdrawn' });
    expect(record).toMatchObject({ actor: city.one(), subject: city.chen.entityId });
  });

  it('takes the renewal that was approved along, and races with an expiry to one end', async () => {
    const former = await city.granted(city.chen, city.factsOf({ validUntil: city.day(5) }));
    const next = city.factsOf({ validFrom: city.day(6), validUntil: city.day(60) });
    const renewal = await stores.sent({ ...city.chen, renews: former.id }, next);
    await stores.decide(city.two(), renewal);
    const [decidedBy, approvedBy] = [
      await stores.accounts.findById(city.one()),
      await stores.accounts.findById(city.two()),
    ];
    if (!decidedBy || !approvedBy) throw new Error('no staff');
    const order = { id: former.id, decidedBy, approvedBy, grounds: 'G1' };
    expect(await withdrawQualification(stores.deps, order)).toMatchObject({ ok: true, count: 2 });
    const ids = await city.heldIds(city.chen);
    expect(ids.includes(former.id) || ids.includes(renewal.id)).toBe(false);
    const anew = { number: `ANEW-${city.sequence}` };
    const first = await city.granted(city.chen, city.factsOf(anew));
    const second = await city.granted(
      city.chen,
      city.factsOf({ ...anew, validUntil: city.day(20) }),
    );
    expect(await withdrawQualification(stores.deps, { ...order, id: second.id })).toMatchObject({
      count: 2,
    });
    expect(await stores.again(first.id)).toMatchObject({ endedFor: 'withdrawn' });
    const bare = { kind: 'bidding', number: undefined };
    const unnumbered = await city.granted(city.chen, city.factsOf(bare));
    const another = await city.granted(city.chen, city.factsOf(bare));
    await withdrawQualification(stores.deps, { ...order, id: unnumbered.id });
    expect(await stores.again(another.id)).toMatchObject({ endedFor: 'withdrawn' });
    const racing = await city.granted(
      city.chen,
      city.factsOf({ number: `LAST-${city.sequence}`, validUntil: city.day(0) }),
    );
    const left = (endsAt(racing).getTime() - stores.clock.now().getTime()) / 1000;
    stores.clock.advance(left);
    await Promise.all([
      endOverdue(stores.deps),
      withdrawQualification(stores.deps, { ...order, id: racing.id }),
    ]);
    expect(await stores.again(racing.id)).toMatchObject({ endedFor: 'expired' });
  });
});
