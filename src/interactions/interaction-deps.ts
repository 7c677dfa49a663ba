// What the pages of an interaction need from the domains, as narrow as they use it.
import type { Account } from '../accounts/account.ts';
import type { AuditLog } from '../audit/audit-store.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import type { PasswordAttempt, PasswordResult } from '../credentials/verify-password.ts';
import type { ParkedRequestStore } from '../oidc/parked-request-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { InteractionAccessDependencies } from './interaction-access.ts';

export type SecondFactorResult =
  | { ok: true }
  | { ok: false; reason: 'code_wrong' }
  | { ok: false; reason: 'budget_exhausted'; retryAfterSeconds: number };

export interface FactorAttempt {
  accountId: string;
  /** The interaction; an enrolment can only be confirmed where it was begun. */
  boundTo: string;
  code: string;
  address: string;
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
  accounts: { findById(id: string): Promise<Account | undefined> };
  passwords: {
    verify(attempt: PasswordAttempt): Promise<PasswordResult>;
    /** A proof of work for the form, when the next attempt will need one. */
    proofFor(of: { login: string; address: string }): Promise<ProofForm | undefined>;
    newProof(of: { failures: number; address: string }): Promise<ProofForm>;
  };
  secondFactors: {
    isEnrolled(accountId: string): Promise<boolean>;
    verify(attempt: FactorAttempt): Promise<SecondFactorResult>;
    /** The enrolment this interaction has begun, or a new one. */
    begin(account: Account, boundTo: string): Promise<PendingEnrolment>;
    confirm(attempt: FactorAttempt): Promise<SecondFactorResult>;
  };
  devices: {
    remember(
      cookie: string | undefined,
      accountId: string,
    ): Promise<{ cookie: string; isNew: boolean }>;
    maxAgeSeconds: number;
  };
  /** Tells the person that a device signed in that never did before. */
  notifyNewDevice(account: Account, device: { userAgent: string; address: string }): Promise<void>;
  sessions: SessionStore;
  consents: ConsentStore;
  parked: ParkedRequestStore;
  audit: AuditLog;
  clock: Clock;
  random: Random;
}
