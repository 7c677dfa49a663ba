// Fetches entity statements: what somebody says of itself, and what a superior says of somebody below it.
import { describeOutboundFailure } from '../platform/outbound-failure.ts';
import type { Outbound } from '../platform/outbound.ts';
import { configurationUrl, isEndpoint } from './entity-id.ts';
import {
  checkSignature,
  readConfiguration,
  readSubordinate,
  STATEMENT_TYPE,
} from './read-statement.ts';
import type { SignedConfiguration, SignedSubordinate } from './read-statement.ts';
import { refused } from './trust-refusal.ts';
import type { Trusted } from './trust-refusal.ts';

export interface StatementSourceDependencies {
  outbound: Pick<Outbound, 'fetch'>;
}

const MEDIA_TYPE = `application/${STATEMENT_TYPE}`;

/** Signed with one of the keys that it names itself; whether they are its keys others have to say. */
export async function fetchConfiguration(
  deps: StatementSourceDependencies,
  entity: string,
  now: Date,
): Promise<Trusted<{ statement: SignedConfiguration }>> {
  const fetched = await fetchSigned(deps, configurationUrl(entity), entity);
  if (!fetched.ok) return fetched;
  return readOwnConfiguration(fetched.jwt, entity, now);
}

/** The same of what was handed over in another way. */
export async function readOwnConfiguration(
  jwt: string,
  entity: string,
  now: Date,
): Promise<Trusted<{ statement: SignedConfiguration }>> {
  const read = readConfiguration(jwt, { entity, now });
  if (!read.ok) return read;
  const { statement } = read;
  const signed = await checkSignature({ ...statement, entity }, statement.claims.jwks);
  return signed.ok ? read : signed;
}

/** Its signature is checked with the chain. */
export async function fetchSubordinate(
  deps: StatementSourceDependencies,
  of: { superior: SignedConfiguration; subject: string; now: Date },
): Promise<Trusted<{ statement: SignedSubordinate }>> {
  const issuer = of.superior.claims.sub;
  const { federation_fetch_endpoint: endpoint } =
    of.superior.claims.metadata?.['federation_entity'] ?? {};
  if (!isEndpoint(endpoint))
    return refused('metadata_missing', issuer, 'federation_fetch_endpoint');
  const url = new URL(endpoint);
  url.searchParams.set('sub', of.subject);
  const fetched = await fetchSigned(deps, url.href, issuer);
  if (!fetched.ok) return fetched;
  const read = readSubordinate(fetched.jwt, { issuer, subject: of.subject, now: of.now });
  const named = read.ok ? read.statement.claims.source_endpoint : undefined;
  return named !== undefined && named !== endpoint
    ? refused('source_endpoint_wrong', issuer)
    : read;
}

async function fetchSigned(
  { outbound }: StatementSourceDependencies,
  url: string,
  entity: string,
): Promise<Trusted<{ jwt: string }>> {
  try {
    const response = await outbound.fetch(url, { headers: { accept: MEDIA_TYPE } });
    const type = response.headers.get('content-type')?.split(';')[0]?.trim();
    const isAbsent = response.status === 404 && url.includes('?');
    if (isAbsent) return refused('not_subordinate', entity);
    if (response.status !== 200) return refused('unreachable', entity, `http_${response.status}`);
    if (type !== MEDIA_TYPE) return refused('malformed', entity, 'content_type');
    return { ok: true, jwt: (await response.text()).trim() };
  } catch (error) {
    const failure = describeOutboundFailure(error);
    if (failure === undefined) throw error;
    return refused(failure === 'body_too_large' ? 'too_large' : 'unreachable', entity, failure);
  }
}
