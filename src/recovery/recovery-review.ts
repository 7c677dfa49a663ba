// The last way online for who has lost everything and cannot be compared by face: papers for staff.
// Name and number of a leaked list, and a good forgery, must not do: two reviewers have to agree, and
// then only the waiting time begins, in which everybody whom the account can reach may object. Nobody
// learns whether there is an account: what is done for one that is not there looks the same.
import { PERSON_PRESENT_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import { addressScope } from '../credentials/sign-in-budgets.ts';
import { contactOf } from '../credentials/journey-contact.ts';
import { secondFactorsOf } from '../credentials/second-factor.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import { handIn, remarkText } from '../papers/hand-in.ts';
import type { SendPapersOutcome } from '../papers/hand-in.ts';
import { missingSlots, PaperFiles } from '../papers/paper-files.ts';
import type { PaperPlace, SlotRule } from '../papers/paper-files.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { allOrNothing } from '../platform/overtaken.ts';
import type {
  CarryOutcome,
  DecisionHandler,
  FieldTexts,
  ReviewCase,
} from '../review/review-case.ts';
import type { ReviewDesk } from '../review/review-desk.ts';
import { RESIDENT_ID } from '../verification/identity-form.ts';
import type { IdentityClaim } from '../verification/provider.ts';
import { reviewSlots, slotsOf } from '../verification/review-slots.ts';
import type { ReviewSlot } from '../verification/review-slots.ts';
import type { PendingContact } from './pending-recovery-store.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import type { Recovery } from './recovery-store.ts';
import { isRecoverable } from './recovery-target.ts';
import { beginReviewedWait } from './wait-for-account.ts';
import type { WaitDependencies } from './wait-for-account.ts';

export interface RecoveryReviewDependencies extends WaitDependencies {
  accounts: Pick<RecoveryDependencies['accounts'], 'findById' | 'findByIdentity'>;
  recoveries: RecoveryDependencies['recoveries'];
  credentials: Credentials;
  database: Pick<Database, 'transaction'>;
  desk: Pick<ReviewDesk, 'open' | 'supply' | 'statusOf' | 'ownCase'>;
  files: EvidenceFiles;
}

export interface SentPapers {
  claim: IdentityClaim;
  birthDate: string;
  remark: string;
  /** Of the person's browser. */
  address: string;
}

const KIND = 'recovery';
const DAY = 86_400;
/** A stranger who knows the number stands in its owner's way at one place only, or for a week. */
const OF_NUMBER_AND_PLACE = { attempts: 3, windowSeconds: DAY };
const OF_NUMBER = { attempts: 10, windowSeconds: 7 * DAY };
const OF_PLACE = { attempts: 20, windowSeconds: DAY };

export class RecoveryReview {
  readonly papers: PaperFiles<ReviewSlot>;
  readonly #deps: RecoveryReviewDependencies;

  constructor(deps: RecoveryReviewDependencies) {
    this.#deps = deps;
    this.papers = new PaperFiles(deps.files, reviewSlots);
  }

  /** Whatever a review may give elsewhere: here the person has to be seen. */
  get slots(): SlotRule<ReviewSlot>[] {
    return slotsOf(RESIDENT_ID, PERSON_PRESENT_LEVEL);
  }

  /** The person has agreed. */
  async send(recovery: Recovery, sent: SentPapers): Promise<SendPapersOutcome<ReviewSlot>> {
    const papers = await this.papers.waiting(placeOf(recovery));
    const slots = missingSlots(this.slots, papers);
    if (slots.length > 0) return { ok: false, reason: 'files_missing', slots };
    const { budgets } = this.#deps.credentials;
    const taken = await budgets.reserve(rulesOf(sent));
    if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
    const fileIds = papers.map(({ id }) => id);
    const isSent = await this.#hand(recovery, { ...sent, fileIds });
    if (!isSent) await budgets.giveBack(taken.reservations);
    return isSent ? { ok: true } : { ok: false, reason: 'changed_meanwhile' };
  }

  /** For the desk; see keepingFiles. Who sent papers hears of nothing but the waiting time. */
  get handler(): DecisionHandler {
    return {
      tellsItself: true,
      approve: (reviewCase, session) => this.#approve(reviewCase, session),
      reject: () => Promise.resolve({ ok: true }),
    };
  }

  async #hand(recovery: Recovery, of: SentPapers & { fileIds: string[] }): Promise<boolean> {
    const { database, recoveries } = this.#deps;
    const account = await this.#accountOf(of.claim);
    const given = account && (await this.#caseFor(account, { recovery, papers: of }));
    return allOrNothing(database, async (session) => {
      const to = { stage: 'sent', content: recovery } as const;
      if (!(await recoveries.move(recovery, to, session))) return false;
      if (given) await this.#keep(session, { ...given, recovery, of });
      else await this.#drop(session, { recovery, of });
      return true;
    });
  }

  /** A case where staff asked for more is gone on with; any other stays as it is. */
  async #caseFor(
    account: Account,
    { recovery, papers }: { recovery: Recovery; papers: SentPapers },
  ): Promise<{ account: Account; askedId: string | undefined; claimed: FieldTexts }> {
    const { desk, credentials } = this.#deps;
    const contact = contactTexts(contactOf(recovery));
    const { hasTotp, hasPasskey } = await secondFactorsOf(credentials, account.id);
    const lost = ['password', ...(hasTotp ? ['totp'] : []), ...(hasPasskey ? ['passkey'] : [])];
    const { name, certificate } = papers.claim;
    const claimed = {
      name,
      certificateType: certificate.type,
      certificateNumber: certificate.number,
      birthDate: papers.birthDate,
      ...contact,
      lostFactors: lost.join(', '),
      ...remarkText(papers.remark),
    };
    const asked = (await desk.statusOf(account.id)).filter(
      ({ kind, state }) => kind === KIND && state === 'more_needed',
    );
    for (const { id } of asked) {
      const before = await desk.ownCase(id, account.id);
      const isSame =
        before?.claimed.newPhone === claimed.newPhone &&
        before?.claimed.newEmail === claimed.newEmail;
      if (isSame) return { account, askedId: id, claimed };
    }
    return { account, askedId: undefined, claimed };
  }

  /** @throws Overtaken */
  async #keep(
    session: ClientSession,
    given: {
      account: Account;
      askedId: string | undefined;
      claimed: FieldTexts;
      recovery: Recovery;
      of: SentPapers & { fileIds: string[] };
    },
  ): Promise<void> {
    const { account, askedId, claimed, recovery, of } = given;
    const answers = [accountAnswer(account, of.claim, this.#deps.clock.now())];
    const opened = { kind: KIND, involvedIds: [], answers, approvals: 2 } as const;
    const handed = {
      applicantId: account.id,
      claimed,
      fileIds: of.fileIds,
      to: askedId === undefined ? opened : { caseId: askedId },
      consent: { item: 'recovery_review', address: of.address },
      anonymousOwnerId: placeOf(recovery).ownerId,
    };
    await handIn(this.#deps, handed, session);
  }

  /** Nobody looks at papers for an account that is not there. */
  async #drop(
    session: ClientSession,
    { recovery, of }: { recovery: Recovery; of: SentPapers },
  ): Promise<void> {
    await this.#deps.files.erase(placeOf(recovery).ownerId, session);
    const event = { type: 'recovery.refused', actor: 'anonymous', reason: 'no_account' } as const;
    await this.#deps.audit.record({ ...event, address: of.address, result: 'refused' }, session);
  }

  async #approve(
    { applicantId, claimed, decision }: ReviewCase,
    session: ClientSession,
  ): Promise<CarryOutcome> {
    const account = await this.#deps.accounts.findById(applicantId);
    const contact = contactIn(claimed);
    if (!decision || !contact) return { ok: false, reason: 'claim_incomplete' };
    if (!isRecoverable(account)) return { ok: false, reason: 'account_unknown' };
    if (account.certificate?.number !== claimed.certificateNumber) {
      return { ok: false, reason: 'identity_differs' };
    }
    const of = { accountId: account.id, contact, decidedBy: decision.by };
    return { ok: true, afterCommit: await beginReviewedWait(this.#deps, session, of) };
  }

  async #accountOf({ certificate }: IdentityClaim): Promise<Account | undefined> {
    const value = { value: certificate, source: 'review', grade: 'C' } as const;
    const { accounts } = this.#deps;
    const account = await accounts.findByIdentity('naturalPerson', { certificate: value });
    return isRecoverable(account) && !account.isWard ? account : undefined;
  }
}

function rulesOf({ claim: { certificate }, address }: SentPapers) {
  const { source } = addressScope(address);
  const number = `${certificate.type}:${certificate.number}`;
  return [
    { ...OF_NUMBER_AND_PLACE, key: `recover-review:${number}:${source}` },
    { ...OF_NUMBER, key: `recover-review-number:${number}` },
    { ...OF_PLACE, key: `recover-review-address:${source}` },
  ];
}

function accountAnswer(account: Account, { name, certificate }: IdentityClaim, at: Date) {
  const own = { name: account.name, certificateNumber: account.certificate?.number };
  const isSame = own.name === name && own.certificateNumber === certificate.number;
  const { phone, email } = account;
  return {
    source: 'account',
    outcome: isSame ? 'matched' : 'different',
    resultCode: isSame ? 'identity_same' : 'name_differs',
    at,
    values: {
      ...(own.name === undefined ? {} : { name: own.name }),
      ...(own.certificateNumber === undefined ? {} : { certificateNumber: own.certificateNumber }),
      ...(phone === undefined ? {} : { phone }),
      ...(email === undefined ? {} : { email }),
      realNameLevel: String(account.realNameLevel),
    },
  } as const;
}

function contactTexts({ channel, address }: PendingContact): FieldTexts {
  return channel === 'sms' ? { newPhone: address } : { newEmail: address };
}

function contactIn({ newPhone, newEmail }: FieldTexts): PendingContact | undefined {
  if (newPhone !== undefined) return { channel: 'sms', address: newPhone };
  return newEmail === undefined ? undefined : { channel: 'mail', address: newEmail };
}

/** Files belong to an account; who is not signed in has the recovery's key in its place. */
export function placeOf({ key }: Recovery): PaperPlace {
  return { ownerId: `recovery:${key}`, actor: 'anonymous' };
}
