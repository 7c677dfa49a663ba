// What stands upon accounts in other domains and falls with them, in the transaction of the change.
import { AccountStore } from '../accounts/account-store.ts';
import type { OnAccountChanged } from '../accounts/account-change.ts';
import type { OnAccountTouched, OnStandingLost } from '../accounts/account-writer-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { signInsEndWithAccounts } from '../entity-sign-in/end-with-power.ts';
import { EvidenceFileStore } from '../evidence-files/evidence-file-store.ts';
import { qualificationLapse } from '../intermediaries/lapse-qualifications.ts';
import type { LapseQualificationsDependencies } from '../intermediaries/lapse-qualifications.ts';
import { QualificationStore } from '../intermediaries/qualification-store.ts';
import { mandateLapse } from '../mandates/lapse-mandates.ts';
import type { LapseMandatesDependencies } from '../mandates/lapse-mandates.ts';
import { openMandates } from '../mandates/open-mandates.ts';
import type { Mandates } from '../mandates/open-mandates.ts';
import { AccountNotices } from '../notification/account-notices.ts';
import type { AccountNoticesDependencies } from '../notification/account-notices.ts';
import { MessageStore } from '../notification/message-store.ts';
import { SecurityNotices } from '../notification/security-notices.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { localesFolder } from '../platform/http/http-app.ts';
import { loadWords } from '../platform/http/locale.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { ReviewCaseStore } from '../review/review-case-store.ts';
import { withdrawCase } from '../review/review-desk.ts';
import { accountAnnouncements } from './account-announcements.ts';
import { mandateHooks, signInEnds } from './mandate-hooks.ts';

interface StandingStores {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
  onAccountTouched?: OnAccountTouched | undefined;
}

/** `told` is asked for only when it is needed: it is made of the accounts that this is given to. */
export function standingUpon(
  stores: StandingStores,
  told: () => Pick<LapseMandatesDependencies, 'accounts' | 'notices'> &
    Pick<LapseQualificationsDependencies, 'accounts' | 'notices'>,
): { onStandingLost: OnStandingLost; onAccountChanged: OnAccountChanged; mandated: Mandates } {
  const mandated = openMandates(stores, mandateHooks(stores));
  const { mandates } = mandated;
  const { audit, clock } = stores;
  const qualifications = new QualificationStore(stores);
  const files = new EvidenceFileStore(stores);
  const cases = { ...stores, cases: new ReviewCaseStore(stores) };
  const withdraw: LapseQualificationsDependencies['withdraw'] = (id, session) =>
    withdrawCase(cases, { id, by: 'system', isDecidedToo: true }, session);
  const own = { mandates, audit, clock, qualifications, files, withdraw };
  const loseQualifications = qualificationLapse(() => ({ ...own, ...told() }));
  const loseMandates = mandateLapse(() => ({ ...mandated, audit, ...told() }));
  const endSignIns = signInsEndWithAccounts(signInEnds(stores));
  const onStandingLost: OnStandingLost = async (loss, session) => {
    await loseQualifications(loss, session);
    await loseMandates(loss, session);
    await endSignIns(loss, session);
  };
  return { onStandingLost, onAccountChanged: accountAnnouncements(stores), mandated };
}

/** For commands: the notices wait for the processes that run. */
export function commandAccounts(
  stores: StandingStores,
  notMeLink: AccountNoticesDependencies['notMeLink'] = () =>
    Promise.reject(new Error('no notice of these has one')),
): {
  accounts: AccountStore;
  onStandingLost: OnStandingLost;
  onAccountChanged: OnAccountChanged;
  notices: SecurityNotices;
  mandated: Mandates;
} {
  const { mandated, ...hooks } = standingUpon(stores, () => ({ accounts, notices }));
  const accounts = new AccountStore({ ...stores, ...hooks });
  const own = new AccountNotices({
    ...stores,
    accounts,
    messages: new MessageStore(stores),
    wake: () => undefined,
    notMeLink,
  });
  const words = loadWords(localesFolder);
  const notices = new SecurityNotices({ notices: own, words, clock: stores.clock });
  return { accounts, ...hooks, notices, mandated };
}
