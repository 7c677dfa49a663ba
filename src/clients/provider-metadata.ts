// A registered client in the terms of the protocol library, small: the library hashes it each time.
import type { ClientRegistration } from './client-registration.ts';
import { hasSubjects, usesSecret } from './client-rules.ts';

/**
 * `sector_host` is the recorded sector; the library's own
 * checks of it must be off (`sectorIdentifierUriValidate: () => false`).
 */
export function providerMetadata(
  client: ClientRegistration,
  secret: string | undefined,
  sectorHost: string,
): Record<string, unknown> {
  const { contacts, software_id, software_version, approvals, initiate_login_uri, ...rest } =
    client;
  const { subject_type, sector_identifier_uri, ...known } = rest;
  const { mandate_events_uri, account_events_delivery, account_events_uri, bridges, ...metadata } =
    known;
  const isPairwise = hasSubjects(client) && subject_type === 'pairwise';
  const hosts = new Set(client.redirect_uris.map((uri) => new URL(uri).host));
  return {
    ...metadata,
    subject_type: isPairwise ? 'pairwise' : 'public',
    ...(usesSecret(client) && secret !== undefined ? { client_secret: secret } : {}),
    // Under a name of ours: the library takes https only, a demonstration runs without.
    ...(initiate_login_uri === undefined ? {} : { login_starts_at: initiate_login_uri }),
    ...(isPairwise ? { sector_host: sectorHost } : {}),
    ...(isPairwise && (sector_identifier_uri !== undefined || hosts.size > 1)
      ? { sector_identifier_uri: `https://${sectorHost}/` }
      : {}),
  };
}
