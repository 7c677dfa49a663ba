// Records that the federation does not vouch for a platform that somebody wanted to come from, and why: the
// same word as on the page.
import type { TrustRefusal } from '../federation-trust/trust-refusal.ts';
import type { FederationDependencies } from './federation-deps.ts';

export async function noteUntrusted(
  { refusals, logger }: Pick<FederationDependencies, 'refusals' | 'logger'>,
  of: {
    issuer: string;
    refusal: TrustRefusal;
    address: string;
    traceId: string;
    clientId?: string | undefined;
  },
): Promise<void> {
  const { issuer, refusal, address, traceId, clientId } = of;
  const { reason, entity, detail } = refusal;
  const details = { issuer, entity, traceId, ...(detail === undefined ? {} : { detail }) };
  logger.warn({ ...details, reason }, 'a platform is not trusted');
  await refusals.record({
    type: 'federation_trust.provider_refused',
    actor: 'anonymous',
    ...(clientId === undefined ? {} : { clientId }),
    address,
    result: 'refused',
    reason,
    details,
  });
}
