// Carries uploads out, row by row, in any process; what one leaves behind another goes on with. Before
// each row it is looked at whether its uploader may still appoint.
import { mayActForOthers } from '../mandates/good-standing.ts';
import { appointingMandate } from '../mandates/power.ts';
import type { MandateNotice } from '../notification/entity-notices.ts';
import type { Logger } from '../platform/logger.ts';
import { repeatedWork } from '../platform/repeat.ts';
import { carryOutRow, refusedRow } from './carry-out-row.ts';
import type { CarryOutDependencies, Uploading } from './carry-out-row.ts';
import type { MandateImport } from './mandate-import.ts';

export interface ImportWorkDependencies extends CarryOutDependencies {
  logger: Logger;
}

const EVERY_MS = 5000;
const ROWS_AT_ONCE = 20;

export interface ImportWork {
  start(): void;
  stop(): Promise<void>;
  /** There is something to do: need not wait for the next look. */
  wake(): void;
}

export function importWork(deps: ImportWorkDependencies): ImportWork {
  let isStopping = false;
  let running: Promise<void> | undefined;
  const run = () => {
    running ??= carryOutAll(deps, () => isStopping).finally(() => {
      running = undefined;
    });
    return running;
  };
  const work = repeatedWork(run, {
    name: 'mandate imports',
    everyMs: EVERY_MS,
    logger: deps.logger,
  });
  return {
    start: () => work.start(),
    async stop() {
      isStopping = true;
      await work.stop();
      await running?.catch(() => undefined);
    },
    wake() {
      run().catch((error: unknown) => {
        deps.logger.warn({ err: error, job: 'mandate imports' }, 'background work failed');
      });
    },
  };
}

/** All that nobody else works on. */
export async function carryOutAll(
  deps: CarryOutDependencies,
  isStopping: () => boolean = () => false,
): Promise<void> {
  while (!isStopping()) {
    const job = await deps.imports.lease();
    if (!job) return;
    try {
      await carryOut(deps, job, isStopping);
    } catch (error) {
      // The next look goes on with it, here or elsewhere.
      await deps.imports.release(job.id).catch(() => undefined);
      throw error;
    }
  }
}

async function carryOut(
  of: CarryOutDependencies,
  job: MandateImport,
  isStopping: () => boolean,
): Promise<void> {
  const deps = { ...of, notices: paidAlsoBy(of.notices, job.clientId) };
  for (;;) {
    const rows = await deps.imports.rows(job.id, { from: 0, limit: ROWS_AT_ONCE, only: 'pending' });
    if (rows.length === 0) return finish(deps, job);
    for (const row of rows) {
      if (isStopping()) return deps.imports.release(job.id);
      await deps.imports.renew(job.id);
      const uploading = await uploadingOf(deps, job);
      if (uploading) await carryOutRow(deps, uploading, row);
      else {
        const outcome = refusedRow('api.row_problem.not_entitled');
        await deps.imports.settle(job.id, { number: row.number, outcome });
      }
    }
  }
}

/** What uploads say to people counts against the system, too, for all organisations that it works for. */
function paidAlsoBy(
  notices: CarryOutDependencies['notices'],
  clientId: string,
): CarryOutDependencies['notices'] {
  const client = { kind: 'client', id: clientId } as const;
  const paidAlso = (of: MandateNotice) => ({ ...of, paidBy: [...(of.paidBy ?? []), client] });
  return {
    mandateChanged: (of, session) => notices.mandateChanged(paidAlso(of), session),
    mandatesChanged: (all, session) => notices.mandatesChanged(all.map(paidAlso), session),
  };
}

/** Undefined when whoever uploaded it may appoint for the organisation no more. */
async function uploadingOf(
  deps: CarryOutDependencies,
  job: MandateImport,
): Promise<Uploading | undefined> {
  const [person, entity, by] = await Promise.all([
    deps.accounts.findById(job.personId),
    deps.accounts.findById(job.entityId),
    appointingMandate(deps, job.entityId, job.personId),
  ]);
  if (!person || !mayActForOthers(person)) return undefined;
  return entity?.isActive && by ? { job, person, entity, by } : undefined;
}

async function finish(deps: CarryOutDependencies, job: MandateImport): Promise<void> {
  const { pending: _none, ...counts } = await deps.imports.counts(job.id);
  await deps.database.transaction(async (session) => {
    if (!(await deps.imports.finish(job.id, session))) return;
    const { personId, clientId, entityId } = job;
    const came = Object.entries(counts).filter(([, count]) => count > 0);
    await deps.audit.record(
      {
        type: 'mandates.import_finished',
        actor: personId,
        clientId,
        subject: entityId,
        result: 'done',
        details: {
          import: job.id,
          ...Object.fromEntries(came.map(([state, count]) => [state, String(count)])),
        },
      },
      session,
    );
  });
}
