// Signing in a device that has no keyboard (RFC 8628): the person types the code it shows, sees
// which application asks from where, and allows or refuses it. Signing in itself, levels and
// consent are an interaction as any other; it begins when the person allows the device.
import type { Provider } from 'oidc-provider';
import { z } from 'zod';
import type { Account } from '../../accounts/account.ts';
import { maskName } from '../../accounts/masking.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import type { RelyingPartyView } from '../../platform/http/view-locals.ts';
import { networkOf } from '../../platform/network.ts';
import { deviceName } from '../../platform/http/device-name.ts';
import { relyingPartyView } from '../claims/relying-party-view.ts';
import type { DeviceCodeProblem } from '../oidc.views.ts';
import { DEVICE_END_PATH, DEVICE_PATH, deviceEnds } from '../pages/device-pages.ts';
import type { DeviceEnd } from '../pages/device-pages.ts';
import { formatUserCode, readUserCode } from './device-code.ts';
import { foundCodes, keepFoundCode } from './found-codes.ts';
import type { DeviceCodePayload } from './device-code.ts';
import { DeviceCodeLookup } from './device-lookup.ts';
import type { DeviceLookupDependencies, FoundDeviceCode, LookupResult } from './device-lookup.ts';
import { beginDeviceSignIn } from './device-sign-in.ts';
import type { DeviceSignInDependencies } from './device-sign-in.ts';
import type { DeviceDecisions } from './device-decisions.ts';

export interface DeviceRouteDependencies
  extends DeviceSignInDependencies, DeviceLookupDependencies {
  provider: () => Provider;
  decisions: DeviceDecisions;
  accounts: { findById(id: string): Promise<Account | undefined> };
}

type Deps = DeviceRouteDependencies & { lookup: DeviceCodeLookup };

const typedCode = z.string().max(100).default('');
const CONFIRM_PATH = `${DEVICE_PATH}/confirm`;
const APPROVE_PATH = `${DEVICE_PATH}/approve`;
const REFUSE_PATH = `${DEVICE_PATH}/refuse`;
export function deviceRoutes(given: DeviceRouteDependencies): Route[] {
  const deps: Deps = { ...given, lookup: new DeviceCodeLookup(given) };
  return [
    ...pageRoutes(deps),
    formRoute(deps, {
      path: DEVICE_PATH,
      name: 'device.find',
      act: (ctx, { code }) => {
        keepFoundCode(deps, ctx, code.userCode);
        redirect(ctx, CONFIRM_PATH);
      },
    }),
    formRoute(deps, {
      path: APPROVE_PATH,
      name: 'device.approve',
      act: async (ctx, { code }) => {
        keepFoundCode(deps, ctx, code.userCode);
        redirect(ctx, await beginDeviceSignIn(deps, ctx, code));
      },
    }),
    formRoute(deps, {
      path: REFUSE_PATH,
      name: 'device.refuse',
      act: async (ctx, { code, accountId }) => {
        const isRefused = await deps.decisions.refuse(code, { accountId, address: ctx.ip });
        redirect(ctx, endAddress(isRefused ? 'refused' : 'used', code));
      },
    }),
    ...[APPROVE_PATH, REFUSE_PATH].map((path) =>
      // Forms only; opened by themselves they lead to the page.
      defineRoute({
        method: 'GET',
        path,
        name: path === APPROVE_PATH ? 'device.form_approve' : 'device.form_refuse',
        handle: (ctx) => redirect(ctx, DEVICE_PATH),
      }),
    ),
  ];
}

function pageRoutes(deps: Deps): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: DEVICE_PATH,
      name: 'device.show',
      // Looks nothing up: an address must not be a way to try codes.
      input: { query: z.object({ user_code: typedCode }) },
      handle: (ctx, { query }) => showForm(ctx, { typed: query.user_code }),
    }),
    defineRoute({
      method: 'GET',
      path: CONFIRM_PATH,
      name: 'device.confirm',
      handle: (ctx) => confirm(deps, ctx),
    }),
    defineRoute({
      method: 'GET',
      path: DEVICE_END_PATH,
      name: 'device.end',
      input: {
        query: z.object({
          end: z.enum(deviceEnds).catch('failed'),
          client_id: z.string().max(100).default(''),
        }),
      },
      handle: (ctx, { query }) => showEnd(deps, ctx, { end: query.end, clientId: query.client_id }),
    }),
  ];
}

