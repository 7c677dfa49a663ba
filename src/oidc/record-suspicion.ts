// Requests that the gateway in front marked as suspicious, with what came of them. A flood of them is
// recorded once a minute for each person, client and address.
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { AuditLog } from '../audit/audit-log.ts';
import { SparingLog } from '../audit/sparing-log.ts';
import { suspicionOf } from '../platform/http/forwarded.ts';
import type { Logger } from '../platform/logger.ts';

export function recordSuspicion(
  provider: Provider,
  { audit, logger }: { audit: AuditLog; logger: Logger },
): void {
  const sparing = new SparingLog(audit);
  const recorder = (result: 'done' | 'refused', reason: string) => (ctx: KoaContextWithOIDC) => {
    const word = suspicionOf(ctx.req);
    if (word === undefined) return;
    const { client, session } = ctx.oidc;
    const who = { actor: session?.accountId ?? 'anonymous', clientId: client?.clientId };
    const facts = { address: ctx.ip, result, reason, details: { gateway: word } };
    sparing
      .record({ type: 'oidc.request_suspected', ...who, ...facts })
      .catch((error: unknown) => logger.error({ err: error }, 'a suspicion was not recorded'));
  };
  provider.on('interaction.started', recorder('done', 'asked'));
  provider.on('authorization.accepted', recorder('done', 'factor_is_fresh'));
  provider.on('authorization.error', recorder('refused', 'request_refused'));
}
