// Mandates that nobody has ended, whatever their term says: what falls when that falls on which they
// rest. An agency or a large employer has thousands, so they come in pages.
import { BATCH } from '../platform/batches.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { filterOf, mandateOf, MANDATES } from './mandate-document.ts';
import type { MandateDocument, MandateFilter } from './mandate-document.ts';
import type { Mandate } from './mandate.ts';

/** As they were when the first page was asked for, also when they are ended page by page. */
export async function* standingMandates(
  database: Database,
  of: MandateFilter,
  session: ClientSession,
): AsyncGenerator<readonly Mandate[]> {
  const found = database
    .collection<MandateDocument>(MANDATES)
    .find({ ...filterOf(of), isActive: true }, { session })
    .sort({ _id: 1 })
    .batchSize(BATCH);
  let page: Mandate[] = [];
  for await (const document of found) {
    page.push(mandateOf(document));
    if (page.length < BATCH) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
