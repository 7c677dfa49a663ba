// What is shown once more before it is done: approve, activate, suspend, resume, remove.
import { z } from 'zod';
import type { HttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import type { FieldError } from '../../platform/http/view-locals.ts';
import type { PeerRecord } from '../peer-record.ts';
import type { PeerRefusal } from '../peer-steps.ts';
import { peerHead, revision } from './change-peer.routes.ts';
import { peerConsoleSteps, peerPath, peerPaths } from './peer-paths.ts';
import type { PeerConsoleStep } from './peer-paths.ts';
import {
  adminFrame,
  administratorReading,
  administratorSending,
  isFresh,
  onlyWith,
  peerOrRefusal,
  refuse,
} from './peers-access.ts';
import type { Administrator, PeersConsoleDependencies } from './peers-access.ts';
import { registrationText, stepRoles } from './present-peer.ts';

const stepParams = z.object({ id: z.string().max(31), step: z.enum(peerConsoleSteps) });
const stepBody = z.object({ revision, reason: z.string().max(1000).default('') });
/** One line for the record. */
const REASON = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,200}$/u;

const LACK = {
  approve: 'not_security',
  activate: 'not_system',
  suspend: 'not_administrator',
  resume: 'not_security',
  remove: 'not_system',
} as const satisfies Record<PeerConsoleStep, PeerRefusal>;

interface Stepping {
  at: Administrator;
  record: PeerRecord;
  step: PeerConsoleStep;
}

export function peerStepRoutes(deps: PeersConsoleDependencies): Route[] {
  const mayTake = (ctx: HttpContext, at: Administrator, step: PeerConsoleStep) =>
    onlyWith(deps, ctx, { at, roles: stepRoles[step], reason: LACK[step] });
  return [
    defineRoute({
      method: 'GET',
      path: peerPaths.step,
      name: 'admin.peer_step_form',
      limiter: 'admin',
      input: { params: stepParams },
      async handle(ctx, { params: { id, step } }) {
        const at = await administratorReading(deps, ctx, { isFresh: true });
        const isOne = at !== undefined && (await mayTake(ctx, at, step));
        const record = isOne ? await peerOrRefusal(deps, ctx, { at, id }) : undefined;
        if (at && record) showStep(ctx, { at, record, step });
      },
    }),
    defineRoute({
      method: 'POST',
      path: peerPaths.step,
      name: 'admin.peer_step',
      limiter: 'admin',
      csrf: 'token',
      input: { params: stepParams, body: stepBody },
      async handle(ctx, { params: { id, step }, body }) {
        const at = await administratorSending(deps, ctx);
        const isOne = at !== undefined && (await mayTake(ctx, at, step));
        const record = isOne ? await peerOrRefusal(deps, ctx, { at, id }) : undefined;
        if (at && record) await take(deps, ctx, { at, record, step, ...body });
      },
    }),
  ];
}

function showStep(
  ctx: HttpContext,
  of: Stepping & { reason?: string; errors?: readonly FieldError[]; status?: number },
): void {
  const { at, record, step, reason = '', errors = [], status = 200 } = of;
  const { id, issuer, state, revision: seen } = record.peer;
  const action = peerPath(id, step);
  ctx.render(
    'admin/peer-step',
    {
      ...adminFrame(at),
      step,
      peer: { ...peerHead(record), issuer, state },
      registration: registrationText(record),
      reason,
      form: { action, fields: { revision: String(seen) } },
      ...(status === 401 ? { freshHref: action } : {}),
      errors,
    },
    { status, isError: status >= 400 },
  );
}

async function take(
  deps: PeersConsoleDependencies,
  ctx: HttpContext,
  of: Stepping & { revision: number; reason: string },
): Promise<void> {
  const { at, record, step, revision: seen } = of;
  const reason = of.reason.trim();
  if (!isFresh(deps, at)) {
    const errors = [{ key: 'admin.problem.not_fresh' }];
    return showStep(ctx, { ...of, errors, status: 401 });
  }
  if (step === 'suspend' && !REASON.test(reason)) {
    const key = reason === '' ? 'admin.problem.reason_missing' : 'admin.problem.reason_form';
    return showStep(ctx, { ...of, errors: [{ field: 'reason', key }], status: 422 });
  }
  const { office } = deps;
  const { id } = record.peer;
  const outcome = await (step === 'suspend'
    ? office.suspend(at.officer, id, reason)
    : office[step](at.officer, id, seen));
  if (outcome.ok) {
    const onward = step === 'remove' ? peerPaths.peers : peerPath(id);
    return redirect(ctx, `${onward}?done=${step}`);
  }
  refuse(ctx, { at, reason: outcome.reason, onwardHref: peerPath(id) });
}
