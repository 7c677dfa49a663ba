// Intermediaries: what is refused and who is first, then what an approval gives and what ends it.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { named, personOf } from '../../test/support/entity-city.ts';
import { ADDRESS as address } from '../../test/support/entity-stores.ts';
import { openQualificationStores } from '../../test/support/qualification-stores.ts';
import type { QualificationStores } from '../../test/support/qualification-stores.ts';
import { cityDate } from '../accounts/age.ts';
import { MESSAGE_OUTBOX } from '../notification/message-store.ts';
import { loadWords } from '../platform/http/locale.ts';
import { beginApplication, giveUpApplication, rewriteApplication } from './apply-qualification.ts';
import { runIntermediariesCommand } from './intermediaries.commands.ts';
import { endsAt, shownState } from './qualification.ts';
import type { Qualification, QualificationFacts } from './qualification.ts';
import { endOverdue, tellOfEnding } from './qualification-expiry.ts';
import { withdrawQualification } from './withdraw-qualification.ts';

vi.setConfig({ testTimeout: 60_000 });

const { uri } = testDatabase();
const DAY = 86_400;
const REJECT = { verdict: 'reject', reason: 'evidence_unclear' } as const;
let stores: QualificationStores;
let reviewers: string[];
let chen: { entityId: string; login: string };
let lin: { entityId: string; login: string };
let sequence = 0;

beforeAll(async () => {
  stores = await openQualificationStores(uri, [
    personOf('chen', '陈体验'),
    personOf('lin', '林新办'),
    personOf('ayinuer', '阿依努尔·示例'),
  ]);
  chen = { login: 'chen', entityId: (await stores.registered('chen', '陈体验')).entityId };
  lin = { login: 'lin', entityId: (await stores.registered('lin', '林新办')).entityId };
  reviewers = [await stores.reviewer('officer-one'), await stores.reviewer('officer-two')];
});
afterAll(() => stores.close());
beforeEach(() => {
  sequence += 1;
});

const one = () => reviewers[0] ?? '';
const two = () => reviewers[1] ?? '';
const day = (offset: number) =>
  cityDate(new Date(stores.clock.now().getTime() + offset * DAY * 1000));

function factsOf(more: Partial<QualificationFacts> = {}): QualificationFacts {
  return {
    kind: 'bookkeeping',
    names: {
      kind: { 'zh-CN': '代理记账', en: 'Bookkeeping' },
      department: { 'zh-CN': '财政局', en: 'Finance Bureau' },
    },
    number: `DLJZ-${sequence}`,
    authority: '示例市财政局',
    validFrom: day(-10),
    validUntil: day(300),
    ...more,
  };
}

const granted = async (of = chen, facts = factsOf()) =>
  stores.decide(one(), await stores.sent(of, facts));

const heldIds = async ({ entityId }: { entityId: string }) =>
  (await stores.heldBy(entityId)).map(({ id }) => id);

const messages = () => stores.storage.database.collection(MESSAGE_OUTBOX).countDocuments();

/** Ends what a test has left open, so that the next can begin. */
async function giveUp(of: Qualification, login = 'chen'): Promise<boolean> {
  const { id: personId } = await stores.personCalled(login);
  return giveUpApplication(stores.deps, await stores.again(of.id), { personId, address });
}

