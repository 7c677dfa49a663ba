// The person's passkeys: added, renamed and removed after a fresh sign-in and a proof beyond the
// password; each change of what opens the account is told, and other sessions may end with it.
import { z } from 'zod';
import {
  addPasskey,
  beginPasskey,
  isFull,
  removePasskey,
  renamePasskey,
} from '../credentials/manage-passkeys.ts';
import type { AddPasskeyOutcome } from '../credentials/manage-passkeys.ts';
import { MAX_RESPONSE_LENGTH } from '../credentials/passkey-ceremony.ts';
import type { Passkey } from '../credentials/passkey-store.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { deviceName } from '../platform/http/device-name.ts';
import { accountFrame, confirmOn, findVisitor, visitorOrExplanation } from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { PasskeyManageProblem, PasskeyView } from './account.views.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths } from './account-paths.ts';
import { provenPage } from './factor-proof.routes.ts';
import { isFresh, newFactorProofDue } from './fresh-sign-in.ts';
import { endOthers } from './sessions.routes.ts';

const page = accountPaths.passkeys;
const name = z.string().max(200).default('');
const passkey = z.string().max(100).default('');
const end_others = z.literal('yes').optional();

const addBody = z.object({
  name,
  credential: z.string().max(MAX_RESPONSE_LENGTH).default(''),
  end_others,
});
const renameBody = z.object({ passkey, name });
const removeBody = z.object({ passkey, end_others });

const REFUSED: Readonly<Record<AddProblem, PasskeyManageProblem>> = {
  passkey_refused: 'account-passkeys.refused',
  passkey_taken: 'account-passkeys.taken',
  too_many: 'account-passkeys.too_many',
};
type AddProblem = (AddPasskeyOutcome & { ok: false })['reason'];

export function passkeyRoutes(deps: AccountDependencies): Route[] {
  return [
    provenPage(deps, { page, name: 'account.passkeys', show: showPasskeys }),
    defineRoute({
      method: 'POST',
      path: accountPaths.passkeyOptions,
      name: 'account.passkey_options',
      limiter: 'enrolment',
      csrf: 'origin',
      input: { body: z.object({}), bodyType: 'json' },
      async handle(ctx) {
        const visitor = await findVisitor(deps, ctx);
        if (!visitor || !(await mayManage(deps, visitor))) {
          ctx.status = 409;
          return;
        }
        const { account, session } = visitor;
        const of = { account, boundTo: session.sid, productName: deps.productName };
        ctx.body = await beginPasskey(deps.credentials, of);
      },
    }),
    ...formRoutes(deps),
  ];
}

function formRoutes(deps: AccountDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: accountPaths.addPasskey,
      name: 'account.add_passkey',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: addBody },
      handle: (ctx, { body }) =>
        managing(deps, ctx, (visitor) => add(deps, ctx, { visitor, body })),
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.renamePasskey,
      name: 'account.rename_passkey',
      limiter: 'account',
      csrf: 'token',
      input: { body: renameBody },
      handle: (ctx, { body }) =>
        managing(deps, ctx, (visitor) => rename(deps, ctx, { visitor, body })),
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.removePasskey,
      name: 'account.remove_passkey',
      limiter: 'account',
      csrf: 'token',
      input: { body: removeBody },
      handle: (ctx, { body }) =>
        managing(deps, ctx, (visitor) => remove(deps, ctx, { visitor, body })),
    }),
  ];
}

async function mayManage(deps: AccountDependencies, visitor: Visitor): Promise<boolean> {
  return isFresh(deps, visitor) && (await newFactorProofDue(deps, visitor)) === 'none';
}

/** For forms: who may not go on is led to the page, which says what is due. */
async function managing(
  deps: AccountDependencies,
  ctx: HttpContext,
  act: (visitor: Visitor) => Promise<void>,
): Promise<void> {
  const visitor = await visitorOrExplanation(deps, ctx);
  if (!visitor) return;
  if (await mayManage(deps, visitor)) await act(visitor);
  else redirect(ctx, page);
}

