// Puts the parts of this domain together: the privacy centre's pages and what runs beside them.
import type { AccountDependencies } from '../account/account-deps.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Route } from '../platform/http/route.ts';
import { accountSections } from './account-sections.ts';
import type { ExportDependencies } from './account-sections.ts';
import type { ProvenPageOf } from './export.routes.ts';
import { privacyRoutes } from './privacy.routes.ts';

export interface PrivacyDependencies {
  visitors: AccountDependencies;
  evidence: ExportDependencies['evidence'];
  audit: AuditLog;
  provenPage: ProvenPageOf;
}

export function openPrivacy(deps: PrivacyDependencies): { routes: Route[] } {
  const { visitors, evidence } = deps;
  const sections = accountSections({ ...visitors, evidence });
  return { routes: privacyRoutes({ ...deps, sections }) };
}