describe('what may not be sent', () => {
  it('is without papers, by a stranger, or by somebody whose mandate ended meanwhile', async () => {
    const begun = await beginApplication(stores.deps, chen.entityId, { facts: factsOf() });
    if (!begun.ok) throw new Error(begun.reason);
    const draft = begun.qualification;
    expect(await stores.send(draft, 'chen')).toMatchObject({
      reason: 'files_missing',
      slots: ['qualification_certificate', 'qualification_letter'],
    });
    const { id: linId } = await stores.personCalled('lin');
    await stores.addPapers(draft, linId);
    expect(await stores.send(draft, 'chen')).toMatchObject({ reason: 'files_missing' });
    await stores.addPapers(draft);
    expect(await stores.send(draft, 'lin')).toEqual({ ok: false, reason: 'changed_meanwhile' });
    const helper = (await stores.personCalled('ayinuer')).id;
    const { database } = stores.storage;
    const mandate = await database.transaction((session) =>
      stores.deps.mandates.grant(
        { entityId: chen.entityId, personId: helper, role: 'administrator', grantedBy: 'test' },
        session,
      ),
    );
    await database.transaction((s) => stores.deps.mandates.end(mandate?.id ?? '', 'removed', s));
    expect(await stores.send(draft, 'ayinuer')).toMatchObject({ reason: 'changed_meanwhile' });
    expect(await database.collection('reviewCases').countDocuments()).toBe(0);
    expect(await stores.send(draft, 'chen')).toEqual({ ok: true });
    expect(await giveUp(draft)).toBe(true);
    expect(await stores.again(draft.id)).toMatchObject({ state: 'given_up' });
  });

  it('is a certificate whose term is over, and a second one of a kind under way', async () => {
    const over = await stores.drafted(chen.entityId, factsOf({ validUntil: day(-1) }));
    expect(await stores.send(over, 'chen')).toEqual({ ok: false, reason: 'term_over' });
    const rewritten = await rewriteApplication(stores.deps, over, factsOf());
    expect(rewritten).toMatchObject({ ok: true, qualification: { id: over.id } });
    expect(await rewriteApplication(stores.deps, over, factsOf())).toMatchObject({ ok: false });
    expect(await stores.send(await stores.again(over.id), 'chen')).toEqual({ ok: true });
    const second = await beginApplication(stores.deps, chen.entityId, { facts: factsOf() });
    expect(second).toEqual({ ok: false, reason: 'under_way', id: over.id });
    await giveUp(over);
  });

  it('fifty times at once is one case, and fifty forms make one draft', async () => {
    const { database } = stores.storage;
    const before = await database.collection('reviewCases').countDocuments();
    const begun = await Promise.all(
      Array.from({ length: 50 }, () =>
        beginApplication(stores.deps, chen.entityId, { facts: factsOf() }),
      ),
    );
    const ids = begun.flatMap((each) => (each.ok ? [each.qualification.id] : []));
    expect(new Set(ids).size).toBe(1);
    const open = await stores.deps.qualifications.openOf(chen.entityId, 'bookkeeping');
    if (!open) throw new Error('no draft');
    await stores.addPapers(open);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => stores.send(open, 'chen')));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await database.collection('reviewCases').countDocuments()).toBe(before + 1);
    await giveUp(open);
  });
});

describe('a decision', () => {
  it('is refused to who may act for the organisation, also since he voted', async () => {
    const numbered = await stores.reviewer('officer-chen', named('陈体验').number);
    const sent = await stores.sent(chen, factsOf());
    expect(await stores.vote(numbered, sent)).toMatchObject({ ok: false, reason: 'own_case' });
    const late = await stores.reviewer('officer-late', named('阿依努尔·示例').number);
    expect(await stores.vote(late, sent)).toMatchObject({ ok: true });
    const { id: personId } = await stores.personCalled('ayinuer');
    const facts = { entityId: chen.entityId, personId, grantedBy: 'test' } as const;
    const mandate = await stores.storage.database.transaction((session) =>
      stores.deps.mandates.grant({ ...facts, role: 'administrator' }, session),
    );
    await stores.carryOut();
    expect(await stores.cases.find(sent.caseId ?? '')).toMatchObject({
      state: 'pending',
      trouble: 'reviewer_involved',
    });
    expect(await heldIds(chen)).toEqual([]);
    await stores.storage.database.transaction((s) =>
      stores.deps.mandates.end(mandate?.id ?? '', 'removed', s),
    );
    await giveUp(sent);
  });

  it('without the word of the department makes nobody an intermediary', async () => {
    const sent = await stores.sent(chen, factsOf());
    const bare = { verdict: 'approve', reason: 'evidence_clear' } as const;
    expect(await stores.decide(one(), sent, bare)).toMatchObject({ state: 'sent' });
    const found = await stores.cases.find(sent.caseId ?? '');
    expect(found).toMatchObject({ state: 'pending', trouble: 'department_silent' });
    expect(await stores.decide(one(), sent, REJECT)).toMatchObject({ state: 'refused' });
    expect(await heldIds(chen)).toEqual([]);
  });

  it('and a withdrawal at once: one of them counts, and whole', async () => {
    for (let round = 0; round < 4; round += 1) {
      const sent = await stores.sent(chen, factsOf({ number: `RACE-${round}` }));
      await stores.vote(one(), sent);
      const [, isGivenUp] = await Promise.all([stores.carryOut(), giveUp(sent)]);
      const { state } = await stores.again(sent.id);
      expect(state).toBe(isGivenUp ? 'given_up' : 'active');
      expect((await heldIds(chen)).includes(sent.id)).toBe(!isGivenUp);
      const found = await stores.cases.find(sent.caseId ?? '');
      expect(found?.outcome).toBe(isGivenUp ? 'withdrawn' : 'approved');
    }
  });

  it('asked for more, goes back with other details and is approved with these', async () => {
    const sent = await stores.sent(lin, factsOf({ kind: 'patent' }));
    const ask = { verdict: 'ask', reason: 'correct_details', note: '编号有误' } as const;
    await stores.decide(one(), sent, ask);
    const number = `PATENT-${sequence}`;
    const asked = await stores.again(sent.id);
    const rewritten = await rewriteApplication(
      stores.deps,
      asked,
      factsOf({ kind: 'patent', number }),
    );
    if (!rewritten.ok) throw new Error(rewritten.reason);
    expect(await stores.send(rewritten.qualification, 'lin')).toEqual({ ok: true });
    const before = await messages();
    expect(await stores.decide(two(), sent)).toMatchObject({ state: 'active', number });
    expect(await messages()).toBeGreaterThan(before);
    expect(await stores.eventsOf(lin.entityId)).toEqual([
      'intermediaries.applied',
      'intermediaries.applied',
      'intermediaries.granted',
    ]);
    const account = await stores.accounts.findById(lin.entityId);
    expect(account?.subtype).toBe('individualBusiness');
    expect(account?.isIntermediaryAt(stores.clock.now())).toBe(true);
  });
});

