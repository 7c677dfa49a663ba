// What people agree to: the text in force, who has to be asked again, and the record of a yes.
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { AgreementBook, AgreementName, AgreementVersion } from './agreement-book.ts';
import type { Acceptance, AgreementStore } from './agreement-store.ts';

export interface AgreementsDependencies {
  book: AgreementBook;
  acceptances: AgreementStore;
  database: Pick<Database, 'transaction'>;
  audit: AuditLog;
  clock: Clock;
}

export interface GivenAcceptance {
  accountId: string;
  name: AgreementName;
  /** As it stood on the page that was agreed to. */
  version: number;
  language: Locale;
  /** Network address of the person. */
  address: string;
}

/** `agreement_changed`: another version came into force while the page was open. */
export type AcceptOutcome = { ok: true } | { ok: false; reason: 'agreement_changed' };

export class Agreements {
  readonly #deps: AgreementsDependencies;

  constructor(deps: AgreementsDependencies) {
    this.#deps = deps;
  }

  current(name: AgreementName): AgreementVersion {
    return this.#deps.book.current(name);
  }

  find(name: AgreementName, version: number): AgreementVersion | undefined {
    return this.#deps.book.find(name, version);
  }

  /** Whether the account has to be asked: it accepted an older version, or none and all are asked. */
  async isDue(accountId: string, name: AgreementName): Promise<boolean> {
    const { book, acceptances } = this.#deps;
    const { version } = book.current(name);
    // Nobody can have accepted a version before the first.
    if (version === 1 && !book.asksExisting(name)) return false;
    const accepted = await acceptances.newestVersion(accountId, name);
    // Newer than ours: a process of the next release has asked already.
    return accepted === undefined ? book.asksExisting(name) : accepted < version;
  }

  async accept(given: GivenAcceptance): Promise<AcceptOutcome> {
    return this.#deps.database.transaction((session) => this.acceptWithin(session, given));
  }

  /** The same in the caller's transaction. Agreeing twice is harmless. */
  async acceptWithin(session: ClientSession, given: GivenAcceptance): Promise<AcceptOutcome> {
    const { book, acceptances, audit, clock } = this.#deps;
    const { accountId, name, version, language, address } = given;
    const current = book.current(name);
    if (current.version !== version) return { ok: false, reason: 'agreement_changed' };
    const acceptedAt = clock.now();
    const hash = current.hashes[language];
    const acceptance = { accountId, name, version, language, hash, acceptedAt };
    if (await acceptances.add(acceptance, session)) {
      await audit.record(
        {
          type: 'agreements.accepted',
          actor: accountId,
          address,
          result: 'done',
          details: { agreement: name, version, language },
        },
        session,
      );
    }
    return { ok: true };
  }

  acceptedBy(accountId: string): Promise<Acceptance[]> {
    return this.#deps.acceptances.listOf(accountId);
  }
}
