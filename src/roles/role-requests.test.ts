// Roles by two officers: who may ask and approve, what changes in between, and who is first.
import { describe, expect, it } from 'vitest';
import { rolesOffice, wants } from '../../test/support/roles-office.ts';
import { readRequestId, REQUEST_SECONDS } from './role-request.ts';

const office = rolesOffice();

describe('a request', () => {
  it('gives nothing before another officer approves it, and then once', async () => {
    const id = await office.ask(office.ann, wants(office.cai));
    expect(await office.rolesOf(office.cai)).toEqual([]);
    expect(await office.approve(office.ann, id)).toEqual({ ok: false, reason: 'same_officer' });
    expect(await office.approve(office.ben, id)).toMatchObject({ ok: true });
    expect(await office.rolesOf(office.cai)).toEqual(['reviewer']);
    expect(office.told).toEqual([{ accountId: office.cai.id, change: 'grant', role: 'reviewer' }]);
    expect(await office.approve(office.dan, id)).toEqual({ ok: false, reason: 'not_open' });
    const records = await office.stores.audit.listBySubject(
      office.cai.id,
      ['accounts.role_granted'],
      5,
    );
    expect(records).toMatchObject([
      {
        actor: office.ben.id,
        details: { role: 'reviewer', requestedBy: office.ann.id, request: id },
      },
    ]);
  });

  it('is never about oneself, on neither side', async () => {
    expect(await office.requests.ask(await office.fresh(office.ann), wants(office.ann))).toEqual({
      ok: false,
      reason: 'own',
    });
    expect(
      await office.approve(office.cai, await office.ask(office.ann, wants(office.cai))),
    ).toEqual({ ok: false, reason: 'own' });
    expect(await office.rolesOf(office.cai)).toEqual([]);
  });

  it('is not approved by a second account of who asked, also without a number', async () => {
    const [one, two] = [
      await office.staff({ name: '李双号' }),
      await office.staff({ name: '李双号' }),
    ];
    const other = await office.staff({ name: '李单号' });
    for (const { id } of [one, two, other]) office.staffIds.set(id, '10086');
    const id = await office.ask(one, wants(office.cai));
    expect(await office.approve(two, id)).toEqual({ ok: false, reason: 'same_officer' });
    const about = await office.fresh(one);
    expect(await office.requests.ask(about, wants(two))).toEqual({ ok: false, reason: 'own' });
    office.staffIds.set(two.id, '10087');
    expect(await office.approve(two, id)).toMatchObject({ ok: true });
    const next = await office.ask(one, wants(office.dan));
    expect(await office.approve(other, next)).toMatchObject({ ok: true });
  });

  it('of many who approve at once, one does, and the role is given once', async () => {
    const id = await office.ask(office.ann, wants(office.cai));
    const officers = await Promise.all([
      office.staff(),
      office.staff(),
      office.staff(),
      office.staff(),
      office.staff(),
    ]);
    const outcomes = await Promise.all(officers.map((officer) => office.approve(officer, id)));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(office.told.length).toBeGreaterThan(0);
    const records = await office.stores.audit.listBySubject(
      office.cai.id,
      ['accounts.role_granted'],
      9,
    );
    expect(records).toHaveLength(1);
  });

  it('that was withdrawn is approved by nobody, and a race has one end', async () => {
    const id = await office.ask(office.ann, wants(office.cai));
    expect(await office.requests.withdraw(await office.fresh(office.ann), id)).toMatchObject({
      ok: true,
    });
    expect(await office.approve(office.ben, id)).toEqual({ ok: false, reason: 'not_open' });
    const second = await office.ask(office.ann, wants(office.cai));
    const [approved, withdrawn] = await Promise.all([
      office.approve(office.ben, second),
      office.requests.withdraw(await office.fresh(office.ann), second),
    ]);
    expect([approved.ok, withdrawn.ok].filter(Boolean)).toHaveLength(1);
    expect((await office.rolesOf(office.cai)).length).toBe(approved.ok ? 1 : 0);
  });

  it('is over after a day, and makes room for another', async () => {
    const id = await office.ask(office.ann, wants(office.cai));
    office.stores.clock.advance(REQUEST_SECONDS);
    expect(await office.approve(office.ben, id)).toEqual({ ok: false, reason: 'not_open' });
    const again = await office.ask(office.ann, wants(office.cai));
    expect(again).not.toBe(id);
    expect(await office.approve(office.ben, again)).toMatchObject({ ok: true });
  });

  it('for the same is the same, also when two ask at once', async () => {
    const ids = await Promise.all([
      office.ask(office.ann, wants(office.cai)),
      office.ask(office.ben, wants(office.cai)),
      office.ask(office.ann, wants(office.cai)),
    ]);
    expect(new Set(ids).size).toBe(1);
    expect(await office.open.list()).toContainEqual(expect.objectContaining({ id: ids[0] }));
  });

  it('falls with whom it is about, and with who asked', async () => {
    const about = await office.ask(office.ann, wants(office.cai));
    await office.stores.accounts.lock(office.cai.id, { actor: 'operator' });
    expect(await office.approve(office.ben, about)).toEqual({ ok: false, reason: 'not_fit' });
    const by = await office.ask(office.ann, wants(office.dan));
    await office.stores.accounts.close(office.ann.id, { actor: 'operator' });
    expect(await office.approve(office.ben, by)).toEqual({ ok: false, reason: 'requester_left' });
    expect([...(await office.rolesOf(office.cai)), ...(await office.rolesOf(office.dan))]).toEqual(
      [],
    );
  });

  it('and a leaver: never a role for an account that was locked before', async () => {
    const id = await office.ask(office.ann, wants(office.cai));
    const [approved] = await Promise.all([
      office.approve(office.ben, id),
      office.stores.accounts.lock(office.cai.id, { actor: 'operator' }),
    ]);
    const events = ['accounts.role_granted', 'accounts.locked'] as const;
    const [latest] = await office.stores.audit.listBySubject(office.cai.id, [...events], 5);
    expect((await office.rolesOf(office.cai)).length).toBe(approved.ok ? 1 : 0);
    expect(latest?.type).toBe('accounts.locked');
  });
});

