// Where a domain keeps sealed values, so that they can be sealed anew under another key without
// knowing what they mean. src/app/sealed-places.ts lists them all, and a test looks for others.
import type { Document } from './mongo.ts';

export interface SealedPlace {
  collection: string;
  /** What of a document has to be read for `valuesOf`, as paths. */
  fields: readonly string[];
  /** Every sealed value of a document of the collection. */
  valuesOf: (document: Document) => SealedValue[];
}

export interface SealedValue {
  /** As in an update: `attributes.phone.sealed`, `history.0`. */
  path: string;
  sealed: Buffer;
  /** As it was given when the value was sealed. */
  context: string;
}
