// The gateway in front finds a page of an interaction suspicious: from then on the whole request
// counts as such, whatever comes after.
import type { AuditLog } from '../audit/audit-log.ts';
import { SUSPICION_PARAMETER, suspicion } from '../oidc/claims/demand.ts';
import type { ArtefactStore } from '../oidc/storage/artefact-store.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { suspicionOf } from '../platform/http/forwarded.ts';
import type { LibraryInteraction } from './interaction-access.ts';
import { isSettled } from './interaction-result.ts';

interface SuspicionDependencies {
  artefacts: ArtefactStore;
  audit: AuditLog;
  clock: Clock;
}

export async function markSuspicion(
  { artefacts, audit, clock }: SuspicionDependencies,
  ctx: HttpContext,
  interaction: LibraryInteraction,
): Promise<void> {
  const reason = suspicionOf(ctx.req);
  const { params, uid } = interaction;
  if (reason === undefined || params[SUSPICION_PARAMETER] !== undefined) return;
  await audit.record({
    type: 'oidc.request_suspected',
    actor: interaction.session?.accountId ?? 'anonymous',
    clientId: String(params['client_id']),
    address: ctx.ip,
    result: 'done',
    reason: 'marked_on_the_way',
    details: { gateway: reason },
  });
  const mark = { [SUSPICION_PARAMETER]: suspicion(reason, epochSeconds(clock)) };
  Object.assign(params, mark);
  await artefacts.amend('Interaction', uid, (stored) =>
    isSettled(stored)
      ? undefined
      : { ...stored, params: { ...(stored['params'] as object), ...mark } },
  );
}
