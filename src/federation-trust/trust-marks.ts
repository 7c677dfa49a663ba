// Trust marks (OpenID Federation 1.0, 7): what somebody whom the anchor trusts with it says that an entity
// fulfils.
import { z } from 'zod';
import { jwksSchema } from '../clients/client-keys.ts';
import { ownValue } from '../platform/own-value.ts';
import { isEntityId } from './entity-id.ts';
import type { HeldTrustMark, StatementKeys } from './entity-statement.ts';
import { checkSignature, openSigned, timeProblem } from './read-statement.ts';
import type { TrustChain } from './trust-chain.ts';
import { refused } from './trust-refusal.ts';
import type { Trusted } from './trust-refusal.ts';

export const TRUST_MARK_TYPE = 'trust-mark+jwt';
const DELEGATION_TYPE = 'trust-mark-delegation+jwt';

const entityId = z.string().refine(isEntityId);
const claims = z.looseObject({
  iss: entityId,
  sub: entityId,
  trust_mark_type: z.string().max(500),
  iat: z.number(),
  exp: z.number().optional(),
});
export const trustMarkSchema = z.looseObject({
  ...claims.shape,
  delegation: z.string().max(16_384).optional(),
});

interface JudgedBy {
  now: Date;
  /** The federation keys of somebody in this federation; undefined when there is no chain to them. */
  keysOf(issuer: string): Promise<StatementKeys | undefined>;
}

/** Whether the subject of the chain holds a valid mark of each type. The first that is missing is named. */
export async function checkTrustMarks(
  chain: TrustChain,
  types: readonly string[],
  by: JudgedBy,
): Promise<Trusted<object>> {
  const held = chain.configuration.claims.trust_marks ?? [];
  for (const type of types) {
    const own = held.filter(({ trust_mark_type }) => trust_mark_type === type);
    const valid = await Promise.all(own.map((mark) => isValid(mark, chain, by)));
    if (!valid.includes(true)) return refused('trust_mark_missing', chain.subject, type);
  }
  return { ok: true };
}

/** Those of its marks that count, as they are held. */
export async function validTrustMarks(chain: TrustChain, by: JudgedBy): Promise<HeldTrustMark[]> {
  const held = chain.configuration.claims.trust_marks ?? [];
  const judged = await Promise.all(
    held.map(async (mark) => ((await isValid(mark, chain, by)) ? [mark] : [])),
  );
  return judged.flat();
}

async function isValid(
  { trust_mark_type: type, trust_mark: jwt }: HeldTrustMark,
  chain: TrustChain,
  by: JudgedBy,
): Promise<boolean> {
  const opened = openSigned(jwt, TRUST_MARK_TYPE, chain.subject);
  const parsed = opened.ok ? trustMarkSchema.safeParse(opened.payload) : undefined;
  if (!opened.ok || !parsed?.success) return false;
  const { data: mark } = parsed;
  const isAbout = mark.sub === chain.subject && mark.trust_mark_type === type;
  if (!isAbout || timeProblem(mark, by.now)) return false;
  const { trust_mark_issuers: issuers = {} } = chain.anchorConfiguration.claims;
  const allowed = ownValue(issuers, type);
  // An empty list lets anybody issue it; without a list nobody may.
  if (!allowed || (allowed.length > 0 && !allowed.includes(mark.iss))) return false;
  if (!(await isDelegated(mark, chain, by.now))) return false;
  const keys = await by.keysOf(mark.iss);
  const { keyId } = opened;
  return keys !== undefined && (await checkSignature({ jwt, keyId, entity: mark.iss }, keys)).ok;
}

/** Needed where the anchor knows the owner of the type. */
async function isDelegated(
  mark: z.output<typeof trustMarkSchema>,
  chain: TrustChain,
  now: Date,
): Promise<boolean> {
  const { trust_mark_owners: owners = {} } = chain.anchorConfiguration.claims;
  const type = mark.trust_mark_type;
  const owner = ownValue(owners, type);
  if (!owner) return mark.delegation === undefined;
  const jwt = mark.delegation ?? '';
  const opened = openSigned(jwt, DELEGATION_TYPE, owner.sub);
  const parsed = opened.ok ? claims.safeParse(opened.payload) : undefined;
  if (!opened.ok || !parsed?.success) return false;
  const { data } = parsed;
  const isMeant = data.iss === owner.sub && data.sub === mark.iss && data.trust_mark_type === type;
  if (!isMeant || timeProblem(data, now)) return false;
  const keys = jwksSchema.parse(owner.jwks);
  const { keyId } = opened;
  return (await checkSignature({ jwt, keyId, entity: owner.sub }, keys)).ok;
}