async function add(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, body }: { visitor: Visitor; body: z.output<typeof addBody> },
): Promise<void> {
  if (body.name.trim() === '') {
    const error = { field: 'name', key: 'account-passkeys.name_missing' } as const;
    return showPasskeys(deps, ctx, { visitor, error });
  }
  const outcome = await addPasskey(deps.credentials, {
    ...ownOf(ctx, visitor),
    boundTo: visitor.session.sid,
    name: body.name,
    response: body.credential,
  });
  if (!outcome.ok) {
    const error = { key: REFUSED[outcome.reason] };
    return showPasskeys(deps, ctx, { visitor, error, name: body.name });
  }
  await deps.notices.changed(visitor.account.id, 'passkey_added');
  if (body.end_others === 'yes') await endOthers(deps, visitor);
  await confirmOn(deps, ctx, { visitor, page, notice: 'account.notice.passkey_added' });
}

async function rename(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, body }: { visitor: Visitor; body: z.output<typeof renameBody> },
): Promise<void> {
  if (body.name.trim() === '') {
    const error = { key: 'account-passkeys.name_missing' } as const;
    return showPasskeys(deps, ctx, { visitor, error });
  }
  const given = { ...ownOf(ctx, visitor), id: body.passkey, name: body.name };
  const isRenamed = await renamePasskey(deps.credentials, given);
  const notice = isRenamed ? 'account.notice.passkey_renamed' : 'account.notice.passkey_gone';
  await confirmOn(deps, ctx, { visitor, page, notice });
}

async function remove(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, body }: { visitor: Visitor; body: z.output<typeof removeBody> },
): Promise<void> {
  const given = { ...ownOf(ctx, visitor), id: body.passkey };
  const outcome = await removePasskey(deps.credentials, given);
  if (!outcome.ok && outcome.reason === 'last_way_in') {
    const error = { key: 'account-passkeys.last_way_in' } as const;
    return showPasskeys(deps, ctx, { visitor, error });
  }
  if (!outcome.ok) {
    return confirmOn(deps, ctx, { visitor, page, notice: 'account.notice.passkey_gone' });
  }
  await deps.notices.changed(visitor.account.id, 'passkey_removed');
  if (body.end_others === 'yes') await endOthers(deps, visitor);
  await confirmOn(deps, ctx, { visitor, page, notice: 'account.notice.passkey_removed' });
}

function ownOf(ctx: HttpContext, { account }: Visitor) {
  return { accountId: account.id, address: ctx.ip };
}

async function showPasskeys(
  deps: AccountDependencies,
  ctx: HttpContext,
  shown: { visitor: Visitor; error?: FieldError<PasskeyManageProblem>; name?: string },
): Promise<void> {
  const { visitor, error } = shown;
  const [frame, passkeys, kept] = await Promise.all([
    accountFrame(deps, visitor),
    deps.credentials.passkeys.list(visitor.account.id),
    deps.residents.keptOf(visitor.account),
  ]);
  const isKept = kept?.means.has('factors') === true;
  const add = {
    form: { action: accountPaths.addPasskey },
    optionsAction: accountPaths.passkeyOptions,
  };
  ctx.render(
    'account/passkeys',
    {
      ...frame,
      passkeys: passkeys.map(presentPasskey),
      ...(isFull(passkeys.length) || isKept ? {} : { add }),
      ...(isKept ? { isKept: true as const } : {}),
      suggestedName: shown.name ?? deviceName(ctx.get('user-agent').slice(0, 300)) ?? '',
      renameForm: { action: accountPaths.renamePasskey },
      removeForm: { action: accountPaths.removePasskey },
      backHref: accountPaths.security,
      errors: error ? [error] : [],
    },
    { status: error ? 422 : 200 },
  );
}

function presentPasskey({ id, name: called, createdAt, lastUsedAt }: Passkey): PasskeyView {
  return { id, name: called, createdAt, ...(lastUsedAt ? { lastUsedAt } : {}) };
}
