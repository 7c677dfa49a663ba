// What a process remembers of interactions is theirs alone: their bytes are cut out of answers of the
// database, and a slice keeps the whole block that it was cut from.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migratedDatabase } from '../../../test/support/migrated-database.ts';
import { openProtocolStores } from '../../../test/support/protocol-stores.ts';
import type { ProtocolStores } from '../../../test/support/protocol-stores.ts';
import { ShiftedClock } from '../../../test/support/shifted-clock.ts';

const READ = 200;
const HOUR = 3600;

const { uri } = migratedDatabase();
let stores: ProtocolStores;

beforeAll(async () => {
  stores = await openProtocolStores(uri, new ShiftedClock());
});
afterAll(() => stores.database.close());

function heldByBuffers(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

test('interactions that were read keep none of what was read with them', async () => {
  const ids = Array.from({ length: READ }, (_, index) => `interaction-${index}-0123456789abcdef`);
  const content = { payload: { params: 'x'.repeat(300) }, expiresIn: HOUR };
  await Promise.all(ids.map((id) => stores.artefacts.save('Interaction', id, content)));
  const before = heldByBuffers();
  for (const id of ids) {
    expect(await stores.artefacts.find('Interaction', id)).toBeDefined();
    // Whatever else a process reads meanwhile fills the rest of the block.
    Buffer.allocUnsafe(Buffer.poolSize / 2 - 1);
    Buffer.allocUnsafe(Buffer.poolSize / 2 - 1);
  }
  expect(heldByBuffers() - before).toBeLessThan(READ * 4096);
});