describe('a number', () => {
  it('of two parallel approvals goes to one organisation', async () => {
    const facts = factsOf({ number: '  dljz(2026)9号 '.trim() });
    const other = factsOf({ number: 'DLJZ（2026）9号', authority: '示例市 财政局' });
    const [first, second] = [await stores.sent(chen, facts), await stores.sent(lin, other)];
    await stores.vote(one(), first);
    await stores.vote(two(), second);
    await Promise.all([stores.carryOut(), stores.carryOut()]);
    const states = [(await stores.again(first.id)).state, (await stores.again(second.id)).state];
    expect(states.toSorted()).toEqual(['active', 'sent']);
    const loser = states[0] === 'sent' ? first : second;
    expect(await stores.cases.find(loser.caseId ?? '')).toMatchObject({
      approvals: 2,
      trouble: 'number_held',
    });
    await giveUp(loser, loser.id === first.id ? 'chen' : 'lin');
  });

  it('is never taken away by a claim; its holder is told, and two reviewers decide', async () => {
    const holder = await granted(chen);
    const before = await messages();
    const claim = await stores.sent(lin, factsOf());
    expect(await messages()).toBeGreaterThan(before);
    expect(await stores.eventsOf(chen.entityId)).toContain('intermediaries.claimed');
    const opened = await stores.cases.find(claim.caseId ?? '');
    expect(opened).toMatchObject({ approvals: 2 });
    expect(opened?.involvedIds).toContain(chen.entityId);
    await stores.decide(one(), claim);
    expect(await heldIds(chen)).toContain(holder.id);
    expect(await stores.decide(two(), claim)).toMatchObject({ state: 'active' });
    expect(await stores.again(holder.id)).toMatchObject({ state: 'ended', endedFor: 'displaced' });
    expect(await heldIds(chen)).not.toContain(holder.id);
    expect(await heldIds(lin)).toContain(claim.id);
  });
});

