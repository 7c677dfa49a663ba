// What nobody can do to others with offers: hide theirs, flood them with messages, use up their share,
// or offer upon what an agency holds while it is locked.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { named } from '../../test/support/entity-city.ts';
import { ADDRESS as address } from '../../test/support/entity-stores.ts';
import { HandlerOffice } from '../../test/support/handler-office.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { inviteAdministrator } from './appoint.ts';
import { changeableMandate } from './change-term.ts';
import type { NewMandate } from './mandate-store.ts';

const { uri } = migratedDatabase();
let office: HandlerOffice;
let deps: HandlerOffice['deps'];
let entityId: string;

beforeAll(async () => {
  office = await HandlerOffice.open(uri);
  ({ deps, entityId } = office);
});
beforeEach(() => office.endAll());
afterAll(() => office.close());

type Put = Parameters<typeof deps.invitations.put>[0];

/** Past the form; whether each was taken. */
function put(invitations: readonly Partial<Put>[]): Promise<boolean[]> {
  const usual = { entityId, role: 'handler', invitedBy: 'somebody' } as const;
  return office.stores.storage.database.transaction(async (session) => {
    const taken: boolean[] = [];
    for (const [at, each] of invitations.entries()) {
      const invitee = { name: '某某', number: `number-${at}` };
      const made = await deps.invitations.put({ ...usual, invitee, ...each }, session);
      taken.push(made !== undefined);
    }
    return taken;
  });
}

function granted(mandate: NewMandate) {
  const { database } = office.stores.storage;
  return database.transaction((session) => deps.mandates.grant(mandate, session));
}

describe('offers', () => {
  it('under a wrong name hide nobody’s that names him rightly', async () => {
    const invitee = { ...named('何长者'), name: '不是他' };
    const wrong = Array.from({ length: 101 }, (_, at) => ({ entityId: `other-${at}`, invitee }));
    expect(await put(wrong)).not.toContain(false);
    expect(await office.offer('ayinuer', office.typed('何长者'))).toEqual({ ok: true });
    expect(await office.answer('hezhang')).toBe('accepted');
  });

  it('of an upload, and what comes of them, are recorded with upload and system', async () => {
    const imported = { importId: 'upload', clientId: 'hr', alongside: () => Promise.resolve() };
    const typed = office.typed('何长者');
    expect(await office.offer('ayinuer', typed, { imported })).toEqual({ ok: true });
    expect(await office.answer('hezhang')).toBe('accepted');
    const records = office.stores.storage.database.collection('auditRecords');
    const found = records.find({ clientId: 'hr', 'details.import': 'upload' }).sort({ at: 1 });
    expect((await found.toArray()).map(({ type }) => String(type))).toEqual([
      'mandates.invited',
      'mandates.granted',
    ]);
  });

  it('of one organisation to one person are three at most, also at once', async () => {
    const scopes = [['tax.file'], ['social.enrol'], ['social.enrol', 'tax.file']];
    const forms = [
      ...scopes.map((services) => office.typed('赵样本', { services })),
      ...scopes.map((services) =>
        office.typed('赵样本', { services, clientScope: 'some', clients: ['hall'] }),
      ),
    ];
    const outcomes = await Promise.all(forms.map((form) => office.offer('ayinuer', form)));
    const isOk = (outcome: (typeof outcomes)[number]) => typeof outcome === 'object' && outcome.ok;
    expect(outcomes.filter(isOk)).toHaveLength(3);
    expect(await deps.invitations.open({ entityId })).toHaveLength(3);
    expect(await office.offer('ayinuer', office.typed('陈体验'))).toEqual({ ok: true });
  });

  it('of one organisation to one person are told once a day', async () => {
    const told: string[] = [];
    const notices = {
      mandateChanged: (of: { template: string }) => notices.mandatesChanged([of]),
      mandatesChanged: (all: readonly { template: string }[]) => {
        told.push(...all.map(({ template }) => template));
        return Promise.resolve(() => undefined);
      },
    };
    const owner = await office.stores.personCalled('ayinuer');
    const given = { entityId, typed: named('林新办'), address };
    const invite = () => inviteAdministrator({ ...deps, notices }, owner, given);
    expect(await invite()).toEqual({ ok: true });
    expect(await invite()).toEqual({ ok: true });
    expect(told).toEqual(['mandate_offered']);
    office.stores.clock.advance(86_400);
    expect(await invite()).toEqual({ ok: true });
    expect(told).toEqual(['mandate_offered', 'mandate_offered']);
  });

  it('that handlers pass on take nothing of the share of who acts for the whole', async () => {
    const upon = (parentId: string, count: number) =>
      Array.from({ length: count }, (_, at) => ({
        invitee: { name: '某某', number: `${parentId}-${at}` },
        terms: { parentId },
      }));
    const first = await put(upon('first', 21));
    expect(first.filter(Boolean)).toHaveLength(20);
    expect(first.at(-1)).toBe(false);
    const others = ['second', 'third', 'fourth', 'fifth', 'sixth'].flatMap((id) => upon(id, 20));
    expect((await put(others)).filter(Boolean)).toHaveLength(80);
    expect(await office.offer('ayinuer', office.typed('赵样本'))).toEqual({ ok: true });
    const listed = await deps.invitations.open({ entityId });
    expect(listed.map(({ invitee }) => invitee.name)).toContain('赵样本');
  });

  it('upon what an agency holds count while the agency does', async () => {
    const { entityId: agencyId } = await office.stores.registered('chen', '陈体验');
    const facts = { entityId, role: 'handler', grantedBy: 'test', services: ['tax.file'] } as const;
    const expiresAt = new Date(deps.clock.now().getTime() + 30 * 86_400_000);
    const limited = { ...facts, expiresAt };
    const parent = await granted({ ...limited, holderId: agencyId, maySubdelegate: true });
    if (!parent) throw new Error('not granted');
    const { id: holderId } = await office.stores.personCalled('wang');
    const child = await granted({ ...limited, holderId, parentId: parent.id });
    const choices = { services: ['tax.file'], clients: ['hall'], parent, maySubdelegate: false };
    const offer = (name: string) => office.offer('chen', office.typed(name), { parent, choices });
    expect(await offer('林新办')).toEqual({ ok: true });
    const leader = await office.stores.personCalled('chen');
    const change = () => changeableMandate(deps, leader, { mandateId: child?.id ?? '', address });
    const changeable = await change();
    expect(changeable).toBeDefined();
    await office.stores.accounts.lock(agencyId, { actor: 'operator' });
    expect(await offer('赵样本')).toBe('not_entitled');
    expect(await change()).toBeUndefined();
    expect(await office.answer('lin')).toBe('gone');
    await office.stores.accounts.unlock(agencyId, { actor: 'operator' });
    expect(await office.answer('lin')).toBe('accepted');
  });
});
