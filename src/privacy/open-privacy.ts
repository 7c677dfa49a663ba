// Puts the parts of this domain together: the privacy centre's pages, and the work beside them that
// carries out what people asked for.
import type { AccountDependencies } from '../account/account-deps.ts';
import type { AccountClosings } from '../accounts/account-closing-store.ts';
import type { AgreementStore } from '../agreements/agreement-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { repeatedWork } from '../platform/repeat.ts';
import type { EvidenceStore } from '../verification/evidence-store.ts';
import { accountSections } from './account-sections.ts';
import type { ExportDependencies } from './account-sections.ts';
import { caseSections } from './case-sections.ts';
import type { CaseSectionDependencies } from './case-sections.ts';
import { mandateSections } from './mandate-sections.ts';
import type { MandateSectionDependencies } from './mandate-sections.ts';
import { cancelClosing, settleClosings } from './close-account.ts';
import type { CloseAccountDependencies, ClosingSettings } from './close-account.ts';
import { ClosedAccountStore } from './closed-account-store.ts';
import { DataRequests } from './data-request.ts';
import type { DataRequestDependencies } from './data-request.ts';
import { kindGuard } from './closing-guard.ts';
import type { ClosingGuard } from './closing-guard.ts';
import type { ProvenPageOf } from './export.routes.ts';
import { privacyRoutes } from './privacy.routes.ts';
import type { WorkingCalendar } from './working-days.ts';
import { removeInTurn } from './retention.ts';
import type { RetentionDays, RetentionRule } from './retention-rule.ts';

export interface PrivacyDependencies {
  issuer: string;
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  logger: Logger;
  audit: AuditLog;
  visitors: AccountDependencies;
  provenPage: ProvenPageOf;
  evidence: EvidenceStore;
  wards: ExportDependencies['wards'];
  closings: AccountClosings;
  acceptances: Pick<AgreementStore, 'listOf'>;
  holdings: CloseAccountDependencies['holdings'];
  /** What of other domains forbids the end of an account. */
  guards?: readonly ClosingGuard[];
  desk: DataRequestDependencies['desk'];
  budgets: DataRequestDependencies['budgets'];
  mandateRecords: MandateSectionDependencies['mandateRecords'];
  requests: MandateSectionDependencies['requests'];
  invitations: MandateSectionDependencies['invitations'];
  accounts: MandateSectionDependencies['accounts'];
  services: MandateSectionDependencies['services'];
  stock: CaseSectionDependencies['stock'];
  qualifications: CaseSectionDependencies['qualifications'];
}

export interface PrivacySettings {
  closing: ClosingSettings;
  calendar: WorkingCalendar;
  audit: { keptDays: number };
  retention: { rules: readonly RetentionRule[]; days: RetentionDays };
}

const EVERY_MS = 60_000;

export function openPrivacy(deps: PrivacyDependencies, settings: PrivacySettings) {
  const { visitors, evidence, guards = [], logger } = deps;
  const closing: CloseAccountDependencies = {
    ...deps,
    ...visitors,
    closedAccounts: new ClosedAccountStore(deps),
    agreements: deps.acceptances,
    guards: [kindGuard, ...guards],
    settings: settings.closing,
  };
  const { wards } = deps;
  const sections = [
    ...accountSections({ ...visitors, evidence, wards }),
    ...caseSections({ ...visitors, ...deps }),
    ...mandateSections({ ...visitors, ...deps }),
  ];
  const auditKeptDays = settings.audit.keptDays;
  const requests = new DataRequests({ ...deps, calendar: settings.calendar });
  const outlived = { ...deps, ...settings.retention };
  return {
    routes: privacyRoutes({ ...deps, sections, closing, auditKeptDays, requests }),
    closing: {
      cancel: (accountId: string, by: { actor: string; address: string }) =>
        cancelClosing(closing, accountId, by),
    },
    work: [
      repeatedWork(() => settleClosings(closing), {
        name: 'account closing',
        everyMs: EVERY_MS,
        logger,
      }),
      repeatedWork(() => removeInTurn(outlived), { name: 'retention', everyMs: EVERY_MS, logger }),
    ],
  };
}
