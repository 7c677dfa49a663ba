// An address that has used up a limit is an event; each further refusal is not.
import type { AuditLog } from '../audit/audit-log.ts';
import { SparingLog } from '../audit/sparing-log.ts';
import type { LimiterName } from '../platform/http/limits.ts';
import type { Logger } from '../platform/logger.ts';

export function recordExceeded({ audit, logger }: { audit: AuditLog; logger: Logger }) {
  const sparing = new SparingLog(audit);
  return (reason: LimiterName, address: string): void => {
    sparing
      .record({ type: 'limits.exceeded', actor: 'anonymous', address, result: 'refused', reason })
      .catch((error: unknown) => logger.error({ err: error }, 'a refusal was not recorded'));
  };
}