describe('the end', () => {
  it('is at the turn of the day after the term, whatever runs; then it is marked and told', async () => {
    const held = await granted(chen, factsOf({ validUntil: day(2) }));
    const last = new Date(endsAt(held).getTime() - 1);
    const account = await stores.accounts.findById(chen.entityId);
    expect(account?.qualificationsAt(last).map(({ id }) => id)).toContain(held.id);
    expect(account?.qualificationsAt(endsAt(held)).map(({ id }) => id)).not.toContain(held.id);
    expect([shownState(held, last), shownState(held, endsAt(held))]).toEqual(['active', 'expired']);
    // Told once, within thirty days, and nothing ended.
    expect(await tellOfEnding({ ...stores.deps })).toBeGreaterThanOrEqual(1);
    expect(await tellOfEnding({ ...stores.deps })).toBe(0);
    expect(await endOverdue(stores.deps)).toBe(0);
    stores.clock.advance(3 * DAY);
    const before = await messages();
    const ended = await Promise.all([endOverdue(stores.deps), endOverdue(stores.deps)]);
    expect(ended[0] + ended[1]).toBe(1);
    expect(await messages()).toBeGreaterThan(before);
    expect(await stores.again(held.id)).toMatchObject({ state: 'ended', endedFor: 'expired' });
    expect(await heldIds(chen)).not.toContain(held.id);
  });

  it('is none when it was renewed in time, with the same number', async () => {
    const former = await granted(chen, factsOf({ validUntil: day(5) }));
    const next = factsOf({ validFrom: day(6), validUntil: day(400) });
    const renewal = await stores.sent({ ...chen, renews: former.id }, next);
    expect(renewal.lineId).toBe(former.lineId);
    expect((await stores.cases.find(renewal.caseId ?? ''))?.approvals).toBe(1);
    expect(await stores.decide(two(), renewal)).toMatchObject({ state: 'active', isHolder: true });
    const account = await stores.accounts.findById(chen.entityId);
    const at = (offset: number) => new Date(stores.clock.now().getTime() + offset * DAY * 1000);
    for (const offset of [0, 5, 6, 7]) {
      const ids = account?.qualificationsAt(at(offset)).map(({ id }) => id) ?? [];
      expect(ids.includes(former.id) || ids.includes(renewal.id), String(offset)).toBe(true);
    }
    const before = await messages();
    await tellOfEnding(stores.deps);
    stores.clock.advance(7 * DAY);
    expect(await endOverdue(stores.deps)).toBe(1);
    expect(await messages()).toBe(before);
    expect(await heldIds(chen)).toContain(renewal.id);
  });

  it('comes with the loss of the account’s identity, in one transaction, and ends what is under way', async () => {
    const { entityId } = await stores.registered('ayinuer', '阿依努尔·示例');
    const own = { entityId, login: 'ayinuer' };
    const held = await granted(own, factsOf({ kind: 'real_estate' }));
    const waiting = await stores.sent(own, factsOf({ kind: 'safety' }));
    await stores.vote(one(), waiting);
    const low = { level: 1, origin: { source: 'test', grade: 'D' } } as const;
    const failing = { actor: 'operator', alongside: () => Promise.reject(new Error('no')) };
    await expect(stores.accounts.setRealNameLevel(entityId, low, failing)).rejects.toThrow('no');
    expect(await heldIds(own)).toEqual([held.id]);
    await stores.accounts.setRealNameLevel(entityId, low, { actor: 'operator' });
    await stores.carryOut();
    expect(await heldIds(own)).toEqual([]);
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
    const held = await granted(chen);
    const by = (decided: string, approved: string) => [
      'withdraw',
      held.id,
      ...['--decided-by', decided, '--approved-by', approved, '--reason', '示财撤〔2026〕1号'],
    ];
    expect(await run('withdraw', held.id)).toMatchObject({ code: 2 });
    expect(await run(...by('chen', 'officer-two'), '--yes')).toMatchObject({ code: 1 });
    expect((await run(...by('officer-one', 'officer-one'), '--yes')).text).toContain('same person');
    const involved = await run(...by('officer-one', 'officer-chen'), '--yes');
    expect(involved.text).toContain('may act for the organisation');
    const asked = await run(...by('officer-one', 'officer-two'));
    expect(asked.text).toContain('--yes');
    expect(await heldIds(chen)).toContain(held.id);
    expect((await run('list', chen.entityId)).text).toContain(held.id);
    expect(await run(...by('officer-one', 'officer-two'), '--yes')).toMatchObject({ code: 0 });
    expect(await heldIds(chen)).not.toContain(held.id);
    const again = await run(...by('officer-one', 'officer-two'), '--yes');
    expect(again).toMatchObject({ code: 1 });
    const record = await stores.storage.database
      .collection('auditRecords')
      .findOne({ type: 'intermediaries.ended', reason: 'withdrawn' });
    expect(record).toMatchObject({ actor: one(), subject: chen.entityId });
  });

  it('takes the renewal that was approved along, and races with an expiry to one end', async () => {
    const former = await granted(chen, factsOf({ validUntil: day(5) }));
    const next = factsOf({ validFrom: day(6), validUntil: day(60) });
    const renewal = await stores.sent({ ...chen, renews: former.id }, next);
    await stores.decide(two(), renewal);
    const [decidedBy, approvedBy] = [
      await stores.accounts.findById(one()),
      await stores.accounts.findById(two()),
    ];
    if (!decidedBy || !approvedBy) throw new Error('no staff');
    const order = { id: former.id, decidedBy, approvedBy, grounds: 'G1' };
    expect(await withdrawQualification(stores.deps, order)).toMatchObject({ ok: true, count: 2 });
    const ids = await heldIds(chen);
    expect(ids.includes(former.id) || ids.includes(renewal.id)).toBe(false);
    const racing = await granted(chen, factsOf({ number: `LAST-${sequence}`, validUntil: day(0) }));
    const left = (endsAt(racing).getTime() - stores.clock.now().getTime()) / 1000;
    stores.clock.advance(left);
    await Promise.all([
      endOverdue(stores.deps),
      withdrawQualification(stores.deps, { ...order, id: racing.id }),
    ]);
    expect(await stores.again(racing.id)).toMatchObject({ endedFor: 'expired' });
  });
});
