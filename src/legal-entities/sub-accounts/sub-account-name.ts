// What a branch or department is called: the name of the organisation stands before its own, so that
// nobody can be made to believe that it is anybody else's.

export type SubAccountNameProblem = `sub-account.problem.${'missing' | 'wrong' | 'too_long'}`;

export type OwnNameOutcome =
  | { ok: true; ownName: string }
  | { ok: false; key: SubAccountNameProblem };

/** Between the organisation's name and its own; no own name has one. */
const SEPARATOR = '·';
const MOST = 50;
/** Of an account. */
const MOST_TOGETHER = 200;
// What is written on doors: no signs that could look like the separator, or hide or turn anything.
const OWN_NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} （）()&、，,.#\-—]*$/u;

/** @param typed as in the form, e.g. 财务部 or 城南分公司 */
export function readOwnName(typed: string, parentName: string): OwnNameOutcome {
  const ownName = typed.normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
  if (ownName === '') return { ok: false, key: 'sub-account.problem.missing' };
  if (ownName.length > MOST) return { ok: false, key: 'sub-account.problem.too_long' };
  if (!OWN_NAME.test(ownName) || callsSomewhere(ownName)) {
    return { ok: false, key: 'sub-account.problem.wrong' };
  }
  return subAccountName(parentName, ownName).length > MOST_TOGETHER
    ? { ok: false, key: 'sub-account.problem.too_long' }
    : { ok: true, ownName };
}

/**
 * A telephone number or the address of a page: the name stands in messages of the city to whoever is
 * offered a mandate, and must not send them anywhere.
 */
function callsSomewhere(ownName: string): boolean {
  const plain = ownName.normalize('NFKC');
  return /\.\p{Script=Latin}{2}/u.test(plain) || /(?:\p{N}[^\p{L}\p{N}]*){5}/u.test(plain);
}

export function subAccountName(parentName: string, ownName: string): string {
  return `${parentName}${SEPARATOR}${ownName}`;
}

/** What stands after the name of the organisation. */
export function ownNameOf(name: string): string {
  return name.slice(name.lastIndexOf(SEPARATOR) + SEPARATOR.length);
}

/** Differences of width, case and spaces name nothing else. */
export function isSameOwnName(a: string, b: string): boolean {
  const plain = (name: string) => name.normalize('NFKC').replaceAll(/\s/gu, '').toLowerCase();
  return plain(a) === plain(b);
}
