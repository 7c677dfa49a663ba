// One row of an upload, as if its uploader had filled in the form: the same rules, the same refusals,
// and the handler is asked as ever. Only a row that was interrupted is different: it is gone on with.
import type { Account } from '../accounts/account.ts';
import { inviteHandler, withdrawInvitation } from '../mandates/appoint.ts';
import { changeableMandate, changeTerm } from '../mandates/change-term.ts';
import { endMandate } from '../mandates/end-own.ts';
import { readHandlerForm } from '../mandates/handler-form.ts';
import type { TypedHandler } from '../mandates/handler-form.ts';
import { readInvitee } from '../mandates/invitee-form.ts';
import type { Imported } from '../mandates/imported.ts';
import type { Invitee } from '../mandates/invitation-store.ts';
import { choicesOf } from '../mandates/mandate-choices.ts';
import type { ChoiceDependencies } from '../mandates/mandate-choices.ts';
import type { Mandate } from '../mandates/mandate.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { ImportDependencies } from './begin-import.ts';
import type {
  ImportHolder,
  ImportRow,
  MandateImport,
  RowOutcome,
  RowProblem,
  StoredRow,
} from './mandate-import.ts';

export interface CarryOutDependencies extends ImportDependencies {
  choices: ChoiceDependencies;
}

export interface Uploading {
  job: MandateImport;
  person: Account;
  entity: Account;
  /** By which the person appoints. */
  by: Mandate;
}

type OfferRow = Extract<ImportRow, { action: 'offer' }>;
type EndRow = Extract<ImportRow, { action: 'end' }>;
type ChangeRow = Extract<ImportRow, { action: 'change' }>;

export async function carryOutRow(
  deps: CarryOutDependencies,
  uploading: Uploading,
  stored: StoredRow,
): Promise<void> {
  const { row, number } = stored;
  const outcome =
    row.action === 'offer'
      ? await offer(deps, uploading, { row, number })
      : await endOrChange(deps, uploading, { ...stored, row });
  if (outcome) await deps.imports.settle(uploading.job.id, { number, outcome });
}

type RefusedRow = Extract<RowOutcome, { outcome: 'refused' }>;

export function refusedRow(key: string, field?: string): RefusedRow {
  return { outcome: 'refused', problems: [field === undefined ? { key } : { field, key }] };
}

/** Undefined when it was offered, and written down in the same transaction. */
async function offer(
  deps: CarryOutDependencies,
  { job, person, entity, by }: Uploading,
  { row, number }: { row: OfferRow; number: number },
): Promise<RowOutcome | undefined> {
  const { mandateLimits: limits, clock } = deps;
  const maySubdelegate = limits.delegationDepth > 0;
  const choices = choicesOf(deps.choices, { maySubdelegate });
  const typed = typedOf(row);
  if (job.isDryRun) {
    const of = { choices, limits, now: clock.now(), ownNumber: person.certificate?.number };
    const read = readHandlerForm(typed, of);
    if (!read.ok) return refused(read.errors);
    const isOwn = read.isToOrganisation && read.invitee.number === entity.uscc;
    return isOwn ? refusedRow('mandates.form.own_agency', 'holder/number') : { outcome: 'valid' };
  }
  try {
    const outcome = await inviteHandler(deps, person, {
      entity,
      by,
      choices,
      typed,
      address: job.address,
      imported: {
        ...importedWith(job),
        async alongside({ id }, session) {
          const offered = { outcome: 'offered', offerId: id } as const;
          const isFirst = await deps.imports.settle(job.id, { number, outcome: offered }, session);
          if (!isFirst) throw new Overtaken('another process has carried it out');
        },
      },
    });
    return outcome.ok ? undefined : refused(outcome.errors);
  } catch (error) {
    if (error instanceof Overtaken) return undefined;
    throw error;
  }
}

function importedWith({ id: importId, clientId }: MandateImport): Imported {
  return { importId, clientId };
}

function typedOf(row: OfferRow): TypedHandler {
  const { holder, services, clients, isSingleUse, mayPassOn } = row;
  return {
    holder: holder.isOrganisation ? 'organisation' : 'person',
    name: holder.name,
    number: holder.number,
    serviceScope: services ? 'some' : 'all',
    services: services ?? [],
    clientScope: clients ? 'some' : 'all',
    clients: clients ?? [],
    isSingleUse,
    from: row.from ?? '',
    until: row.until ?? '',
    maySubdelegate: mayPassOn,
  };
}

/** Fields of the form, by what a row calls them. */
const FIELDS: Readonly<Record<string, string>> = {
  name: 'holder/name',
  number: 'holder/number',
  'may-subdelegate': 'may_pass_on',
};

function refused(errors: readonly FieldError[]): RefusedRow {
  const problems = errors.map(({ field, key }): RowProblem => {
    return field === undefined ? { key } : { field: FIELDS[field] ?? field, key };
  });
  return { outcome: 'refused', problems };
}

