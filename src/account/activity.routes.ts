// What happened to the account: sign-ins and refusals, sessions, consents, changes of credentials.
// Newest first, page by page.
import { z } from 'zod';
import type { AuditEvent } from '../audit/audit-log.ts';
import type { AuditEventType } from '../audit/events.ts';
import { identityEndReasons } from '../oidc/identity/identity-end-reasons.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ActivityEntryView } from './account.views.ts';
import type { Words } from '../platform/http/view-locals.ts';
import { accountFrame, visitorOrSignIn } from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths } from './account-paths.ts';
import { cutPage } from './cut-page.ts';
import { systemName } from './system-name.ts';

type Entry = AuditEvent & { at: Date };

const PAGE_SIZE = 20;

export const shownEvents = [
  'sign_in.succeeded',
  'sign_in.refused',
  'sign_in.second_factor_refused',
  'sessions.ended',
  'sessions.client_signed_out',
  'consent.given',
  'consent.withdrawn',
  'merge.begun',
  'merge.stopped',
  'merge.completed',
  'credentials.password_changed',
  'credentials.totp_enrolled',
  'credentials.totp_removed',
  'credentials.passkey_added',
  'credentials.passkey_renamed',
  'credentials.passkey_removed',
  'credentials.recovery_codes_made',
  'credentials.recovery_code_used',
  'credentials.device_forgotten',
  'credentials.contact_code_sent',
  'credentials.contact_code_verified',
  'oidc.code_replayed',
  'oidc.refresh_reused',
  'oidc.device_approved',
  'oidc.device_refused',
  'oidc.identity_chosen',
  'oidc.identity_switched',
  'oidc.identity_refused',
  'oidc.identity_ended',
  'accounts.created',
  'accounts.imported',
  'accounts.level_changed',
  'accounts.locked',
  'accounts.unlocked',
  'accounts.frozen',
  'accounts.thawed',
  'recovery.completed',
  'recovery.wait_begun',
  'recovery.cancelled',
  'accounts.phone_confirmed',
  'accounts.phone_removed',
  'accounts.email_confirmed',
  'accounts.email_removed',
  'accounts.phone_left',
] as const satisfies readonly AuditEventType[];

const chosenReasons = ['self', 'legal_entity'];

/** Reasons that have words; others say nothing to the person. */
export const reasonsInWords: Partial<Record<AuditEventType, readonly string[]>> = {
  'sign_in.refused': ['password_wrong', 'budget_exhausted'],
  'sessions.ended': [
    'signed_out',
    'idle',
    'account_unavailable',
    'ended_by_person',
    'ended_by_administrator',
    'level_fell',
    'upstream_ended',
    'credentials_changed',
  ],
  'oidc.identity_chosen': chosenReasons,
  'oidc.identity_switched': chosenReasons,
  'oidc.identity_refused': identityEndReasons,
  'oidc.identity_ended': identityEndReasons,
};

/** Milliseconds since the epoch: entries before that instant. */
const query = z.object({
  before: z.coerce.number().int().min(0).max(8.64e15).optional().catch(undefined),
});

export function activityRoutes(deps: AccountDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: accountPaths.activity,
      name: 'account.activity',
      input: { query },
      async handle(ctx, { query: { before } }) {
        const visitor = await visitorOrSignIn(deps, ctx);
        if (visitor) await showActivity(deps, ctx, { visitor, before });
      },
    }),
  ];
}

async function showActivity(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, before }: { visitor: Visitor; before: number | undefined },
): Promise<void> {
  const [frame, found] = await Promise.all([
    accountFrame(deps, visitor),
    deps.audit.listBySubject(visitor.account.id, shownEvents, {
      limit: PAGE_SIZE + 1,
      ...(before === undefined ? {} : { before: new Date(before) }),
    }),
  ]);
  const { entries, olderThan } = cutPage(found, PAGE_SIZE);
  ctx.render('account/activity', {
    ...frame,
    entries: entries.map((entry) => presentEntry(deps, ctx, entry)),
    ...(olderThan === undefined
      ? {}
      : { olderHref: `${accountPaths.activity}?before=${olderThan.getTime()}` }),
  });
}

function presentEntry(
  deps: AccountDependencies,
  ctx: HttpContext,
  entry: Entry,
): ActivityEntryView {
  const { at, type, result, address, clientId } = entry;
  const detail = detailOf(entry);
  return {
    at,
    event: type.replaceAll('.', '_'),
    isRefused: result === 'refused',
    ...(address === undefined ? {} : { address }),
    ...(clientId === undefined ? {} : { system: systemName(deps, clientId, ctx.state.locale) }),
    ...(detail === undefined ? {} : { detail }),
  };
}

function detailOf({ type, reason, level }: Entry): Words | undefined {
  if (type === 'accounts.level_changed' && level !== undefined) {
    return { key: `level.name.${level}` };
  }
  if (reason === undefined || !reasonsInWords[type]?.includes(reason)) return undefined;
  return { key: `account-activity.reason.${reason}` };
}
