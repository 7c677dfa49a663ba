// What one holds for one organisation: the question that is asked most about mandates. It shares its
// command with whatever else is read at the time.
import { readSharing } from '../platform/grouped-reads-store.ts';
import type { SharedKey } from '../platform/grouped-reads-store.ts';
import type { Database } from '../platform/mongo.ts';
import { counts, MANDATES } from './mandate-document.ts';
import type { MandateDocument } from './mandate-document.ts';

interface Pair {
  entityId: string;
  /** The holder. */
  personId: string;
}

const BETWEEN: SharedKey<MandateDocument> = {
  field: 'between',
  valuesOf: (document) => (document.isActive === true ? [valueOf(document)] : []),
  filterOf: (values) => {
    const pairs = values.map((value) => {
      const [personId = '', entityId = ''] = value.split('\0');
      return { personId, entityId };
    });
    return pairs.length === 1 ? { isActive: true, ...pairs[0] } : { isActive: true, $or: pairs };
  },
};

function valueOf({ personId, entityId }: Pair): string {
  return `${personId}\0${entityId}`;
}

/** That count at this time, oldest first. */
export async function mandatesBetween(
  database: Database,
  pair: Pair,
  now: Date,
): Promise<MandateDocument[]> {
  const wanted = { key: BETWEEN, value: valueOf(pair) };
  const found = await readSharing<MandateDocument>(database, MANDATES, wanted);
  return found
    .filter((document) => counts(document, now))
    .toSorted((a, b) => a.since.getTime() - b.since.getTime());
}
