// Which systems received what, and how to stop it: withdraw what was allowed, or sign a system out
// that works by law under notice.
import { z } from 'zod';
import { isClientId, LONGEST_CLIENT_ID } from '../clients/client-id.ts';
import type { ClientRegistration } from '../clients/client-registration.ts';
import type { ConsentRecord } from '../consent/consent-store.ts';
import { signOutOfSystem, withdrawConsent } from '../consent/withdraw-consent.ts';
import { startOfLogin } from '../oidc/claims/relying-party-view.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ServiceView } from './account.views.ts';
import { presentDevice } from './code-devices.routes.ts';
import {
  accountFrame,
  confirmOn,
  visitorOrExplanation,
  visitorOrSignIn,
} from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { ACCOUNT_CLIENT_ID, accountPaths } from './account-paths.ts';
import { presentItems } from './present-items.ts';
import { systemName } from './system-name.ts';

const body = z.object({ client: z.string().max(LONGEST_CLIENT_ID).refine(isClientId) });

export function serviceRoutes(deps: AccountDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: accountPaths.services,
      name: 'account.services',
      async handle(ctx) {
        const visitor = await visitorOrSignIn(deps, ctx);
        if (visitor) await showServices(deps, ctx, visitor);
      },
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.withdraw,
      name: 'account.withdraw_consent',
      limiter: 'account',
      csrf: 'token',
      input: { body },
      async handle(ctx, { body: { client } }) {
        const visitor = await visitorOrExplanation(deps, ctx);
        if (!visitor) return;
        const of = { accountId: visitor.account.id, clientId: client, address: ctx.ip };
        const outcome = await withdrawConsent({ ...deps, basisOf: (id) => basisOf(deps, id) }, of);
        const notice = outcome.ok
          ? 'account.notice.withdrawn'
          : 'account.notice.nothing_to_withdraw';
        await confirmOn(deps, ctx, { visitor, page: accountPaths.services, notice });
      },
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.signOutOfSystem,
      name: 'account.sign_out_of_system',
      limiter: 'account',
      csrf: 'token',
      input: { body },
      async handle(ctx, { body: { client } }) {
        const visitor = await visitorOrExplanation(deps, ctx);
        if (!visitor) return;
        await signOutOfSystem(deps, { accountId: visitor.account.id, clientId: client });
        const notice = 'account.notice.system_signed_out';
        await confirmOn(deps, ctx, { visitor, page: accountPaths.services, notice });
      },
    }),
  ];
}

/** What a system is registered for today; undefined when it is no longer there. */
function basisOf({ clients }: Pick<AccountDependencies, 'clients'>, clientId: string) {
  const registration = clients.registration(clientId);
  if (!registration) return undefined;
  return registration.consent === 'notice' ? ('notice' as const) : ('consent' as const);
}

async function showServices(
  deps: AccountDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const { id } = visitor.account;
  const [frame, consents, sessions, devices, acting] = await Promise.all([
    accountFrame(deps, visitor),
    deps.consents.listByAccount(id),
    deps.sessions.listByAccount(id),
    deps.grants.devicesOfAccount(id),
    actingFor(deps, id),
  ]);
  const open = new Set(sessions.flatMap(({ clientIds }) => clientIds));
  ctx.render('account/services', {
    ...frame,
    services: consents
      .filter(({ clientId }) => clientId !== ACCOUNT_CLIENT_ID)
      .map((consent) => presentService(deps, ctx, { consent, open, acting })),
    devices: devices.map((device) => presentDevice(deps, ctx, device)),
    endDeviceForm: { action: accountPaths.endDevice },
    withdrawForm: { action: accountPaths.withdraw },
    signOutSystemForm: { action: accountPaths.signOutOfSystem },
  });
}

interface ServiceFacts {
  consent: ConsentRecord;
  open: ReadonlySet<string>;
  acting: ReadonlyMap<string, readonly string[]>;
}

/** Names of the organisations that a person acts for now, by system. */
async function actingFor({ actingGrants, accounts }: AccountDependencies, accountId: string) {
  const grants = await actingGrants.actingOfAccount(accountId);
  const found = new Map<string, Set<string>>();
  for (const { clientId, entityId } of grants) {
    const entity = await accounts.findById(entityId);
    if (entity?.name === undefined) continue;
    const names = found.get(clientId) ?? new Set();
    found.set(clientId, names.add(entity.name));
  }
  return new Map([...found].map(([clientId, names]) => [clientId, [...names]]));
}

function presentService(
  deps: AccountDependencies,
  ctx: HttpContext,
  { consent, open, acting }: ServiceFacts,
): ServiceView {
  const { clientId, items, firstAt, lastAt } = consent;
  const basis = basisOf(deps, clientId) ?? consent.basis;
  const registration = deps.clients.registration(clientId);
  const { purposes = {} } = registration ?? {};
  const homeUrl = homeOf(deps, registration);
  const language = ctx.state.locale.split('-')[0];
  const stated = items
    .map((item) => item.replace(/^scope:/u, ''))
    .map((scope) => purposes[`${scope}#${language}`] ?? purposes[scope])
    .filter((purpose) => purpose !== undefined);
  return {
    clientId,
    name: systemName(deps, clientId, ctx.state.locale),
    ...(homeUrl === undefined ? {} : { homeUrl }),
    basis,
    canWithdraw: basis === 'consent',
    isOpen: open.has(clientId),
    actingFor: acting.get(clientId) ?? [],
    items: presentItems(items),
    ...(stated.length > 0 ? { purpose: [...new Set(stated)].join('；') } : {}),
    firstAt,
    lastAt,
  };
}

/** Where the system signs in by itself (OpenID Connect Core 4), or else its start page. */
function homeOf(
  { issuer }: Pick<AccountDependencies, 'issuer'>,
  registration: ClientRegistration | undefined,
): string | undefined {
  const { initiate_login_uri: start, client_uri: home } = registration ?? {};
  return start === undefined ? home : startOfLogin(start, issuer);
}