interface Found {
  mandateIds: readonly string[];
  /** Open offers to the same. */
  offerIds: readonly string[];
}

async function endOrChange(
  deps: CarryOutDependencies,
  uploading: Uploading,
  { row, number, begun }: StoredRow & { row: EndRow | ChangeRow },
): Promise<RowOutcome> {
  const { job, entity } = uploading;
  const target = await targetOf(deps, entity, row);
  if ('outcome' in target) return target;
  const mandateIds = [...new Set([...(begun ?? []), ...target.mandateIds])];
  const offerIds = row.action === 'end' ? target.offerIds : [];
  if (mandateIds.length + offerIds.length === 0) return refusedRow('api.row_problem.nothing_found');
  if (job.isDryRun) return { outcome: 'valid' };
  if (!begun) await deps.imports.begin(job.id, number, mandateIds);
  return row.action === 'end'
    ? end(deps, uploading, { row, mandateIds, offerIds })
    : change(deps, uploading, { row, mandateIds });
}

async function end(
  deps: CarryOutDependencies,
  { job, person }: Uploading,
  of: Found & { row: EndRow },
): Promise<RowOutcome> {
  const { note } = of.row;
  const by = { address: job.address, imported: importedWith(job) };
  for (const mandateId of of.mandateIds) {
    if (await deps.mandates.findOpen(mandateId)) {
      await endMandate(deps, person, { mandateId, note, ...by });
    }
  }
  let withdrawn = 0;
  for (const invitationId of of.offerIds) {
    if (await withdrawInvitation(deps, person, { invitationId, ...by })) withdrawn += 1;
  }
  return { outcome: 'ended', mandateIds: [...of.mandateIds], withdrawn };
}

async function change(
  deps: CarryOutDependencies,
  { job, person }: Uploading,
  { row: { until }, mandateIds }: { row: ChangeRow; mandateIds: readonly string[] },
): Promise<RowOutcome> {
  const { address } = job;
  const imported = importedWith(job);
  for (const mandateId of mandateIds) {
    const changeable = await changeableMandate(deps, person, { mandateId, address });
    if (!changeable) return refusedRow('api.row_problem.not_changeable');
    const changed = await changeTerm(deps, person, { changeable, until, address, imported });
    if (!changed.ok) return refused([changed.error]);
  }
  return { outcome: 'changed', mandateIds: [...mandateIds], withdrawn: 0 };
}

/** What of this organisation's handlers is meant, be it in force or about to begin. */
async function targetOf(
  deps: CarryOutDependencies,
  entity: Account,
  { holder, mandateId, action }: EndRow | ChangeRow,
): Promise<Found | RefusedRow> {
  const isOneNamed = (holder === undefined) !== (mandateId === undefined);
  if (!isOneNamed) return refusedRow('api.row_problem.target_missing');
  if (mandateId !== undefined) {
    const mandate = await deps.mandates.findOpen(mandateId);
    const isOurs = mandate?.entityId === entity.id && mandate.role === 'handler';
    return { mandateIds: isOurs ? [mandateId] : [], offerIds: [] };
  }
  return heldBy(deps, entity, { holder: holder as ImportHolder, action });
}

async function heldBy(
  deps: CarryOutDependencies,
  entity: Account,
  { holder, action }: { holder: ImportHolder; action: 'end' | 'change' },
): Promise<Found | RefusedRow> {
  const { isOrganisation } = holder;
  const of = { now: deps.clock.now(), ownNumber: undefined, isToOrganisation: isOrganisation };
  const read = readInvitee(holder, of);
  if (!read.ok) return refused(read.errors);
  const { invitee } = read;
  const { invitations } = deps;
  const offers =
    action === 'end'
      ? await (isOrganisation
          ? invitations.toOrganisation(invitee.number)
          : invitations.toPerson(invitee))
      : [];
  const own = offers.filter((each) => each.entityId === entity.id && each.role === 'handler');
  return {
    mandateIds: await mandatesHeld(deps, entity, { invitee, isOrganisation }),
    offerIds: own.map(({ id }) => id),
  };
}

async function mandatesHeld(
  deps: CarryOutDependencies,
  entity: Account,
  { invitee, isOrganisation }: { invitee: Invitee; isOrganisation: boolean },
): Promise<string[]> {
  const kind = isOrganisation ? 'legalEntity' : 'naturalPerson';
  const account = await deps.accounts.findByLogin(invitee.number, { kind });
  const isNamed = account?.kind === kind;
  const isSame = isOrganisation
    ? account?.uscc === invitee.number
    : account?.certificate?.number === invitee.number && account.name === invitee.name;
  if (!isNamed || !isSame) return [];
  const of = { entityId: entity.id, holderId: account.id };
  const standing = await deps.database.transaction(async (session) => {
    const held: Mandate[] = [];
    for await (const page of deps.mandates.standing(of, session)) held.push(...page);
    return held;
  });
  const now = deps.clock.now();
  return standing
    .filter(({ role }) => role === 'handler')
    .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now)
    .map(({ id }) => id);
}
