// `/mandate-imports`: many changes of an organisation's handlers in one upload, by a person who may
// appoint and has signed in with two factors minutes ago; and the report, row by row.
import type { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { beginImport } from '../mandate-import/begin-import.ts';
import type { ImportDependencies } from '../mandate-import/begin-import.ts';
import type { ImportRow, MandateImport, StoredRow } from '../mandate-import/mandate-import.ts';
import { appointingMandate } from '../mandates/power.ts';
import type { PersonAccess } from '../oidc/bearer/verify-bearer.ts';
import type { Locale } from '../platform/http/locale.ts';
import { refuse } from './api-problems.ts';
import type { ApiRefusal } from './api-problems.ts';
import { declareRoute } from './api-route.ts';
import type { ApiRoute } from './api-route.ts';
import { wireInstant } from './api-schemas.ts';
import type { EntityFinder } from './find-entity.ts';
import { insufficientSignIn } from './fresh-access.ts';
import type { FreshDependencies } from './fresh-access.ts';
import {
  importPageQuery,
  importParams,
  jobField,
  MOST_BYTES,
  rowPage,
  uploadField,
} from './mandate-import-schemas.ts';
import type { holderField, rowField } from './mandate-import-schemas.ts';

export interface MandateImportsDependencies extends FreshDependencies {
  imports: ImportDependencies;
  entities: EntityFinder;
  /** There is something to carry out. */
  wakeImports: () => void;
  /** Words of a row's problem, by their key. */
  say: (key: string, locale: Locale) => string;
}

const common = { token: 'person', scope: 'mandates:import' } as const;

export function mandateImportRoutes(deps: MandateImportsDependencies): ApiRoute[] {
  return [
    declareRoute({
      ...common,
      method: 'POST',
      path: '/mandate-imports',
      name: 'createMandateImport',
      input: { body: uploadField },
      maxBytes: MOST_BYTES,
      output: jobField,
      status: 202,
      problems: ['authentication_insufficient', 'organisation_refused', 'idempotency_conflict'],
      async handle({ access, body, address }) {
        const insufficient = insufficientSignIn(deps, access);
        if (insufficient) return insufficient;
        return upload(deps, access, { body, address });
      },
    }),
    declareRoute({
      ...common,
      method: 'GET',
      path: '/mandate-imports/:id',
      name: 'readMandateImport',
      input: { params: importParams },
      output: jobField,
      status: 200,
      problems: ['import_unknown'],
      async handle({ access, params: { id } }) {
        const job = await readable(deps, access, id);
        return 'problem' in job ? job : { body: await present(deps, job) };
      },
    }),
    declareRoute({
      ...common,
      method: 'GET',
      path: '/mandate-imports/:id/rows',
      name: 'listMandateImportRows',
      input: { params: importParams, query: importPageQuery },
      output: rowPage,
      status: 200,
      problems: ['import_unknown'],
      async handle({ access, params: { id }, query: { limit, cursor, only }, locale }) {
        const job = await readable(deps, access, id);
        if ('problem' in job) return job;
        const of = { from: Number(cursor ?? 0), limit: limit + 1, only };
        const rows = await deps.imports.imports.rows(id, of);
        const items = rows.slice(0, limit).map((row) => presentRow(deps, row, locale));
        const next = rows[limit]?.number;
        return { body: { items, ...(next === undefined ? {} : { next_cursor: String(next) }) } };
      },
    }),
  ];
}

async function upload(
  deps: MandateImportsDependencies,
  access: PersonAccess,
  { body, address }: { body: z.output<typeof uploadField>; address: string },
) {
  const { account, client } = access;
  const { uscc, idempotency_key: key, dry_run: isDryRun } = body;
  const entityId = await entityOf(deps, access, uscc);
  const begun = await beginImport(deps.imports, account, {
    entityId,
    clientId: client.client_id,
    key,
    isDryRun,
    rows: body.rows.map(rowOf),
    address,
  });
  if (!begun.ok) {
    return refuse(begun.reason === 'key_reused' ? 'idempotency_conflict' : 'organisation_refused');
  }
  deps.wakeImports();
  return { body: await present(deps, begun.job) };
}

/** Undefined when nobody has the code, or the person acts for another organisation at the client. */
async function entityOf(
  { entities }: MandateImportsDependencies,
  { grant }: PersonAccess,
  uscc: string,
): Promise<string | undefined> {
  const entityId = await entities.find(uscc);
  const isOther = grant.acting !== undefined && grant.acting.entityId !== entityId;
  return isOther ? undefined : entityId;
}

function rowOf(row: z.output<typeof rowField>): ImportRow {
  if (row.action === 'offer') {
    const { holder, services, clients, from, until } = row;
    return {
      action: 'offer',
      holder: holderOf(holder),
      ...(services === 'all' ? {} : { services: [...new Set(services)].toSorted() }),
      ...(clients === 'all' ? {} : { clients: [...new Set(clients)].toSorted() }),
      ...(from === undefined ? {} : { from }),
      ...(until === undefined ? {} : { until }),
      isSingleUse: row.single_use,
      mayPassOn: row.may_pass_on,
    };
  }
  const target = {
    ...(row.holder === undefined ? {} : { holder: holderOf(row.holder) }),
    ...(row.mandate_id === undefined ? {} : { mandateId: row.mandate_id }),
  };
  if (row.action === 'change') return { action: 'change', ...target, until: row.until };
  return { action: 'end', ...target, ...(row.note === undefined ? {} : { note: row.note }) };
}

function holderOf({ name, number, organisation }: z.output<typeof holderField>) {
  return { name, number, isOrganisation: organisation };
}

/** One that this system sent, for whoever may appoint for that organisation now. */
async function readable(
  deps: MandateImportsDependencies,
  { account, client }: { account: Account; client: { client_id: string } },
  id: string,
): Promise<MandateImport | ApiRefusal> {
  const job = await deps.imports.imports.find(id);
  const isOurs = job?.clientId === client.client_id;
  const by = isOurs && (await appointingMandate(deps.imports, job.entityId, account.id));
  return job && by ? job : refuse('import_unknown');
}

async function present({ imports }: MandateImportsDependencies, job: MandateImport) {
  const { id, isDryRun, total, at, finishedAt } = job;
  return {
    id,
    state: finishedAt ? 'done' : 'running',
    dry_run: isDryRun,
    total,
    counts: await imports.imports.counts(id),
    created_at: wireInstant(at),
    ...(finishedAt ? { finished_at: wireInstant(finishedAt) } : {}),
  };
}

function presentRow({ say }: MandateImportsDependencies, stored: StoredRow, locale: Locale) {
  const { number, outcome } = stored;
  if (!outcome) return { row: number, outcome: 'pending' };
  if (outcome.outcome === 'offered') {
    return { row: number, outcome: 'offered', offer_id: outcome.offerId };
  }
  if ('mandateIds' in outcome) {
    const { mandateIds, withdrawn } = outcome;
    return { row: number, outcome: outcome.outcome, mandate_ids: mandateIds, withdrawn };
  }
  if (outcome.outcome === 'valid') return { row: number, outcome: 'valid' };
  const errors = outcome.problems.map(({ field, key }) => ({
    pointer: `#/rows/${number}${field === undefined ? '' : `/${field}`}`,
    code: key.slice(key.lastIndexOf('.') + 1),
    detail: say(key, locale),
  }));
  return { row: number, outcome: 'refused', errors };
}
