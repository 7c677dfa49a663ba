// A mandate's event as a security event token.
import { signEventToken } from '../keys/sign-event-token.ts';
import type { EventSigner } from '../keys/sign-event-token.ts';
import { toldRoles } from '../mandates/mandate.ts';
import type { MandateEventPayload } from './mandate-event-outbox-store.ts';

export interface EventReceiver {
  clientId: string;
  /** What its ID tokens are signed with. */
  algorithm: string;
  /** What it calls the person, and the organisation. */
  subject: string;
  entitySubject: string;
}

const EVENT_TYPE_PREFIX = 'urn:hutong:event:mandate:';

/** @throws AppError `database_unavailable` while this process may have missed a change of keys. */
export function signEvent(
  signer: EventSigner,
  event: MandateEventPayload,
  to: EventReceiver,
): Promise<string> {
  const { clientId, algorithm, subject } = to;
  const { at, jti } = event;
  const events = { [`${EVENT_TYPE_PREFIX}${event.type}`]: describe(event, to) };
  return signEventToken(signer, { clientId, algorithm, subject, jti, at, events });
}

function describe(event: MandateEventPayload, { entitySubject }: EventReceiver) {
  const { entity, mandateId, parentId, role, services, expiresAt, isSingleUse, reason } = event;
  const { id: _own, ...released } = entity;
  return {
    mandate_id: mandateId,
    ...(parentId === undefined ? {} : { parent: parentId }),
    entity: { id: entitySubject, ...released },
    role: toldRoles[role],
    ...(services ? { services } : {}),
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    single_use: isSingleUse,
    ...(reason === undefined ? {} : { reason }),
  };
}
