// Takes an upload: from who may appoint for the organisation, once for each key, and no more of them
// than anybody needs. Nothing is done yet.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { AppointDependencies } from '../mandates/appoint.ts';
import { holdPower } from '../mandates/hold-power.ts';
import { appointingMandate, recordRefusedPower } from '../mandates/power.ts';
import { AppError } from '../platform/errors.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { ImportRow, MandateImport } from './mandate-import.ts';
import { isSentTwice } from './mandate-import-store.ts';
import type { MandateImportStore, NewImport } from './mandate-import-store.ts';

export interface ImportDependencies extends AppointDependencies {
  imports: MandateImportStore;
}

export type BeginOutcome =
  | { ok: true; job: MandateImport }
  /** May not appoint for it, or there is no such organisation; or the key was used for another upload. */
  | { ok: false; reason: 'not_entitled' | 'key_reused' };

interface Upload {
  /** Absent: nobody has such a code. */
  entityId: string | undefined;
  clientId: string;
  key: string;
  isDryRun: boolean;
  rows: readonly ImportRow[];
  address: string;
}

/** @throws AppError `too_many_requests` */
export async function beginImport(
  deps: ImportDependencies,
  person: Account,
  upload: Upload,
): Promise<BeginOutcome> {
  const { entityId, clientId, address } = upload;
  if (entityId === undefined || !(await mayImport(deps, person, { entityId, clientId, address }))) {
    return { ok: false, reason: 'not_entitled' };
  }
  const given: NewImport = { ...upload, entityId, personId: person.id };
  const before = await deps.imports.sentBefore(given);
  if (before) return before.isSame ? { ok: true, job: before.job } : KEY_REUSED;
  try {
    return await put(deps, given);
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'not_entitled' };
    if (!isSentTwice(error)) throw error;
    const first = await deps.imports.sentBefore(given);
    return first?.isSame ? { ok: true, job: first.job } : KEY_REUSED;
  }
}

const DAY_MS = 86_400_000;
const KEY_REUSED = { ok: false, reason: 'key_reused' } as const;

/** Whether this person acts for the organisation as a whole. A stranger's try leaves nothing there. */
async function mayImport(
  deps: ImportDependencies,
  person: Account,
  { entityId, clientId, address }: { entityId: string; clientId: string; address: string },
): Promise<boolean> {
  if (await appointingMandate(deps, entityId, person.id)) return true;
  if ((await deps.mandates.between(entityId, person.id)) === undefined) return false;
  await recordRefusedPower(deps.audit, {
    actor: person.id,
    clientId,
    entityId,
    reason: 'not_entitled',
    address,
    details: { attempt: 'import' },
  });
  return false;
}

/** In the transaction that holds the organisation, so that two at once are not one too many. */
async function refuseTooMany(
  { imports, mandateLimits, clock }: ImportDependencies,
  entityId: string,
  session: ClientSession,
): Promise<void> {
  const now = clock.now().getTime();
  const sent = await imports.sentSince(entityId, new Date(now - DAY_MS), session);
  const [first] = sent;
  if (first === undefined || sent.length < mandateLimits.importsADay) return;
  const retryAfterSeconds = Math.max(1, Math.ceil((first.getTime() + DAY_MS - now) / 1000));
  throw new AppError('too_many_requests', { retryAfterSeconds });
}

async function put(deps: ImportDependencies, given: NewImport): Promise<BeginOutcome> {
  const { entityId, personId, clientId, address, rows, isDryRun } = given;
  const job = await deps.database.transaction(async (session) => {
    const isStanding = await deps.accounts.holdStanding(entityId, VERIFIED_LEVEL, session);
    const by = await deps.mandates.between(entityId, personId, session);
    if (!isStanding || !by || !(await holdPower(deps, { by, personId }, session))) {
      throw new Overtaken('whoever uploads may do so no more');
    }
    await refuseTooMany(deps, entityId, session);
    const made = await deps.imports.put(given, session);
    await deps.audit.record(
      {
        type: 'mandates.import_begun',
        actor: personId,
        clientId,
        subject: entityId,
        address,
        result: 'done',
        details: { import: made.id, rows: String(rows.length), dryRun: String(isDryRun) },
      },
      session,
    );
    return made;
  });
  return { ok: true, job };
}
