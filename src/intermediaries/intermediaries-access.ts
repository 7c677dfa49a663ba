// Who is at the pages of qualifications: whoever may act for the organisation reads, and whoever may
// act for it as a whole, verified in person and with two factors, applies.
import type { Visitor } from '../account/account-access.ts';
import type { Account } from '../accounts/account.ts';
import { entityHref, entityPaths } from '../legal-entities/entity-paths.ts';
import {
  isStrongEnough,
  personReading,
  personSending,
  showUnfinished,
} from '../legal-entities/legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities/legal-entities-access.ts';
import { mayAppoint } from '../mandates/mandate.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { Locale } from '../platform/http/locale.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { Intermediaries } from './intermediaries.ts';
import type { CertificateView } from './intermediaries.views.ts';
import type { Qualification, QualificationFacts } from './qualification.ts';

export interface IntermediaryPageDependencies extends LegalEntitiesPageDependencies {
  intermediaries: Intermediaries;
}

/** Undefined when it has been answered what is due. */
export async function applying(
  deps: IntermediaryPageDependencies,
  ctx: HttpContext,
  does: 'reads' | 'sends',
): Promise<Visitor | undefined> {
  const visitor = await (does === 'reads' ? personReading : personSending)(deps, ctx);
  if (!visitor) return undefined;
  const returnTo = entityPaths.list;
  return (await isStrongEnough(deps, ctx, { visitor, returnTo })) ? visitor : undefined;
}

export interface OwnEntity {
  entity: Account;
  mayApply: boolean;
}

/** Somebody else's organisation, and one that was never there, look alike. */
export async function ownEntity(
  { intermediaries }: IntermediaryPageDependencies,
  ctx: HttpContext,
  { person, entityId }: { person: Visitor; entityId: string },
): Promise<OwnEntity | undefined> {
  const [mandate, entity] = await Promise.all([
    intermediaries.mandates.between(entityId, person.account.id),
    intermediaries.accounts.findById(entityId),
  ]);
  // Of a branch or department the organisation applies.
  if (mandate && entity && entity.state !== 'closed' && entity.parentId === undefined) {
    return { entity, mayApply: mayAppoint(mandate) };
  }
  redirect(ctx, entityPaths.list);
  return undefined;
}

export interface OwnApplication {
  of: Qualification;
  entity: Account;
}

/** Of an organisation for which this person may apply; somebody else's is over like one that never was. */
export async function ownApplication(
  deps: IntermediaryPageDependencies,
  ctx: HttpContext,
  { person: visitor, application }: { person: Visitor; application: string },
): Promise<OwnApplication | undefined> {
  const { qualifications, mandates, accounts } = deps.intermediaries;
  const of = await qualifications.find(application);
  const mandate = of && (await mandates.between(of.entityId, visitor.account.id));
  const entity = of && (await accounts.findById(of.entityId));
  if (of && entity && mandate && mayAppoint(mandate)) return { of, entity };
  const onwardHref = of && mandate ? entityHref(of.entityId) : undefined;
  const way = onwardHref === undefined ? {} : { onwardHref };
  await showUnfinished(deps, ctx, { visitor, reason: 'over', ...way });
  return undefined;
}

export function certificateView(of: QualificationFacts, locale: Locale): CertificateView {
  const { names, number, authority, validFrom, validUntil } = of;
  return {
    kind: names.kind[locale],
    ...(number === undefined ? {} : { number }),
    authority,
    department: names.department[locale],
    validFrom,
    validUntil,
  };
}