/** A form that carries a code; only wrong ones count against the limits. */
function formRoute(
  deps: Deps,
  form: {
    path: string;
    name: string;
    act: (ctx: HttpContext, found: FoundDeviceCode) => Promise<void> | void;
  },
): Route {
  return defineRoute({
    method: 'POST',
    path: form.path,
    name: form.name,
    limiter: 'deviceCode',
    csrf: 'token',
    input: { body: z.object({ user_code: typedCode }) },
    async handle(ctx, input) {
      const found = await findCode(deps, ctx, input.body.user_code);
      if (!found) return;
      await input.giveBack();
      await form.act(ctx, found);
    },
  });
}

/** The code that was typed; undefined when the page has said why there is none. */
async function findCode(
  deps: Deps,
  ctx: HttpContext,
  typed: string,
): Promise<FoundDeviceCode | undefined> {
  ctx.state.pageAddress = DEVICE_PATH;
  const userCode = readUserCode(typed);
  if (userCode === undefined) {
    const key = typed.trim() === '' ? 'device.code_missing' : 'device.code_form';
    showForm(ctx, { typed, problem: key });
    return undefined;
  }
  const found = await deps.lookup.find(ctx, userCode);
  if (found.ok) return found;
  showRefusal(ctx, typed, found);
  return undefined;
}

function showRefusal(ctx: HttpContext, typed: string, refused: LookupResult & { ok: false }): void {
  const { reason, retryAfterSeconds } = refused;
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds));
  showForm(ctx, { typed, problem: `device.code_${reason}` });
}

async function confirm(deps: Deps, ctx: HttpContext): Promise<void> {
  const [userCode] = foundCodes(deps, ctx);
  if (userCode === undefined) return redirect(ctx, DEVICE_PATH);
  const found = await deps.lookup.findAgain(ctx, userCode);
  if (found.ok) return showConfirmation(deps, ctx, found);
  ctx.state.pageAddress = DEVICE_PATH;
  showRefusal(ctx, userCode, found);
}

function showForm(ctx: HttpContext, given: { typed: string; problem?: DeviceCodeProblem }): void {
  const { typed, problem } = given;
  const code = readUserCode(typed);
  const isExhausted = problem === 'device.code_exhausted' || problem === 'device.code_busy';
  ctx.render(
    'oidc/device-code',
    {
      form: { action: DEVICE_PATH },
      userCode: code === undefined ? typed : formatUserCode(code),
      isPrefilled: code !== undefined && problem === undefined,
      needsSignIn: problem === 'device.code_busy',
      errors: problem ? [{ field: 'user-code', key: problem }] : [],
    },
    { status: problem === undefined ? 200 : isExhausted ? 429 : 422 },
  );
}

async function showConfirmation(
  deps: Deps,
  ctx: HttpContext,
  { code, accountId }: FoundDeviceCode,
): Promise<void> {
  const client = await deps.provider().Client.find(code.clientId);
  if (!client) {
    showForm(ctx, { typed: code.userCode, problem: 'device.code_unknown' });
    return;
  }
  const account = accountId === undefined ? undefined : await deps.accounts.findById(accountId);
  const fields = { user_code: code.userCode };
  ctx.render('oidc/device-confirm', {
    relyingParty: relyingPartyView(deps.issuer, client, ctx.state.locale),
    userCode: formatUserCode(code.userCode),
    ...presentDevice(code, ctx.ip),
    ...(account ? { maskedName: maskName(account.name ?? account.login ?? '') } : {}),
    approveForm: { action: APPROVE_PATH, fields },
    refuseForm: { action: REFUSE_PATH, fields },
  });
}

function presentDevice({ deviceInfo, iat, exp }: DeviceCodePayload, ownAddress: string) {
  const name = deviceName(deviceInfo?.userAgent ?? '');
  const network = deviceInfo && networkOf(deviceInfo.address);
  return {
    ...(name === undefined ? {} : { device: name }),
    isSameNetwork: network === networkOf(ownAddress),
    askedAt: new Date(iat * 1000),
    endsAt: new Date(exp * 1000),
  };
}

async function showEnd(
  deps: Deps,
  ctx: HttpContext,
  { end, clientId }: { end: DeviceEnd; clientId: string },
): Promise<void> {
  const client = clientId === '' ? undefined : await deps.provider().Client.find(clientId);
  const relyingParty: RelyingPartyView | undefined =
    client && relyingPartyView(deps.issuer, client, ctx.state.locale);
  ctx.render(
    'oidc/device-end',
    { end, ...(relyingParty ? { relyingParty } : {}), codeHref: DEVICE_PATH },
    { isError: end === 'used' || end === 'expired' || end === 'failed' },
  );
}

function endAddress(end: DeviceEnd, { clientId }: DeviceCodePayload): string {
  const query = new URLSearchParams({ end, client_id: clientId });
  return `${DEVICE_END_PATH}?${query.toString()}`;
}
