// 我监护的孩子: the list, and the page of each child.
import { z } from 'zod';
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { maskName, maskNumber } from '../accounts/masking.ts';
import { agreementPath } from '../agreements/agreement-path.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { RESIDENT_ID } from '../verification/identity-form.ts';
import { childInCare, guardianReading, wardOf } from './guardianship-access.ts';
import type { GuardianshipPageDependencies, InCare } from './guardianship-access.ts';
import { childHref, childPaths, hrefOf, reviewHref } from './guardianship-paths.ts';
import { CHILD_AGREEMENT } from './guardianship.ts';
import type { Guardianship } from './guardianship.ts';
import { canInvite } from './invite-guardian.ts';
import type { ChildLocals, ChildrenLocals } from './guardianship.views.ts';
import { isStopped } from './ward.ts';

export const childId = z.string().max(100).default('');

export function childrenRoutes(deps: GuardianshipPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: childPaths.list,
      name: 'guardianship.list',
      async handle(ctx) {
        const visitor = await guardianReading(deps, ctx);
        if (visitor) await showList(deps, ctx, visitor);
      },
    }),
    defineRoute({
      method: 'GET',
      path: childPaths.view,
      name: 'guardianship.view',
      input: { query: z.object({ child: childId }) },
      async handle(ctx, { query }) {
        const found = await childInCare(deps, ctx, { who: guardianReading, childId: query.child });
        if (found) await showChild(deps, ctx, found);
      },
    }),
  ];
}

async function showList(
  deps: GuardianshipPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const { guardianship, visitors } = deps;
  const wards = await guardianship.wards.ofGuardian(visitor.account.id);
  const found = await Promise.all(
    wards.map(({ id }) => wardOf(guardianship, visitor.account.id, id)),
  );
  ctx.render('guardianship/children', {
    ...(await accountFrame(visitors, visitor)),
    children: found
      .filter((each) => each !== undefined)
      .map(({ ward, guardian, child }) => ({
        maskedName: maskName(child.name ?? ''),
        maskedNumber: maskNumber(child.certificate?.number ?? '', 'signedIn'),
        relation: guardian.relation,
        state: ward.state,
        href: childHref(child.id),
      })),
    joinHref: childPaths.join,
    reviews: await reviewsOf(deps, visitor),
    ...(guardianship.households ? { addHref: childPaths.add } : detailsOf(guardianship)),
  });
}

/** Without a register that tells, staff look at papers. */
function detailsOf({ review }: Pick<Guardianship, 'review'>): { addHref?: string } {
  return review ? { addHref: childPaths.details } : {};
}

async function reviewsOf(
  { guardianship: { applications, review } }: GuardianshipPageDependencies,
  { account }: Visitor,
): Promise<ChildrenLocals['reviews']> {
  if (!review) return [];
  const sent = await applications.ofGuardian(account.id);
  const found = await Promise.all(
    sent.map(async (application) => {
      const present = await review.caseOf(application);
      if (!present) return [];
      const { name, id } = application;
      return [{ maskedName: maskName(name), state: present.state, href: reviewHref(id) }];
    }),
  );
  return found.flat();
}

async function showChild(
  deps: GuardianshipPageDependencies,
  ctx: HttpContext,
  { visitor, ward, guardian, child }: InCare,
): Promise<void> {
  const { guardianship, visitors } = deps;
  const { type = RESIDENT_ID, number = '' } = child.certificate ?? {};
  const current = guardianship.agreements.current(CHILD_AGREEMENT).version;
  const isLocked = isStopped(ward, child);
  const isDue = ward.state === 'withdrawn' || guardian.consent.version < current;
  ctx.render('guardianship/child', {
    ...(await accountFrame(visitors, visitor)),
    maskedName: maskName(child.name ?? ''),
    certificateType: type,
    maskedNumber: maskNumber(number, 'signedIn'),
    relation: guardian.relation,
    state: ward.state,
    isLocked,
    since: guardian.since,
    consent: consentView(deps, ctx, guardian.consent),
    guardians: await guardiansView(deps, { visitor, ward }),
    ...(isDue ? { consentHref: hrefOf(childPaths.consent, child.id) } : {}),
    ...(ward.state === 'withdrawn' ? {} : { withdrawHref: hrefOf(childPaths.withdraw, child.id) }),
    ...(isLocked ? {} : { eraseHref: hrefOf(childPaths.erase, child.id) }),
    ...invitationView(deps, ward),
  });
}

function invitationView(
  { guardianship: { clock } }: GuardianshipPageDependencies,
  ward: InCare['ward'],
): Pick<ChildLocals, 'inviteForm' | 'invitation'> {
  if (!canInvite(ward)) return {};
  const fields = { child: ward.id };
  const inviteForm = { action: childPaths.invite, fields };
  const expiresAt = ward.invitation?.expiresAt;
  if (expiresAt === undefined || expiresAt <= clock.now()) return { inviteForm };
  return {
    inviteForm,
    invitation: { expiresAt, revokeForm: { action: childPaths.revoke, fields } },
  };
}

function consentView(
  { guardianship: { agreements } }: GuardianshipPageDependencies,
  ctx: HttpContext,
  { version, language, at }: InCare['guardian']['consent'],
): ChildLocals['consent'] {
  const given = agreements.find(CHILD_AGREEMENT, version) ?? agreements.current(CHILD_AGREEMENT);
  const { title } = given.texts[ctx.state.locale] ?? given.texts[language];
  return { title, version, at, href: agreementPath(CHILD_AGREEMENT, version) };
}

function guardiansView(
  { guardianship: { accounts } }: GuardianshipPageDependencies,
  { visitor, ward }: Pick<InCare, 'visitor' | 'ward'>,
): Promise<ChildLocals['guardians']> {
  return Promise.all(
    ward.guardians.map(async ({ accountId, relation, isResting }) => {
      const account = await accounts.findById(accountId);
      const isSelf = accountId === visitor.account.id;
      const maskedName = maskName(account?.name ?? '');
      return { maskedName, relation, isSelf, isResting: isResting === true };
    }),
  );
}
