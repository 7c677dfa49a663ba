// What the pages of an interaction need from the domains, as narrow as they use it.
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { Agreements } from '../agreements/agreements.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ServiceCatalogue } from '../clients/service-catalogue.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import type { NewPasswordChoice, NewPasswordOutcome } from '../credentials/change-password.ts';
import type {
  CodePlace,
  CodeRequest,
  Contact,
  SendCodeOutcome,
  VerifyCodeOutcome,
} from '../credentials/contact-code.ts';
import type { AddPasskeyOutcome, NewPasskeyAttempt } from '../credentials/manage-passkeys.ts';
import type { SignInCodeOutcome, SignInCodePlace } from '../credentials/sign-in-code.ts';
import type { PasskeyAttempt, PasskeyPlace, PasskeyResult } from '../credentials/verify-passkey.ts';
import type {
  OwnPasswordAttempt,
  PasswordAttempt,
  PasswordResult,
} from '../credentials/verify-password.ts';
import type { FindHome } from '../mutual-recognition/platform/find-home.ts';
import type { FederatedSignIn } from '../federation/federated-sign-in.ts';
import type { OrganisationSignIn } from '../entity-sign-in/organisation-sign-in.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import type { ModeDirectory } from '../registration-mode/mode-directory.ts';
import type { ProvinceResidents } from '../registration-mode/province-residents.ts';
import type { IdentitySuggestionStore } from '../oidc/identity/identity-suggestion-store.ts';
import type { GrantRevocation } from '../oidc/storage/grant-revocation.ts';
import type { GrantStore } from '../oidc/storage/grant-store.ts';
import type { ParkedRequestStore } from '../oidc/storage/parked-request-store.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { Clock } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SessionEnding } from '../sessions/session-ending.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { InteractionAccessDependencies } from './interaction-access.ts';
import type { PasswordDue } from './sign-in-steps.ts';

export type SecondFactorResult =
  | { ok: true; method?: 'totp' | 'recovery_code' }
  | { ok: false; reason: 'code_wrong' }
  | { ok: false; reason: 'budget_exhausted'; retryAfterSeconds: number };

/** What an account can be asked for beside its password. */
export interface AccountFactors {
  hasTotp: boolean;
  hasPasskey: boolean;
  hasRecoveryCodes: boolean;
}

export interface FactorAttempt {
  accountId: string;
  /** The interaction; an enrolment can only be confirmed where it was begun. */
  boundTo: string;
  code: string;
  address: string;
  deviceCookie?: string | undefined;
}

export interface PendingEnrolment {
  /** Base32. */
  secret: string;
  otpauthUrl: string;
}

export interface ProofForm {
  challenge: unknown;
  waitTicket: string;
  waitSeconds: number;
}

