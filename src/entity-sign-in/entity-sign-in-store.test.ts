import { expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { createLogger } from '../platform/logger.ts';
import { endStaleSignIns } from './end-sign-ins.ts';
import { ENTITY_SIGN_INS, EntitySignInStore } from './entity-sign-in-store.ts';

const stores = identityStores();

it('is looked at again, by one process at a time, only where something can end it', async () => {
  const signIns = new EntitySignInStore(stores);
  const noted = (reference: string, more: { personId?: string; endsAt?: Date } = {}) =>
    signIns.note({ entityId: 'company', means: 'licence', reference, path: [], ...more });
  const endless = await noted('a manager who is unknown here');
  const tied = await noted('a representative', { personId: 'person' });
  const ending = await noted('a certificate', { endsAt: stores.clock.now() });
  const due = { dueBy: stores.clock.now(), everySeconds: 2 };
  const rounds = await Promise.all([signIns.takeDue(10, due), signIns.takeDue(10, due)]);
  const ids = rounds.flat().map(({ id }) => id);
  expect(ids.toSorted()).toEqual([tied, ending].toSorted());
  expect(await signIns.has(endless)).toBe(true);
});

it('opens nothing from its end on, is the first that is taken up, and lives on when it is shown anew', async () => {
  const signIns = new EntitySignInStore(stores);
  const shown = { entityId: 'shop', means: 'licence', personId: 'owner', path: [] } as const;
  await signIns.note({ ...shown, reference: 'first' });
  const id = await signIns.note({ ...shown, reference: 'second' });
  const mark = () => stores.database.transaction((session) => signIns.markEnded(id, session));
  expect([await mark(), await mark()]).toEqual([true, false]);
  expect([await signIns.has(id), await signIns.use(id)]).toEqual([false, false]);
  const due = { dueBy: stores.clock.now(), everySeconds: 2 };
  expect(await signIns.takeDue(1, due)).toMatchObject([{ id, hasEnded: true }]);
  await signIns.note({ ...shown, reference: 'second' });
  await signIns.remove(id);
  expect(await signIns.use(id)).toBe(true);
});

it('is looked at in one round, however many are due', async () => {
  const { database, clock } = stores;
  const signIns = new EntitySignInStore(stores);
  const certificate = { entityId: 'many', means: 'certificate', path: [] } as const;
  const references = Array.from({ length: 600 }, (_, index) => `certificate ${index}`);
  const endsAt = clock.now();
  await Promise.all(
    references.map((reference) => signIns.note({ ...certificate, reference, endsAt })),
  );
  const ended: string[] = [];
  const deps = {
    ...stores,
    signIns,
    certificates: undefined,
    mandates: { between: () => Promise.resolve(undefined) },
    accounts: { findById: () => Promise.resolve(undefined) },
    ending: {
      endAllOfAccount: (id: string) => Promise.resolve(ended.push(id)),
    },
    logger: createLogger({ level: 'silent', service: 'test' }),
  };
  await endStaleSignIns(deps);
  expect(ended.filter((id) => id === 'many')).toHaveLength(600);
  expect(await database.collection(ENTITY_SIGN_INS).countDocuments({ entityId: 'many' })).toBe(0);
});
