// `GET /entities`: for whom the person who signed in may act at the client that asks.
import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import { identitiesInTurn } from '../mandates/list-identities.ts';
import { toldRoles } from '../mandates/mandate.ts';
import type { ActingIdentity } from '../mandates/acting.ts';
import type { PersonAccess } from '../oidc/bearer/verify-bearer.ts';
import { refuse } from './api-problems.ts';
import { declareRoute } from './api-route.ts';
import type { ApiRoute } from './api-route.ts';
import {
  agencyField,
  instantField,
  pageLimitField,
  parentField,
  roleField,
  serviceField,
  usccField,
  wireInstant,
} from './api-schemas.ts';
import type { CheckDependencies } from './check-mandate.ts';

export interface EntitiesDependencies {
  accounts: CheckDependencies['accounts'];
  mandates: MandateStore;
  /** What a client calls the accounts of organisations. */
  entitySubject: (clientId: string, accountId: string) => string;
}

const LARGEST_PAGE = 100;
const CURSOR = /^[\w-]{1,200}$/u;

const query = z.strictObject({
  limit: pageLimitField({ largest: LARGEST_PAGE, usual: 20 }),
  cursor: z.string().max(200).regex(CURSOR).optional(),
});

const entityItem = z
  .object({
    id: z.string().max(100),
    uscc: usccField.optional(),
    name: z.string().max(200).optional(),
    real_name_level: z.int().min(0).max(4),
    parent: parentField.optional(),
    role: roleField,
    mandate_id: z.string().max(100),
    agency: agencyField.optional(),
    services: z.array(serviceField).max(200).optional(),
    single_use: z.boolean(),
    expires_at: instantField.optional(),
  })
  .meta({ id: 'Entity' });

const entityPage = z
  .object({
    items: z.array(entityItem).max(LARGEST_PAGE),
    next_cursor: z.string().max(200).optional(),
  })
  .meta({ id: 'EntityPage' });

export function listEntities(deps: EntitiesDependencies): ApiRoute {
  return declareRoute({
    method: 'GET',
    path: '/entities',
    name: 'listEntities',
    token: 'person',
    scope: 'mandates:read',
    input: { query },
    output: entityPage,
    status: 200,
    problems: [],
    async handle({ access, query: { limit, cursor } }) {
      const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString('utf8');
      if (cursor !== undefined && Buffer.from(after, 'utf8').toString('base64url') !== cursor) {
        return refuse('fields_invalid', { fields: [{ at: 'query:cursor', code: 'form_wrong' }] });
      }
      const { page, isMore } = await pageOf(deps, access, { after, limit });
      const last = isMore ? page.at(-1)?.reference.mandateIds.join(' ') : undefined;
      const items = page.map((identity) => present(deps, access, identity));
      if (last === undefined) return { body: { items } };
      return { body: { items, next_cursor: Buffer.from(last, 'utf8').toString('base64url') } };
    },
  });
}

/** What the system may see, and one more to know whether there is another page. */
async function pageOf(
  deps: EntitiesDependencies,
  { client, account }: PersonAccess,
  { after, limit }: { after: string; limit: number },
): Promise<{ page: ActingIdentity[]; isMore: boolean }> {
  const use = { clientId: client.client_id, services: client.services };
  const from = after === '' ? {} : { after: after.split(' ') };
  const page: ActingIdentity[] = [];
  for await (const identity of identitiesInTurn(deps, { personId: account.id, use, ...from })) {
    if (page.length === limit) return { page, isMore: true };
    page.push(identity);
  }
  return { page, isMore: false };
}

function present(
  { entitySubject }: EntitiesDependencies,
  { client, grant }: PersonAccess,
  { entity, role, mandate, agency, services, expiresAt }: ActingIdentity,
) {
  // As at the userinfo endpoint: number and name come with `legal_entity`.
  const isReleased = grant.openid?.scope?.split(' ').includes('legal_entity') === true;
  const publicFacts = ({ id, uscc, name }: Account) => ({
    id: entitySubject(client.client_id, id),
    ...(isReleased && uscc !== undefined ? { uscc } : {}),
    ...(isReleased && name !== undefined ? { name } : {}),
  });
  const { parent, realNameLevel } = entity;
  return {
    ...publicFacts(entity),
    real_name_level: realNameLevel,
    ...(parent ? { parent: publicFacts(parent) } : {}),
    role: toldRoles[role],
    mandate_id: mandate.id,
    ...(agency ? { agency: publicFacts(agency) } : {}),
    ...(services ? { services } : {}),
    single_use: mandate.isSingleUse === true,
    ...(expiresAt ? { expires_at: wireInstant(expiresAt) } : {}),
  };
}
