// Which recovery a browser has under way, and which of its pages is due: whatever a form says, only
// the step that is due may be answered.
import type { Account } from '../accounts/account.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import type { KeptAtProvince } from '../registration-mode/province-residents.ts';
import { recoveryPaths, recoveryStart } from './recovery-paths.ts';
import type { Recovery } from './recovery-store.ts';
import { accountOfContact, hasContact, isRecoverable, proofWaysOf } from './recovery-target.ts';
import type { ProofWays } from './recovery-target.ts';

const COOKIE = 'hutong_recovery';

/** `lost`: the person was recognised, but nothing of the account is left: only waiting helps. */
export type RecoveryStep =
  | { step: 'code' }
  | { step: 'nothing' }
  | { step: 'proof'; account: Account; ways: ProofWays }
  | { step: 'password'; account: Account }
  | { step: 'wait'; account: Account }
  | { step: 'waiting' }
  | { step: 'sent' }
  /** The account lives at the province, which recovers it. */
  | { step: 'province'; account: Account; kept: KeptAtProvince }
  | { step: 'done' };

type Access = Pick<RecoveryDependencies, 'recoveries' | 'cookies'>;

export function recoveryCookie(
  deps: Pick<RecoveryDependencies, 'cookies'>,
  ctx: HttpContext,
): string | undefined {
  return ctx.cookies.get(deps.cookies.host(COOKIE), { signed: false })?.slice(0, 100);
}

export function setRecoveryCookie(
  deps: Pick<RecoveryDependencies, 'cookies' | 'isSecure'>,
  ctx: HttpContext,
  id: string,
): void {
  ctx.cookies.set(deps.cookies.host(COOKIE), id, { ...cookieOptions(deps), signed: false });
}

export async function findRecovery(deps: Access, ctx: HttpContext): Promise<Recovery | undefined> {
  const id = recoveryCookie(deps, ctx);
  return id === undefined ? undefined : deps.recoveries.find(id);
}

/** The page that is due, judged by what the account is now. */
export async function dueStep(
  deps: RecoveryDependencies,
  recovery: Recovery,
): Promise<RecoveryStep> {
  switch (recovery.stage) {
    case 'contact':
      return { step: 'code' };
    case 'waiting':
      return { step: 'waiting' };
    case 'sent':
      return { step: 'sent' };
    case 'done':
      return { step: 'done' };
    case 'proven': {
      const account = await accountOfContact(deps, recovery);
      if (!account) return { step: 'nothing' };
      const kept = await deps.residents.keptOf(account);
      if (kept?.means.has('password') === true) return { step: 'province', account, kept };
      const ways = await proofWaysOf(deps, account);
      return ways ? { step: 'proof', account, ways } : { step: 'password', account };
    }
    case 'ready':
      return readyStep(deps, recovery);
    default:
      return recovery.stage satisfies never;
  }
}

/** Proven beyond the contact. Who is recognised by the face alone has lost all the account rests on. */
async function readyStep(deps: RecoveryDependencies, recovery: Recovery): Promise<RecoveryStep> {
  const { accountId, proof } = recovery;
  const account = accountId === undefined ? undefined : await deps.accounts.findById(accountId);
  if (!isRecoverable(account)) return { step: 'nothing' };
  const kept = await deps.residents.keptOf(account);
  if (kept?.means.has('password') === true) return { step: 'province', account, kept };
  if (proof === 'waited' || hasContact(account, recovery)) return { step: 'password', account };
  return proof === 'face' ? { step: 'wait', account } : { step: 'nothing' };
}

const PATHS: Readonly<Record<RecoveryStep['step'], string>> = {
  code: recoveryPaths.code,
  nothing: recoveryPaths.nothing,
  proof: recoveryPaths.proof,
  password: recoveryPaths.password,
  wait: recoveryPaths.wait,
  waiting: recoveryPaths.waiting,
  sent: recoveryPaths.sent,
  province: recoveryPaths.province,
  done: recoveryPaths.done,
};

export type At<Step extends RecoveryStep['step']> = Extract<RecoveryStep, { step: Step }> & {
  recovery: Recovery;
};

/** The recovery at this step; undefined when the reader has been sent on, or told of its end. */
export async function recoveryAt<Step extends RecoveryStep['step']>(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  step: Step,
): Promise<At<Step> | undefined> {
  // The switches of a form's answer lead to its page.
  ctx.state.pageAddress = PATHS[step];
  const recovery = await findRecovery(deps, ctx);
  if (!recovery) {
    showEnded(ctx);
    return undefined;
  }
  const due = await dueStep(deps, recovery);
  if (due.step === step) return { ...due, recovery } as At<Step>;
  redirect(ctx, PATHS[due.step]);
  return undefined;
}

export function showEnded(ctx: HttpContext): void {
  ctx.state.pageAddress = recoveryPaths.start;
  ctx.render(
    'recovery/recover-stopped',
    { reason: 'ended', againHref: recoveryStart({}) },
    { status: 400 },
  );
}

/** To whatever is due now. @param cookie one that this answer sets, instead of the one that came */
export async function leadOn(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  cookie = recoveryCookie(deps, ctx),
): Promise<void> {
  const recovery = cookie === undefined ? undefined : await deps.recoveries.find(cookie);
  redirect(ctx, recovery ? PATHS[(await dueStep(deps, recovery)).step] : recoveryPaths.start);
}
