// Stores and use cases of every domain, built on the foundation. `background` is what runs beside
// the requests; the application starts and stops it.
import type { Provider } from 'oidc-provider';
import { AccountEventOutbox } from '../account-events/account-event-outbox-store.ts';
import { AccountViewStore } from '../account-events/account-view-store.ts';
import { AccountStore } from '../accounts/account-store.ts';
import { AgreementBook } from '../agreements/agreement-book.ts';
import { AgreementStore } from '../agreements/agreement-store.ts';
import { Agreements } from '../agreements/agreements.ts';
import { ClientDirectory } from '../clients/client-directory.ts';
import { ClientStore } from '../clients/client-store.ts';
import { ServiceCatalogue } from '../clients/service-catalogue.ts';
import { LinkStore } from '../federation/link-store.ts';
import { EvidenceStore } from '../verification/evidence-store.ts';
import { provenanceOf } from '../verification/provenance.ts';
import { ConsentStore } from '../consent/consent-store.ts';
import { BudgetStore } from '../credentials/budget-store.ts';
import { openCredentials } from '../credentials/credentials.ts';
import { DepartmentStore } from '../directory/department-store.ts';
import { staffClaimOf } from '../directory/staff-claim.ts';
import { StaffStore } from '../directory/staff-store.ts';
import { EntitySignInStore } from '../entity-sign-in/entity-sign-in-store.ts';
import { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import { IdentityCopyStore } from '../federation/identity-copy-store.ts';
import { UpstreamSignInStore } from '../federation/upstream-sign-in-store.ts';
import { SigningKeyStore } from '../keys/signing-key-store.ts';
import { SigningKeyKeeper } from '../keys/signing-key-keeper.ts';
import { MandateEventOutbox } from '../mandate-events/mandate-event-outbox-store.ts';
import { AccountMergeStore } from '../merge/account-merge-store.ts';
import { openNotification } from '../notification/notification.ts';
import { toLibraryMetadata } from '../oidc/claims/client-extras.ts';
import { openProtocolStores } from '../oidc/protocol-stores.ts';
import { PeerDirectory } from '../peers/peer-directory.ts';
import { PeerStore } from '../peers/peer-store.ts';
import type { Config } from '../platform/config.ts';
import { ModeDirectory } from '../registration-mode/mode-directory.ts';
import { NumberNeeds } from '../registration-mode/number-need-store.ts';
import { ModeStore } from '../registration-mode/mode-store.ts';
import { agreementsFolder, localesFolder } from '../platform/http/http-app.ts';
import { loadWords } from '../platform/http/locale.ts';
import { openReview } from '../review/open-review.ts';
import { openMessageLinks } from '../recovery/message-links.ts';
import { issueLogout } from '../sessions/issue-logout.ts';
import { signInOfSession } from '../sessions/session-sign-in-store.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { Database } from '../platform/mongo.ts';
import { openSessions } from '../sessions/sessions.ts';
import { openStockAccounts } from '../stock-accounts/open-stock-accounts.ts';
import { openActingEnding } from './acting-ending.ts';
import type { Background } from './background.ts';
import type { Foundation } from './foundation.ts';
import { observeParts } from './observations.ts';
import { standingUpon } from './standing.ts';

export type Domains = Awaited<ReturnType<typeof openDomains>>;

/** `provider` is asked for only when it is needed: it is made of these, and needed by one. */
export async function openDomains(config: Config, base: Foundation, provider: () => Provider) {
  const { live, budgets, ...core } = openCore(base, config, provider);
  const { accounts, clients, notification, notices } = core;
  const { sessions, ending, activity } = live;
  const keySet = { signingKeys: new SigningKeyStore(base), policy: config.signingKeys };
  const [signingKeys, credentials] = await Promise.all([
    SigningKeyKeeper.open({ ...base, ...keySet }),
    openCredentials({ ...base, accounts, limits: config.limits }),
    clients.start(),
    core.peers.start(),
    core.mode.start(),
  ]);
  // The provider signs cookies itself.
  base.keyringWatcher.onChange(() => signingKeys.renew());
  const directory = { staff: new StaffStore(base), departments: new DepartmentStore(base) };
  const staffClaim = (accountId: string) => staffClaimOf(directory, accountId);
  const consents = new ConsentStore(base);
  const book = new AgreementBook(config.agreements.folder ?? agreementsFolder);
  const agreements = new Agreements({ ...base, book, acceptances: new AgreementStore(base) });
  const evidenceFiles = new EvidenceFiles(base, config.evidenceFiles);
  const review = openReview({ ...base, accounts, budgets, notices }, config.review);
  const oldAccounts = openStockAccounts({ ...base, credentials }, config);
  const work = [evidenceFiles, review, oldAccounts.work];
  const background: readonly Background[] = [signingKeys, live, notification, ...work];
  const mandateEvents = new MandateEventOutbox(base);
  const accountEvents = new AccountEventOutbox(base);
  const { messages } = notification;
  const told = { messages, mandate_events: mandateEvents, account_events: accountEvents };
  const outboxes = { logout: live.outbox, ...told };
  observeParts({ ...base, outboxes, hasher: credentials.hasher, signingKeys: keySet.signingKeys });
  const parts = {
    agreements,
    consents,
    mandateEvents,
    accountEvents,
    credentials,
    evidenceFiles,
    oldAccounts,
    review,
  };
  const mergeReadyAt = mergesOf(base);
  const asked = {
    ...knownOf(base),
    ...numbersOf(core, sessions, base.database),
    staffClaim,
    mergeReadyAt,
  };
  const own = { ...core, ...parts, ...asked, signingKeys };
  return { ...base, ...own, sessions, ending, activity, outbox: live.outbox, background };
}

/** What a peer that keeps the number has said at the sign-in that a session stands on. */
function numbersOf(
  { upstreamSignIns, copies }: { upstreamSignIns: UpstreamSignInStore; copies: IdentityCopyStore },
  sessions: Pick<SessionStore, 'findByUid'>,
  database: Database,
) {
  const saidAt = async (signInId: string | undefined, accountId: string) => {
    if (signInId === undefined || !(await upstreamSignIns.has(signInId))) return undefined;
    return copies.find(signInId, accountId);
  };
  return {
    numberOfSignIn: async (sessionUid: string, accountId: string) =>
      saidAt((await sessions.findByUid(sessionUid))?.upstreamSignInId, accountId),
    numberOfSession: async (sessionKey: string, accountId: string) =>
      saidAt(await signInOfSession(database, sessionKey), accountId),
  };
}

/** What is told of an account beside its attributes. */
function knownOf(base: Foundation) {
  const views = new AccountViewStore(base);
  const links = new LinkStore(base);
  const originOfLink = async (id: string) => {
    const link = await links.find(id);
    return link && (link.origin ?? link.issuer);
  };
  const of = { ...base, evidence: new EvidenceStore(base), originOfLink };
  return {
    accountView: (...key: Parameters<AccountViewStore['find']>) => views.find(...key),
    provenance: (accountId: string) => provenanceOf(of, accountId),
  };
}

/** When a merge that waits takes effect, for the first page of an account. */
function mergesOf(base: Foundation) {
  const merges = new AccountMergeStore(base);
  return async (accountId: string) => (await merges.waitingOf(accountId))?.readyAt;
}

/** Who has an account, who is signed in where, and how they are told. */
function openCore(base: Foundation, config: Config, provider: () => Provider) {
  const { logger } = base;
  const { mandated, ...hooks } = standingUpon(base, () => ({ accounts, notices }));
  const accounts: AccountStore = new AccountStore({ ...base, ...hooks });
  const clientStore = new ClientStore(base);
  const clients = new ClientDirectory({ clients: clientStore, logger, present: toLibraryMetadata });
  const peerStore = new PeerStore(base);
  const peers = new PeerDirectory({ peers: peerStore, logger });
  const words = loadWords(localesFolder, base.appearance);
  const modes = new ModeStore({ database: base.database, initialMode: config.initialMode });
  const mode = new ModeDirectory({ modes, peers, logger });
  const links = openMessageLinks(base);
  const budgets = new BudgetStore(base);
  const notification = openNotification({ ...base, budgets, words, accounts, ...links }, config);
  const { notices } = notification;
  const nameOf = (clientId: string) => clients.registration(clientId)?.client_name ?? clientId;
  const stores = openProtocolStores({
    ...base,
    onRefreshReused: (accountId, clientId) => notices.refreshReused(accountId, nameOf(clientId)),
    onDeviceApproved: ({ accountId, clientId }, transaction) =>
      notices.deviceApproved(accountId, nameOf(clientId), transaction),
  });
  const live = openSessions({
    ...base,
    grants: stores.revocation,
    issueLogout: (clientId, accountId, sid) =>
      issueLogout(provider(), { clientId, accountId, sid }),
  });
  const actingEnding = openActingEnding(base);
  const entitySignIns = new EntitySignInStore(base);
  const upstreamSignIns = new UpstreamSignInStore(base);
  const copies = new IdentityCopyStore(base);
  const numberNeeds = new NumberNeeds(base);
  const told = { notices, notification, words, ...links };
  const services = new ServiceCatalogue(config.services);
  const { mandateLimits } = config;
  const registered = { clientStore, clients, peerStore, peers, mode };
  const held = { accounts, ...registered, services, budgets, ...hooks };
  const power = { ...mandated, mandateLimits };
  return {
    ...stores,
    ...told,
    ...held,
    ...power,
    actingEnding,
    entitySignIns,
    upstreamSignIns,
    copies,
    numberNeeds,
    live,
  };
}
