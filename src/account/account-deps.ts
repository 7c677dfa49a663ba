// What the pages of the account centre need from the domains.
import type { Account } from '../accounts/account.ts';
import type { Certificate } from '../accounts/identity-number.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { Agreements } from '../agreements/agreements.ts';
import type { AuditStore } from '../audit/audit-store.ts';
import type { ClientRegistration } from '../clients/client-registration.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import type { ContactCodeDependencies } from '../credentials/contact-code.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { ActingGrantStore } from '../oidc/storage/acting-grant-store.ts';
import type { GrantRevocation } from '../oidc/storage/grant-revocation.ts';
import type { GrantStore } from '../oidc/storage/grant-store.ts';
import type { ParkedRequestStore } from '../oidc/storage/parked-request-store.ts';
import type { PeerDirectory } from '../peers/peer-directory.ts';
import type { ModeDirectory } from '../registration-mode/mode-directory.ts';
import type { Database } from '../platform/mongo.ts';
import type { ProvinceResidents } from '../registration-mode/province-residents.ts';
import type { SessionEnding } from '../sessions/session-ending.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { AccountClient } from './account-client.ts';
import type { AccountSessionStore } from './account-session-store.ts';
import type { LogoutTokens } from './logout-token.ts';
import type { PendingSignInDependencies } from './pending-sign-in.ts';

export interface AccountDependencies extends PendingSignInDependencies {
  issuer: string;
  database: Database;
  client: AccountClient;
  accountSessions: AccountSessionStore;
  logoutTokens: LogoutTokens;
  accounts: Pick<AccountStore, 'changeContact'> & {
    findById(id: string): Promise<Account | undefined>;
  };
  sessions: SessionStore;
  ending: SessionEnding;
  consents: ConsentStore;
  mandates: Pick<MandateStore, 'leaders'>;
  grants: GrantStore;
  actingGrants: Pick<ActingGrantStore, 'actingOfAccount' | 'actingUpon'>;
  revocation: GrantRevocation;
  clients: {
    find(clientId: string): unknown;
    registration(clientId: string): ClientRegistration | undefined;
  };
  parked: ParkedRequestStore;
  agreements: Pick<Agreements, 'acceptedBy' | 'find'>;
  audit: AuditStore;
  credentials: Credentials;
  notices: SecurityNotices;
  /** When a merge that waits takes effect, if one does. */
  mergeReadyAt: (accountId: string) => Promise<Date | undefined>;
  sendCode: ContactCodeDependencies['sendCode'];
  /** What an authenticator shows beside the user name. */
  productName: string;
  /** What a peer that keeps the number has said at the sign-in of this session. */
  numberOfSession: (sessionKey: string, accountId: string) => Promise<Certificate | undefined>;
  /** Whose means the province keeps. */
  residents: Pick<ProvinceResidents, 'keptOf'>;
  /** Other platforms that people may come from. */
  peers: Pick<PeerDirectory, 'allActive'>;
  mode: Pick<ModeDirectory, 'province' | 'isOfShadows'>;
}
