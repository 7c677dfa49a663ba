import { expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { EntitySignInStore } from './entity-sign-in-store.ts';

const stores = identityStores();

it('is looked at again, by one process at a time, only where something can end it', async () => {
  const signIns = new EntitySignInStore(stores);
  const noted = (reference: string, more: { personId?: string; endsAt?: Date } = {}) =>
    signIns.note({ entityId: 'company', means: 'licence', reference, path: [], ...more });
  const endless = await noted('a manager who is unknown here');
  const tied = await noted('a representative', { personId: 'person' });
  const ending = await noted('a certificate', { endsAt: stores.clock.now() });
  const rounds = await Promise.all([signIns.takeDue(10, 2), signIns.takeDue(10, 2)]);
  const ids = rounds.flat().map(({ id }) => id);
  expect(ids.toSorted()).toEqual([tied, ending].toSorted());
  expect(await signIns.has(endless)).toBe(true);
});
