// For whom pairwise subjects are computed (OpenID Connect Core 8.1). Decided once, at registration,
// and recorded: a department's server that is down later, or a client that moves to another host,
// must not change who people are.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { describeOutboundFailure } from '../platform/outbound-failure.ts';
import type { Outbound } from '../platform/outbound.ts';
import { problem } from './client-problem.ts';
import type { ClientProblem } from './client-problem.ts';
import type { ClientRegistration } from './client-registration.ts';
import { isLoopbackHost } from './client-uri.ts';

export interface RecordedSector {
  host: string;
  registration: ClientRegistration;
}

type SectorResult = { ok: true; host: string } | { ok: false; problem: ClientProblem };

const FIELD = 'sector_identifier_uri';
const documentSchema = z.array(z.string()).max(1000);

/** @param recorded of the same client before this change */
export async function decideSector(
  outbound: Pick<Outbound, 'fetch'>,
  client: ClientRegistration,
  recorded: RecordedSector | undefined,
): Promise<SectorResult> {
  const uri = client.sector_identifier_uri;
  if (client.subject_type === 'public') {
    return { ok: true, host: recorded?.host ?? ownSector(client.client_id) };
  }
  if (uri !== undefined) {
    const isKnown = isChecked(client, recorded?.registration);
    const found = isKnown ? undefined : await documentProblem(outbound, client, uri);
    return found ? { ok: false, problem: found } : { ok: true, host: new URL(uri).host };
  }
  // RFC 8628 has no redirect address: the host of the keys stands for the sector.
  const places = client.response_types.length > 0 ? client.redirect_uris : [client.jwks_uri ?? ''];
  const hosts = [...new Set(places.filter(Boolean).flatMap(publicHost))];
  if (hosts.length > 1) {
    const values = { hosts: hosts.join(', ') };
    return { ok: false, problem: problem(FIELD, 'sector_document_needed', values) };
  }
  const isFromDocument = recorded?.registration.sector_identifier_uri !== undefined;
  if (recorded && !isFromDocument) return { ok: true, host: recorded.host };
  return { ok: true, host: hosts[0] ?? ownSector(client.client_id) };
}

/** The document has been read for this address and for all of these redirect addresses before. */
function isChecked(client: ClientRegistration, before: ClientRegistration | undefined): boolean {
  return (
    before?.sector_identifier_uri === client.sector_identifier_uri &&
    client.redirect_uris.every((redirect) => before?.redirect_uris.includes(redirect))
  );
}

async function documentProblem(
  outbound: Pick<Outbound, 'fetch'>,
  client: ClientRegistration,
  uri: string,
): Promise<ClientProblem | undefined> {
  let content: unknown;
  try {
    const response = await outbound.fetch(uri, { headers: { accept: 'application/json' } });
    if (response.status !== 200) {
      return problem(FIELD, 'sector_document_unreachable', { reason: `http_${response.status}` });
    }
    content = await response.json().catch(() => undefined);
  } catch (error) {
    const reason = describeOutboundFailure(error);
    if (reason === undefined) throw error;
    return problem(FIELD, 'sector_document_unreachable', { reason });
  }
  const parsed = documentSchema.safeParse(content);
  if (!parsed.success) return problem(FIELD, 'sector_document_invalid');
  const missing = client.redirect_uris.find((redirect) => !parsed.data.includes(redirect));
  if (missing === undefined) return undefined;
  return problem(FIELD, 'sector_document_incomplete', { given: missing });
}

/** Loopback and private-use schemes lead to whoever opens them, so they are nobody's host. */
function publicHost(redirectUri: string): string[] {
  const { protocol, hostname, host } = new URL(redirectUri);
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return isWeb && !isLoopbackHost(hostname) ? [host] : [];
}

/** A sector that only this client is in, in the form of a host that nobody can have (RFC 2606). */
function ownSector(clientId: string): string {
  const name = createHash('sha256').update(clientId).digest('hex').slice(0, 32);
  return `${name}.client.invalid`;
}
