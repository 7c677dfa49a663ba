// The audit record of a check that proved nothing. What it proved is recorded with the proof.
import type { AuditLog } from '../audit/audit-log.ts';

export async function noteUnproven(
  { audit }: { audit: AuditLog },
  of: {
    actor: string;
    /** Whom it was about, where that is not who asked. */
    subject?: string | undefined;
    address: string;
    source: string;
    reason: string;
    /** In the words of the source. */
    resultCode?: string | undefined;
  },
): Promise<void> {
  const { actor, subject, address, source, reason, resultCode } = of;
  await audit.record({
    type: 'verification.checked',
    actor,
    ...(subject === undefined ? {} : { subject }),
    address,
    result: 'refused',
    reason,
    details: { source, ...(resultCode === undefined ? {} : { resultCode }) },
  });
}
