// What happened, from the audit records: what each system received, and everything of the account.
// Who else stands in such a record, and where from, is not this person's to see.
import { ACCOUNT_CLIENT_ID } from '../account/account-paths.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { systemName } from '../account/system-name.ts';
import type { Account } from '../accounts/account.ts';
import type { AuditRecord } from '../audit/audit-record.ts';
import { splitConsentItems } from '../consent/consent-item.ts';
import { coded } from './export-section.ts';
import type { ExportActor, ExportReader, ExportRow } from './export-section.ts';

type Dependencies = Pick<AccountDependencies, 'audit' | 'clients'>;

/** Of which a system has received something, or may not any more. */
export const releaseEvents = [
  'oidc.grant_issued',
  'oidc.grant_widened',
  'consent.given',
  'consent.withdrawn',
] as const;

const RELEASES: ReadonlySet<string> = new Set(releaseEvents);
/** Actors that are no person. */
const NOBODY = ['anonymous', 'operator', 'system'] as const;

export async function* releaseRows(
  deps: Dependencies,
  { id }: Account,
  { locale }: ExportReader,
): AsyncGenerator<ExportRow> {
  for await (const { type, at, clientId, details } of deps.audit.ofAccount(id)) {
    if (!RELEASES.has(type) || clientId === undefined || clientId === ACCOUNT_CLIENT_ID) continue;
    yield {
      at,
      event: eventWords(type),
      system: systemName(deps, clientId, locale),
      client_id: clientId,
      items: itemsOf(details),
    };
  }
}

export function itemsOf(details: AuditRecord['details']): string[] {
  return splitConsentItems(String(details?.['items'] ?? ''));
}

export async function* activityRows(
  deps: Dependencies,
  { id }: Account,
  { locale }: ExportReader,
): AsyncGenerator<ExportRow> {
  for await (const record of deps.audit.ofAccount(id)) {
    const { at, type, result, clientId, reason, level, requestId } = record;
    const by = actorOf(record, id);
    const isOfOthers = by === 'others';
    yield {
      at,
      event: eventWords(type),
      result: coded(result, 'privacy-export.result'),
      by: coded(by, 'privacy-export.by'),
      system: clientId === undefined ? undefined : systemName(deps, clientId, locale),
      reason,
      level,
      address: isOfOthers ? undefined : record.address,
      terminal: isOfOthers ? undefined : record.terminal,
      details: isOfOthers ? undefined : detailsText(record.details),
      reference: isOfOthers ? undefined : requestId,
    };
  }
}

/** Details in which accounts stand: who reviewed, who appointed and whom, who approved. */
const OF_OTHERS: ReadonlySet<string> = new Set(['reviewers', 'grantedBy', 'person', 'approvedBy']);

function detailsText(details: AuditRecord['details']): string | undefined {
  const own = Object.entries(details ?? {}).filter(([name]) => !OF_OTHERS.has(name));
  return own.length === 0 ? undefined : JSON.stringify(Object.fromEntries(own));
}

function actorOf({ actor }: AuditRecord, id: string): ExportActor {
  if (actor === id) return 'self';
  const nobody = NOBODY.find((each) => each === actor);
  if (nobody) return nobody;
  return actor.startsWith('client:') ? 'client' : 'others';
}

function eventWords(type: string) {
  return { code: type, words: `audit.event.${type.replaceAll('.', '_')}` };
}
