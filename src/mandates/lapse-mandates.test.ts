// Whoever is verified no more, displaced or gone has no power over an organisation, from that very
// transaction on.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { named, personOf } from '../../test/support/entity-city.ts';
import { ADDRESS as address, openEntityStores } from '../../test/support/entity-stores.ts';
import type { EntityProcess, EntityStores } from '../../test/support/entity-stores.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { closeAccount, deleteAccount } from '../accounts/operate-account.ts';
import { commandHoldings } from '../app/command-holdings.ts';
import { MESSAGE_OUTBOX } from '../notification/message-store.ts';
import { answerInvitation } from './answer-invitation.ts';
import { inviteAdministrator } from './appoint.ts';
import { settleMandates } from './lapse-mandates.ts';

const { uri } = migratedDatabase();
let stores: EntityStores;
let storage: EntityStores['storage'];
let accounts: AccountStore;

beforeAll(async () => {
  stores = await openEntityStores(uri, [
    personOf('chen', '陈体验'),
    personOf('ayinuer', '阿依努尔·示例'),
    personOf('hezhang', '何长者'),
    personOf('wang', '王演示'),
  ]);
  ({ storage, accounts } = stores);
});
afterAll(() => stores.close());

describe('who loses what a mandate rests on', () => {
  const LOW = { level: 2, origin: { source: 'person', grade: 'D' } } as const;
  const BY = { actor: 'operator' };
  let deps: EntityProcess;
  let entityId: string;

  beforeAll(async () => {
    ({ deps, entityId } = await stores.registered('ayinuer', '阿依努尔·示例'));
  });

  async function appoint(inviter: string, login: string, name: string) {
    const typed = named(name);
    const given = { entityId, typed, address };
    expect(await inviteAdministrator(deps, await stores.personCalled(inviter), given)).toEqual({
      ok: true,
    });
    const [offer] = await deps.invitations.open({ entityId });
    const invitationId = offer?.id ?? '';
    return answerInvitation(deps, await stores.personCalled(login), {
      invitationId,
      isAccepted: true,
      address,
    });
  }

  function noticesOf() {
    return storage.database.collection(MESSAGE_OUTBOX).countDocuments();
  }

  function lastEnded() {
    return storage.database
      .collection('auditRecords')
      .find({ type: 'mandates.ended' })
      .sort({ at: -1 })
      .limit(1)
      .next();
  }

  it('has it no more at once, with a record, and the others are told', async () => {
    expect(await appoint('ayinuer', 'hezhang', '何长者')).toBe('accepted');
    const person = await stores.personCalled('ayinuer');
    const before = await noticesOf();
    await accounts.setRealNameLevel(person.id, LOW, BY);
    expect(await deps.mandates.ofEntity(entityId)).toMatchObject([{ role: 'administrator' }]);
    expect(await lastEnded()).toMatchObject({ subject: entityId, reason: 'holder_level_fell' });
    // The person and the administrator, by mail and telephone as far as they have them.
    expect(await noticesOf()).toBeGreaterThanOrEqual(before + 2);
  });

  it('and a change that is not carried out takes nothing', async () => {
    const { id } = await stores.personCalled('hezhang');
    const failing = { ...BY, alongside: () => Promise.reject(new Error('no')) };
    await expect(accounts.setRealNameLevel(id, LOW, failing)).rejects.toThrow('no');
    expect(await deps.mandates.ofEntity(entityId)).toHaveLength(1);
  });

  it('gives no power away that was offered before', async () => {
    const inviter = await stores.personCalled('hezhang');
    const findById = async (id: string) => {
      const found = await accounts.findById(id);
      // Between the look at who invited and the answer.
      if (id === inviter.id) await accounts.lock(id, BY);
      return found;
    };
    const holdStanding: AccountStore['holdStanding'] = (...of) => accounts.holdStanding(...of);
    const findByLogin: AccountStore['findByLogin'] = (...of) => accounts.findByLogin(...of);
    const regular = deps;
    deps = {
      ...regular,
      accounts: Object.assign(Object.create(accounts), { findById, findByLogin, holdStanding }),
    };
    expect(await appoint('hezhang', 'wang', '王演示')).toBe('gone');
    deps = regular;
    await accounts.unlock(inviter.id, BY);
    const [offer] = await deps.invitations.open({ entityId });
    expect(offer).toBeDefined();
    await accounts.setRealNameLevel(inviter.id, LOW, BY);
    expect(await deps.invitations.open({ entityId })).toEqual([]);
    expect(await deps.mandates.ofEntity(entityId)).toEqual([]);
  });

  it('and in a race either comes first, never both', async () => {
    await accounts.setRealNameLevel(
      (await stores.personCalled('hezhang')).id,
      { ...LOW, level: 3 },
      BY,
    );
    const inviter = await stores.personCalled('hezhang');
    for (let round = 0; round < 5; round += 1) {
      await storage.database.transaction((session) =>
        deps.mandates.grant(
          { entityId, holderId: inviter.id, role: 'administrator', grantedBy: 'register' },
          session,
        ),
      );
      const [answer] = await Promise.all([
        appoint('hezhang', 'wang', '王演示').catch(() => 'gone'),
        storage.database.transaction(async (session) => {
          const held = await deps.mandates.between(entityId, inviter.id, session);
          if (held) await deps.mandates.end(held.id, 'removed', session);
        }),
      ]);
      const wang = await stores.personCalled('wang');
      const held = await deps.mandates.between(entityId, wang.id);
      expect(answer === 'accepted').toBe(held !== undefined);
      if (held) await storage.database.transaction((s) => deps.mandates.end(held.id, 'removed', s));
    }
  });

  it('by closing or removal of an account, or of the organisation, leaves records', async () => {
    const operated = { ...deps, holdings: commandHoldings(storage, 'operator') };
    const first = await stores.registered('wang', '王演示');
    const wang = await stores.personCalled('wang');
    expect(await closeAccount(operated, wang.id, BY)).toMatchObject({ ok: true });
    expect(await lastEnded()).toMatchObject({ subject: first.entityId, reason: 'holder_closed' });
    const second = await stores.registered('hezhang', '何长者');
    expect(await deleteAccount(operated, second.entityId, BY)).toMatchObject({ ok: true });
    expect(await lastEnded()).toMatchObject({ subject: second.entityId, reason: 'entity_closed' });
  });

  it('under the release before, which knew nothing of it, loses it soon after', async () => {
    const { id } = await stores.personCalled('chen');
    const mandate = {
      entityId,
      holderId: id,
      role: 'administrator',
      grantedBy: 'register',
    } as const;
    await storage.database.transaction((session) => deps.mandates.grant(mandate, session));
    const { database } = storage;
    await database
      .collection<{ _id: string }>('accounts')
      .updateOne({ _id: id }, { $set: { realNameLevel: 2 } });
    const { onStandingLost } = stores;
    expect(await settleMandates({ ...deps, onStandingLost }, '')).toBe('');
    expect(await deps.mandates.ofEntity(entityId)).toEqual([]);
    expect(await lastEnded()).toMatchObject({ reason: 'holder_level_fell' });
  });
});
