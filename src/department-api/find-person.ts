// Whose subject it is that a client names. The answer hardly ever changes, and whether the client still
// knows the person is looked at each time, together with everything else that is read.
import type { ConsentStore, SubjectOf } from '../consent/consent-store.ts';
import { BoundedMap } from '../platform/bounded-map.ts';

const MOST_REMEMBERED = 10_000;

interface NamedSubject {
  clientId: string;
  subject: string;
}

export class PersonFinder {
  readonly #consents: Pick<ConsentStore, 'find' | 'accountOfSubject'>;
  readonly #known = new BoundedMap<string, string>(MOST_REMEMBERED);

  constructor(consents: Pick<ConsentStore, 'find' | 'accountOfSubject'>) {
    this.#consents = consents;
  }

  /** Account id of who it was when this was asked before: a guess. */
  guess(of: NamedSubject): string | undefined {
    return this.#known.get(keyOf(of));
  }

  /** Account id of the person, as far as the client knows him now. */
  async find(of: NamedSubject, subjectOf: SubjectOf): Promise<string | undefined> {
    const { clientId, subject } = of;
    const known = this.guess(of);
    if (known !== undefined && subjectOf(known) === subject) {
      if (await this.#consents.find(known, clientId)) return known;
    }
    const found = await this.#consents.accountOfSubject(of, subjectOf);
    if (found === undefined) this.#known.delete(keyOf(of));
    else this.#known.set(keyOf(of), found);
    return found;
  }
}

function keyOf({ clientId, subject }: NamedSubject): string {
  return `${clientId}\0${subject}`;
}