describe('who decides', () => {
  it('is any two of staff only until there are security administrators', async () => {
    await office.appoint(office.ann, 'securityAdministrator');
    const one = await office.ask(office.ben, wants(office.cai));
    expect(await office.approve(office.dan, one)).toEqual({ ok: false, reason: 'not_security' });
    expect(await office.approve(office.ann, one)).toMatchObject({ ok: true });
    await office.appoint(office.ben, 'securityAdministrator');
    const other = await office.requests.ask(await office.fresh(office.cai), wants(office.dan));
    expect(other).toEqual({ ok: false, reason: 'not_security' });
    const two = await office.ask(office.ben, wants(office.dan));
    expect(await office.approve(office.cai, two)).toEqual({ ok: false, reason: 'not_security' });
    expect(await office.approve(office.ann, two)).toMatchObject({ ok: true });
  });

  it('is not the beginning again when all of them are locked, only when they are closed', async () => {
    for (const who of [office.ann, office.ben]) {
      await office.appoint(who, 'securityAdministrator');
      await office.stores.accounts.lock(who.id, { actor: 'operator' });
    }
    const asked = async () =>
      office.requests.ask(await office.fresh(office.cai), wants(office.dan));
    expect(await asked()).toEqual({ ok: false, reason: 'not_security' });
    await office.stores.accounts.close(office.ann.id, { actor: 'operator' });
    expect(
      await office.approve(office.dan, await office.ask(office.cai, wants(await office.staff()))),
    ).toEqual({ ok: false, reason: 'not_security' });
    await office.stores.accounts.close(office.ben.id, { actor: 'operator' });
    expect(await asked()).toMatchObject({ ok: true });
  });

  it('takes two to end a power, one to end what is less', async () => {
    await office.appoint(office.cai, 'auditAdministrator');
    await office.appoint(office.dan, 'reviewer');
    const ended = await office.requests.ask(
      await office.fresh(office.ann),
      wants(office.dan, 'reviewer', 'revoke'),
    );
    expect(ended).toEqual({ ok: true, isDone: true });
    const id = await office.ask(office.ann, wants(office.cai, 'auditAdministrator', 'revoke'));
    expect(await office.rolesOf(office.cai)).toEqual(['auditAdministrator']);
    expect(await office.approve(office.ben, id)).toMatchObject({ ok: true });
    expect([...(await office.rolesOf(office.cai)), ...(await office.rolesOf(office.dan))]).toEqual(
      [],
    );
  });

  it('is the security administrator, also where one officer is enough and there is no other', async () => {
    await office.appoint(office.ann, 'securityAdministrator');
    await office.appoint(office.dan, 'reviewer');
    const wanted = wants(office.dan, 'reviewer', 'revoke');
    const outcome = await office.requests.ask(await office.fresh(office.ben), wanted);
    expect(outcome).toEqual({ ok: false, reason: 'not_security' });
    expect(await office.requests.ask(await office.fresh(office.ann), wanted)).toEqual({
      ok: true,
      isDone: true,
    });
  });
});

describe('the three powers', () => {
  const powers = ['systemAdministrator', 'securityAdministrator', 'auditAdministrator'] as const;
  it.each(powers)('%s goes with no other', async (held) => {
    await office.appoint(office.cai, held);
    for (const wanted of powers.filter((power) => power !== held)) {
      const outcome = await office.requests.ask(
        await office.fresh(office.ann),
        wants(office.cai, wanted),
      );
      expect(outcome).toEqual({ ok: false, reason: 'role_in_the_way' });
    }
  });

  it('two that were asked for at once do not both come about', async () => {
    const ids = [
      await office.ask(office.ann, wants(office.cai, 'systemAdministrator')),
      await office.ask(office.ann, wants(office.cai, 'auditAdministrator')),
    ];
    const outcomes = await Promise.all(ids.map((id) => office.approve(office.ben, id)));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await office.rolesOf(office.cai)).toHaveLength(1);
  });

  it('who watches the records reviews nothing', async () => {
    await office.appoint(office.cai, 'reviewer');
    const outcome = await office.requests.ask(
      await office.fresh(office.ann),
      wants(office.cai, 'auditAdministrator'),
    );
    expect(outcome).toEqual({ ok: false, reason: 'role_in_the_way' });
  });
});

describe('the number of a request', () => {
  it.each([
    ['bdfg-klmn', 'BDFG-KLMN'],
    ['ＢＤＦＧ klmn', 'BDFG-KLMN'],
    ['BDFGKLMN', 'BDFG-KLMN'],
    ['BDFG-KLM', undefined],
    ['AEIO-UAEI', undefined],
    ['', undefined],
  ])('%s', (typed, id) => {
    expect(readRequestId(typed)).toBe(id);
  });
});
