// What an export tells of acting for organisations: what somebody held and holds, asked for, was offered
// and has offered. Of whom he offered something he reads as much as on the pages of the organisation.
import { systemName } from '../account/system-name.ts';
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { maskName, maskNumber } from '../accounts/masking.ts';
import type { ClientRegistration } from '../clients/client-registration.ts';
import type { ServiceCatalogue } from '../clients/service-catalogue.ts';
import type {
  ClosedInvitation,
  Invitation,
  InvitationStore,
} from '../mandates/invitation-store.ts';
import type { MandateScope } from '../mandates/mandate.ts';
import type { MandateRecord } from '../mandates/mandate-document.ts';
import type { MandateRecordStore } from '../mandates/mandate-record-store.ts';
import { shownEnd } from '../mandates/mandate-terms.ts';
import type { HandlerRequestStore } from '../mandates/requests/handler-request-store.ts';
import { stateOfRequest } from '../mandates/requests/present-request.ts';
import type { Clock } from '../platform/clock.ts';
import type { Locale } from '../platform/http/locale.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { coded } from './export-section.ts';
import type { ExportReader, ExportRow, ExportSection } from './export-section.ts';

export interface MandateSectionDependencies {
  mandateRecords: Pick<MandateRecordStore, 'open' | 'ended'>;
  requests: Pick<HandlerRequestStore, 'ofPerson'>;
  invitations: Pick<InvitationStore, 'toPerson' | 'open' | 'closed'>;
  accounts: Pick<AccountStore, 'findById'>;
  services: Pick<ServiceCatalogue, 'nameOf'>;
  clients: {
    find(clientId: string): unknown;
    registration(clientId: string): ClientRegistration | undefined;
  };
  clock: Clock;
}

const MOST = 1000;

export function mandateSections(deps: MandateSectionDependencies): ExportSection[] {
  return [
    { name: 'mandates', rows: (account, reader) => mandateRows(deps, account, reader) },
    { name: 'mandate_requests', rows: (account, reader) => requestRows(deps, account, reader) },
    { name: 'offers_received', rows: (account, reader) => receivedRows(deps, account, reader) },
    { name: 'offers_given', rows: (account, reader) => givenRows(deps, account, reader) },
  ];
}

async function mandateRows(
  deps: MandateSectionDependencies,
  { id: holderId }: Account,
  reader: ExportReader,
): Promise<ExportRow[]> {
  const [open, ended] = await Promise.all([
    deps.mandateRecords.open({ holderId }, { from: 0, limit: MOST }),
    deps.mandateRecords.ended({ holderId }, MOST),
  ]);
  const now = deps.clock.now();
  const all: MandateRecord[] = [...open.page, ...ended];
  return Promise.all(
    all.map(async (mandate) => {
      const { entityId, role, since, expiresAt, endedAt, endedFor } = mandate;
      const isOver = endedAt !== undefined || (expiresAt !== undefined && expiresAt <= now);
      const state = isOver ? 'ended' : since > now ? 'upcoming' : 'active';
      return {
        ...(await entityOf(deps, entityId)),
        role: coded(role, 'legal-entities.role'),
        ...scopeOf(deps, mandate, reader),
        since,
        expires_at: expiresAt && shownEnd(expiresAt),
        state: coded(state, 'mandates.state'),
        at: endedAt,
        reason: coded(endedFor, 'legal-entities.end_reason'),
      };
    }),
  );
}

/** The organisation as it was named. */
async function requestRows(
  deps: MandateSectionDependencies,
  { id }: Account,
  reader: ExportReader,
): Promise<ExportRow[]> {
  const all = await deps.requests.ofPerson(id);
  return all.map((request) => ({
    reference: request.id,
    name: request.entity.name,
    value: request.entity.number,
    way: coded(request.way, 'mandates.request.way'),
    ...scopeOf(deps, request.terms, reader),
    since: request.terms.startsAt,
    expires_at: request.terms.expiresAt && shownEnd(request.terms.expiresAt),
    created_at: request.at,
    due_at: request.expiresAt,
    state: coded(stateOfRequest(deps, request), 'mandates.request.state'),
    at: request.closedAt,
  }));
}

async function receivedRows(
  deps: MandateSectionDependencies,
  account: Account,
  reader: ExportReader,
): Promise<ExportRow[]> {
  const claim = verifiedClaim(account);
  if (!claim) return [];
  const named = { name: claim.name, number: claim.certificate.number };
  const all = await deps.invitations.toPerson(named);
  return Promise.all(
    all.map(async ({ entityId, role, terms = {}, expiresAt }) => ({
      ...(await entityOf(deps, entityId)),
      role: coded(role, 'legal-entities.role'),
      ...scopeOf(deps, terms, reader),
      since: terms.startsAt,
      expires_at: terms.expiresAt && shownEnd(terms.expiresAt),
      due_at: expiresAt,
    })),
  );
}

async function givenRows(
  deps: MandateSectionDependencies,
  { id }: Account,
  reader: ExportReader,
): Promise<ExportRow[]> {
  const [open, closed] = await Promise.all([
    deps.invitations.open({ invitedBy: id }),
    deps.invitations.closed({ invitedBy: id }, MOST),
  ]);
  const all: (Invitation & Partial<ClosedInvitation>)[] = [...open, ...closed];
  return Promise.all(
    all.map(async (offer) => {
      const { entityId, role, terms = {}, invitee, isToOrganisation, outcome } = offer;
      const { name, number } = invitee;
      return {
        ...(await entityOf(deps, entityId)),
        to: isToOrganisation ? name : maskName(name),
        to_number: isToOrganisation ? number : maskNumber(number, 'signedIn'),
        role: coded(role, 'legal-entities.role'),
        ...scopeOf(deps, terms, reader),
        expires_at: terms.expiresAt && shownEnd(terms.expiresAt),
        due_at: offer.expiresAt,
        result: coded(outcome, 'mandates.outcome'),
        at: offer.closedAt,
      };
    }),
  );
}

async function entityOf(
  { accounts }: Pick<MandateSectionDependencies, 'accounts'>,
  entityId: string,
): Promise<ExportRow> {
  const entity = await accounts.findById(entityId);
  return { name: entity?.name, value: entity?.uscc };
}

/** Absent where nothing is left out. */
function scopeOf(
  deps: MandateSectionDependencies,
  { services, clients }: MandateScope,
  { locale }: ExportReader,
): ExportRow {
  return {
    items: services?.map((code) => deps.services.nameOf(code, locale as Locale)),
    systems: clients?.map((id) => systemName(deps, id, locale)),
  };
}
