// The waiting time of who has lost everything: it is begun, and it runs.
import { z } from 'zod';
import { contactOf } from '../credentials/journey-contact.ts';
import { maskedContact } from '../interactions/contact-code-page.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { secondFactorsOf } from '../credentials/second-factor.ts';
import { dueStep, findRecovery, leadOn, recoveryAt, showEnded } from './recovery-access.ts';
import type { RecoveryStep } from './recovery-access.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { recoveryPaths, recoveryStart } from './recovery-paths.ts';
import type { Recovery } from './recovery-store.ts';
import { beginWait } from './wait-for-account.ts';

export function waitRoutes(deps: RecoveryDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: recoveryPaths.wait,
      name: 'recovery.wait_page',
      async handle(ctx) {
        const at = await recoveryAt(deps, ctx, 'wait');
        if (!at) return;
        const contact = maskedContact(contactOf(at.recovery));
        ctx.render('recovery/recover-wait', { contact, form: { action: recoveryPaths.wait } });
      },
    }),
    defineRoute({
      method: 'POST',
      path: recoveryPaths.wait,
      name: 'recovery.wait',
      limiter: 'recovery',
      csrf: 'token',
      input: { body: z.object({}) },
      handle: (ctx) => wait(deps, ctx),
    }),
    defineRoute({
      method: 'GET',
      path: recoveryPaths.waiting,
      name: 'recovery.waiting',
      async handle(ctx) {
        const at = await recoveryAt(deps, ctx, 'waiting');
        if (at) await showWaiting(deps, ctx, at.recovery);
      },
    }),
  ];
}

/** Whether somebody at this step may wait, and for whose account. */
export async function mayWait(
  deps: RecoveryDependencies,
  recovery: Recovery,
  due: RecoveryStep,
): Promise<boolean> {
  if (due.step === 'wait') return true;
  if (due.step === 'proof') return due.ways.canWait;
  if (due.step !== 'password' || recovery.proof !== 'face') return false;
  const { hasTotp, hasPasskey } = await secondFactorsOf(deps.credentials, due.account.id);
  return hasTotp || hasPasskey;
}

async function wait(deps: RecoveryDependencies, ctx: HttpContext): Promise<void> {
  ctx.state.pageAddress = recoveryPaths.wait;
  const recovery = await findRecovery(deps, ctx);
  if (!recovery) {
    showEnded(ctx);
    return;
  }
  const due = await dueStep(deps, recovery);
  if (!('account' in due) || !(await mayWait(deps, recovery, due))) return leadOn(deps, ctx);
  const { account } = due;
  const by = { address: ctx.ip, language: ctx.state.locale };
  const begun = await beginWait(deps, { recovery, account, ...by });
  if (begun.ok || begun.reason === 'changed_meanwhile') return leadOn(deps, ctx);
  const stopped = { reason: begun.reason, againHref: recoveryStart({}) };
  ctx.render('recovery/recover-stopped', stopped, { status: 429 });
}

async function showWaiting(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  recovery: Recovery,
): Promise<void> {
  const { accountId = '', pendingId = '' } = recovery;
  const pending = await deps.pending.find(accountId, pendingId);
  if (pending?.state !== 'waiting') {
    const reason = pending?.state === 'cancelled' ? 'cancelled' : 'over';
    ctx.render('recovery/recover-stopped', { reason, againHref: recoveryStart({}) });
    return;
  }
  const contact = maskedContact(contactOf(recovery));
  ctx.render('recovery/recover-waiting', { readyAt: pending.readyAt, contact });
}