export interface InteractionDependencies extends InteractionAccessDependencies {
  accounts: Pick<AccountStore, 'findById' | 'findByIdentity' | 'subAccounts'>;
  passwords: {
    verify(attempt: PasswordAttempt): Promise<PasswordResult>;
    /** Of an account that another factor has found, on the same budgets. */
    verifyOwn(attempt: OwnPasswordAttempt): Promise<PasswordResult>;
    /** A proof of work for the form, when the next attempt will need one. */
    proofFor(of: { login: string; address: string }): Promise<ProofForm | undefined>;
    newProof(of: { failures: number; address: string }): Promise<ProofForm>;
    /** The credential as it is now; undefined when the account has none. */
    stateOf(accountId: string): Promise<{ revision: number; due?: PasswordDue } | undefined>;
    /** Replaces a password that was verified in this interaction. */
    choose(choice: NewPasswordChoice): Promise<NewPasswordOutcome>;
  };
  secondFactors: {
    ofAccount(accountId: string): Promise<AccountFactors>;
    verify(attempt: FactorAttempt): Promise<SecondFactorResult>;
    /** The enrolment this interaction has begun, or a new one. */
    begin(account: Account, boundTo: string): Promise<PendingEnrolment>;
    confirm(attempt: FactorAttempt): Promise<SecondFactorResult>;
  };
  passkeys: {
    has(accountId: string, id: string): Promise<boolean>;
    /** For `navigator.credentials.get`. */
    options(place: PasskeyPlace): Promise<object>;
    verify(attempt: PasskeyAttempt): Promise<PasskeyResult>;
    /** For `navigator.credentials.create`. */
    creationOptions(account: Account, boundTo: string): Promise<object>;
    add(made: NewPasskeyAttempt): Promise<AddPasskeyOutcome>;
  };
  contactCodes: {
    send(request: CodeRequest): Promise<SendCodeOutcome>;
    /** By which way a code is under way that may be typed in now. */
    pending(place: CodePlace): Promise<Contact['channel'] | undefined>;
    verify(
      given: CodePlace & { code: string; contacts: readonly Contact[]; address: string },
    ): Promise<VerifyCodeOutcome>;
  };
  signInCodes: {
    send(given: SignInCodePlace & { address: string; language: Locale }): Promise<SendCodeOutcome>;
    isUnderWay(of: SignInCodePlace): Promise<boolean>;
    verify(
      given: SignInCodePlace & { code: string; address: string; deviceCookie?: string | undefined },
    ): Promise<SignInCodeOutcome>;
  };
  devices: {
    remember(
      cookie: string | undefined,
      accountId: string,
      proven: { hasProvenSecondFactor: boolean },
    ): Promise<{ cookie: string; isNew: boolean }>;
    maxAgeSeconds: number;
  };
  /** Tells the person what was done with the account. */
  notices: {
    newDevice(account: Account, device: { userAgent: string; address: string }): Promise<void>;
    changed(
      accountId: string,
      what: 'password_changed' | 'totp_enrolled' | 'passkey_added',
    ): Promise<void>;
    entityPasswordReplaced(accountId: string, entityName: string): Promise<void>;
  };
  services: ServiceCatalogue;
  agreements: Pick<Agreements, 'current' | 'isDue' | 'accept'>;
  closing: {
    /** False when it is too late, or done already. */
    cancel(accountId: string, by: { actor: string; address: string }): Promise<boolean>;
  };
  /** Who has just registered in this browser. */
  registered: {
    isWaiting(ctx: HttpContext): Promise<boolean>;
    take(ctx: HttpContext): Promise<{ accountId: string; at: number } | undefined>;
  };
  /** Who has just recovered an account in this browser. */
  recovered: {
    isWaiting(ctx: HttpContext): Promise<boolean>;
    take(
      ctx: HttpContext,
    ): Promise<{ accountId: string; at: number; passwordRevision: number } | undefined>;
  };
  /** How organisations sign in by themselves. */
  organisations: OrganisationSignIn;
  /** How people come from other platforms. */
  keyring: Keyring;
  federation: FederatedSignIn;
  /** False when this address has had us look for a chain of trust too often. */
  maySearchTrust(address: string): Promise<boolean>;
  /** Where people of this city register and sign in. */
  mode: Pick<ModeDirectory, 'mode' | 'province' | 'activeProvince'>;
  residents: Pick<ProvinceResidents, 'keptOf'>;
  /** Asks where a stranger is at home; absent where this platform takes no part in mutual recognition. */
  findHome: FindHome | undefined;
  ending: Pick<SessionEnding, 'end'>;
  mandates: MandateStore;
  suggestions: Pick<IdentitySuggestionStore, 'find'>;
  sessions: SessionStore;
  consents: ConsentStore;
  grants: Pick<GrantStore, 'idForDevice'>;
  revocation: Pick<GrantRevocation, 'revokeHolding'>;
  parked: ParkedRequestStore;
  audit: AuditLog;
  database: Pick<Database, 'transaction'>;
  metrics: Pick<Metrics, 'signIn'>;
  /** The highest real-name level that people can reach on our pages. */
  highestOnline: number;
  clock: Clock;
  random: Random;
}
