// The profile of an organisation: what is known of it, from where and since when, what it may still
// show, and whether it is an intermediary.
import { VERIFIED_LEVEL } from '../../accounts/account.ts';
import type { Account } from '../../accounts/account.ts';
import { isPasswordOver } from '../../credentials/password-policy.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import { mayAppoint } from '../../mandates/mandate.ts';
import {
  certificateHref,
  entityPasswordHref,
  entityPaths,
  licenceHref,
  transferHref,
} from '../entity-paths.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities-access.ts';
import type { EntityFactView, EntityLocals } from './space.views.ts';
import { hasEndingProof } from '../proof-expiry.ts';
import { entityQuery, spaceFrame, spaceVisit } from './space-access.ts';
import type { SpaceVisit } from './space-access.ts';

export function profileRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.view,
      name: 'legal_entities.view',
      input: { query: entityQuery },
      async handle(ctx, { query }) {
        const visit = await spaceVisit(deps, ctx, query.entity);
        if (visit) await showProfile(deps, ctx, visit);
      },
    }),
  ];
}

async function showProfile(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  visit: SpaceVisit,
): Promise<void> {
  const { entity, own } = visit;
  const { subtype, realNameLevel, realNameVerifiedAt, parentId } = entity;
  const isOnItsOwn = parentId === undefined;
  const record = await deps.legalEntities.records.find(entity.id);
  ctx.render('legal-entities/entity', {
    ...(await spaceFrame(deps, visit, 'profile')),
    facts: factsOf(entity),
    formerNames: record?.formerNames.toReversed() ?? [],
    ...(subtype === undefined ? {} : { subtype }),
    realNameLevel,
    ...(realNameVerifiedAt ? { verifiedAt: realNameVerifiedAt } : {}),
    ...(record && !record.isReviewed
      ? { record: { status: record.status, checkedAt: record.checkedAt } }
      : {}),
    ...(own && isOnItsOwn ? qualificationsOf(deps, entity) : {}),
    ...(own && isOnItsOwn && mayAppoint(own) ? await raisingOf(deps, entity) : {}),
    ...(isOnItsOwn ? await passwordOf(deps, visit) : {}),
  });
}

/** Each with where it comes from, as 国办函〔2016〕108号 grades it. */
function factsOf(entity: Account): EntityFactView[] {
  return (['name', 'uscc'] as const).flatMap((name) => {
    const attribute = entity.attribute(name);
    if (!attribute) return [];
    const { value, source, grade, verifiedAt } = attribute;
    return [{ name, value, source: wordOf(source), grade, ...(verifiedAt ? { verifiedAt } : {}) }];
  });
}

/** `register:legalEntities` → `legalEntities`; what has no words of its own is `other`. */
function wordOf(source: string): EntityFactView['source'] {
  const name = source.replace(/^register:/u, '');
  return SOURCES.find((each) => each === name) ?? 'other';
}

const SOURCES = [
  'legalEntities',
  'certificate',
  'licence',
  'bankTransfer',
  'review',
  'window',
  'import',
  'parent',
] as const;

function qualificationsOf(
  { legalEntities: { qualificationPath, clock } }: LegalEntitiesPageDependencies,
  entity: Account,
): Pick<EntityLocals, 'qualifications'> {
  const isIntermediary = entity.isIntermediaryAt(clock.now());
  if (qualificationPath === undefined) return {};
  const href = `${qualificationPath}?entity=${encodeURIComponent(entity.id)}`;
  return { qualifications: { href, isIntermediary } };
}

/** For who acts for it as a whole: who may set it, and who only has to know of it. */
async function passwordOf(
  { visitors, legalEntities }: LegalEntitiesPageDependencies,
  { entity, own, isWhole }: SpaceVisit,
): Promise<Pick<EntityLocals, 'password'>> {
  const mayBe = entity.isActive && entity.realNameLevel >= VERIFIED_LEVEL;
  if (!isWhole || !mayBe) return {};
  const password = await visitors.credentials.passwords.find(entity.id);
  const isThere = password && !isPasswordOver(password, legalEntities.clock.now());
  const isRepresentative = own?.role === 'legalRepresentative';
  if (!isRepresentative && !isThere) return {};
  return {
    password: {
      ...(isThere ? { changedAt: password.changedAt } : {}),
      ...(isRepresentative ? { href: entityPasswordHref(entity.id) } : {}),
    },
  };
}

/** Nothing is offered that could give no more than there is, or keep it. */
async function raisingOf(
  { legalEntities }: LegalEntitiesPageDependencies,
  { id: entityId, realNameLevel }: Account,
): Promise<Pick<EntityLocals, 'raising'>> {
  const { certificates, licences, transfers } = legalEntities;
  const isEnding = await hasEndingProof(legalEntities, entityId);
  const least = isEnding ? realNameLevel : realNameLevel + 1;
  const isOffered = (means: { cap: number } | undefined) => (means?.cap ?? 0) >= least;
  const raising = {
    ...(isOffered(certificates) ? { certificateHref: certificateHref(entityId) } : {}),
    ...(isOffered(licences) ? { licenceHref: licenceHref({ entityId }) } : {}),
    ...(isOffered(transfers) ? { transferHref: transferHref(entityId) } : {}),
  };
  return Object.keys(raising).length > 0 ? { raising: { ...raising, isEnding } } : {};
}
