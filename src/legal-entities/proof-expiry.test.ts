// Who acts for an organisation is told thirty days before what it has shown counts no more: once,
// however many processes look, and not when it was shown anew.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { personOf } from '../../test/support/entity-city.ts';
import { openEntityStores } from '../../test/support/entity-stores.ts';
import type { EntityStores } from '../../test/support/entity-stores.ts';
import { MESSAGE_OUTBOX } from '../notification/message-store.ts';
import { secondsFromNow } from '../platform/clock.ts';
import { hasEndingProof, PROOF_NOTICE_SECONDS, tellOfEndingProofs } from './proof-expiry.ts';

const { uri } = migratedDatabase();
const DAY_SECONDS = 86_400;
const SHOWN = { method: 'certificate', terminal: 'online', resultCode: 'ok' } as const;
let stores: EntityStores;

beforeAll(async () => {
  stores = await openEntityStores(uri, [personOf('zhao', '赵样本'), personOf('chen', '陈体验')]);
});
afterAll(() => stores.close());

function show(entityId: string, expiresAt: Date) {
  const { evidence, database } = stores.process();
  const certificate = { ...SHOWN, source: 'certificate', grade: 'A', level: 4, expiresAt } as const;
  return database.transaction((session) => evidence.insert(entityId, certificate, session));
}

function messages() {
  return stores.storage.database.collection(MESSAGE_OUTBOX).countDocuments();
}

describe('the end of what an organisation has shown', () => {
  it('is told of once, thirty days before', async () => {
    const { deps, entityId } = await stores.registered('zhao', '赵样本');
    const { clock } = stores.storage;
    await show(entityId, secondsFromNow(clock, PROOF_NOTICE_SECONDS + DAY_SECONDS));
    expect(await tellOfEndingProofs(deps)).toBe(0);
    expect(await hasEndingProof(deps, entityId)).toBe(false);
    stores.clock.advance(2 * DAY_SECONDS);
    expect(await hasEndingProof(deps, entityId)).toBe(true);
    const before = await messages();
    const rounds = await Promise.all(
      Array.from({ length: 8 }, () => tellOfEndingProofs(stores.process())),
    );
    expect(rounds.reduce((sum, told) => sum + told, 0)).toBe(1);
    // By phone and by mail, to the one person who acts for it.
    expect(await messages()).toBe(before + 2);
  });

  it('is not told of when it was shown anew', async () => {
    const { deps, entityId } = await stores.registered('chen', '陈体验');
    const { clock } = stores.storage;
    await show(entityId, secondsFromNow(clock, DAY_SECONDS));
    await show(entityId, secondsFromNow(clock, 12 * PROOF_NOTICE_SECONDS));
    const before = await messages();
    expect(await tellOfEndingProofs(deps)).toBe(0);
    expect(await hasEndingProof(deps, entityId)).toBe(false);
    expect(await messages()).toBe(before);
  });
});
