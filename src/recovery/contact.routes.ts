// The first page of a recovery: a contact of the account, which a code is sent to in any case.
import { z } from 'zod';
import { sendProblem } from '../interactions/contact-code-page.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { readContact } from '../registration/sign-up-contact.ts';
import type { ContactProblem } from '../registration/sign-up-contact.ts';
import { interactionId, signInPath } from '../registration/sign-up-paths.ts';
import { findRecovery, leadOn, recoveryCookie, setRecoveryCookie } from './recovery-access.ts';
import { isOver, recoveryContact, startRecovery } from './recovery-contact.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { recoveryPaths, recoveryStart } from './recovery-paths.ts';
import type { Recovery } from './recovery-store.ts';
import type { RecoverContactLocals, RecoverContactProblem } from './recovery.views.ts';

const query = z.object({
  interaction: interactionId.optional().catch(undefined),
  by: z.enum(['phone', 'mail']).optional().catch(undefined),
});

const body = z.object({
  channel: z.enum(['sms', 'mail']).catch('sms'),
  contact: z.string().max(320).default(''),
  login: z.string().max(200).default(''),
  interaction: interactionId.optional().catch(undefined),
});
type Body = z.output<typeof body>;

export function contactRoutes(deps: RecoveryDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: recoveryPaths.start,
      name: 'recovery.start',
      input: { query },
      handle: (ctx, input) => start(deps, ctx, input.query),
    }),
    defineRoute({
      method: 'POST',
      path: recoveryPaths.start,
      name: 'recovery.contact',
      limiter: 'recovery',
      csrf: 'token',
      input: { body },
      handle: (ctx, input) => takeContact(deps, ctx, input.body),
    }),
    defineRoute({
      method: 'POST',
      path: recoveryPaths.keepContact,
      name: 'recovery.contact_display',
      limiter: 'recovery',
      csrf: 'token',
      input: { body },
      handle: (ctx, input) => showContact(ctx, input.body),
    }),
  ];
}

async function start(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  { interaction, by }: z.output<typeof query>,
): Promise<void> {
  const under = await findRecovery(deps, ctx);
  const before = under && isOver(under) ? undefined : under;
  // Before the first form: sent twice, it makes one recovery.
  if (recoveryCookie(deps, ctx) === undefined) {
    setRecoveryCookie(deps, ctx, deps.recoveries.newId());
  }
  const channel = by === undefined ? (before?.channel ?? 'sms') : by === 'mail' ? 'mail' : 'sms';
  const typed = before?.channel === channel ? before : { typed: '', login: '' };
  showContact(ctx, {
    channel,
    contact: typed.typed,
    login: typed.login,
    interaction: interaction ?? before?.interaction,
  });
}

async function takeContact(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  typed: Body,
): Promise<void> {
  const { channel, interaction } = typed;
  const read = readContact({ channel, text: typed.contact }, deps.clock.now());
  const login = typed.login.trim();
  const errors: FieldError<RecoverContactProblem>[] = [];
  if (!read.ok) errors.push({ field: 'contact', key: problemKey(channel, read.problem) });
  // A mail address signs nobody in: without a name there would be no account to look for.
  if (channel === 'mail' && login === '') {
    errors.push({ field: 'login', key: 'recover.contact.login_missing' });
  }
  if (!read.ok || errors.length > 0) {
    showContact(ctx, typed, { errors });
    return;
  }
  const contact = read.contact.address;
  const { id, recovery } = await startRecovery(deps, recoveryCookie(deps, ctx), {
    channel,
    contact,
    typed: typed.contact.trim(),
    login,
    ...(interaction === undefined ? {} : { interaction }),
  });
  setRecoveryCookie(deps, ctx, id);
  if (recovery.stage !== 'contact') return leadOn(deps, ctx);
  if (await sendFirstCode(deps, ctx, { recovery, typed })) redirect(ctx, recoveryPaths.code);
}

/** False when none was sent, and the page says why. */
async function sendFirstCode(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  { recovery, typed }: { recovery: Recovery; typed: Body },
): Promise<boolean> {
  const from = { address: ctx.ip, language: ctx.state.locale };
  const sent = await recoveryContact.send(deps, recovery, from);
  if (sent.ok) return true;
  // The form was sent twice, or again: the code of the first time is on its way.
  if (sent.reason === 'too_soon' && (await recoveryContact.isUnderWay(deps, recovery))) return true;
  ctx.set('Retry-After', String(sent.retryAfterSeconds));
  const problem: FieldError<RecoverContactProblem> = { ...sendProblem(sent), field: 'contact' };
  showContact(ctx, typed, { errors: [problem], status: 429 });
  return false;
}

function showContact(
  ctx: HttpContext,
  typed: Body,
  shown: { errors?: RecoverContactLocals['errors']; status?: number } = {},
): void {
  const { channel, contact, login, interaction } = typed;
  const { errors = [], status = errors.length > 0 ? 422 : 200 } = shown;
  ctx.state.pageAddress = recoveryStart({ interaction, channel });
  ctx.render(
    'recovery/recover-contact',
    {
      channel,
      otherHref: recoveryStart({ interaction, channel: channel === 'sms' ? 'mail' : 'sms' }),
      contact,
      login,
      form: {
        action: recoveryPaths.start,
        fields: { channel, ...(interaction === undefined ? {} : { interaction }) },
      },
      keepForm: { id: 'recover-form', action: recoveryPaths.keepContact },
      signInHref: signInPath(interaction),
      errors,
    },
    { status },
  );
}

function problemKey(channel: Body['channel'], problem: ContactProblem): RecoverContactProblem {
  return problem === 'missing'
    ? `sign-up.problem.missing_${channel}`
    : `sign-up.problem.${problem}`;
}
