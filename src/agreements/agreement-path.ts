// Where an agreement can be read.
import type { AgreementName } from './agreement-book.ts';

/** @param version of a former text; absent: the one in force */
export function agreementPath(name: AgreementName, version?: number): string {
  return version === undefined ? `/agreements/${name}` : `/agreements/${name}/${version}`;
}
