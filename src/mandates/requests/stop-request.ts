// "We do not want this": a link in the messages to who decides for an organisation ends a request, or
// what was granted upon it, without signing in. Whoever has it can only end something, and only while the
// one it was sent to decides for the organisation.
import { timingSafeEqual } from 'node:crypto';
import type { Account } from '../../accounts/account.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { endMandates } from '../end-mandates.ts';
import type { Mandate } from '../mandate.ts';
import { tellDeclined } from './answer-request.ts';
import { closeRequest } from './ask-to-handle.ts';
import type { RequestDependencies } from './ask-to-handle.ts';
import type { HandlerRequest } from './handler-request.ts';
import { leadersOf, namedEntity } from './named-entity.ts';

const LABEL = 'mandates.stop-request';
/** Characters of base64url: 132 bits. */
const MARK_LENGTH = 22;
export const stopPath = '/mandate-stop';
export const stopToken = /^[\w-]{16,64}\.[\w-]{22}$/u;

/** What a link names: nothing of it is stored, and its mark says to whom it was sent. */
export interface StopToken {
  requestId: string;
  /** True for the account that it was sent to. */
  isOf(this: void, accountId: string): boolean;
}

export function openStopLinks({ keyring, issuer }: { keyring: Keyring; issuer: string }) {
  const marked = (requestId: string, accountId: string) => JSON.stringify([requestId, accountId]);
  const shortened = (mac: Buffer) => mac.toString('base64url').slice(0, MARK_LENGTH);
  return {
    stopLink(this: void, requestId: string, accountId: string): string {
      const mac = keyring.mac('artefactId', LABEL, marked(requestId, accountId));
      return `${issuer}${stopPath}/${requestId}.${shortened(mac)}`;
    },
    /** Undefined for what never was one. */
    readStop(this: void, token: string): StopToken | undefined {
      if (!stopToken.test(token)) return undefined;
      const [requestId = '', mark = ''] = token.split('.');
      return {
        requestId,
        isOf: (accountId) =>
          keyring
            .macs('artefactId', LABEL, marked(requestId, accountId))
            .some((mac) => timingSafeEqual(Buffer.from(shortened(mac)), Buffer.from(mark))),
      };
    },
  };
}

export interface StoppableRequest {
  request: HandlerRequest;
  entity: Account;
  /** Of who decides for it and was sent the link. */
  by: Mandate;
  /** Nobody has said yes so far. */
  isOpen: boolean;
}

/** Undefined when there is nothing left to end, and for who decides for the organisation no more. */
export async function stoppableRequest(
  deps: RequestDependencies,
  { requestId, isOf }: StopToken,
): Promise<StoppableRequest | undefined> {
  const request = await deps.requests.find(requestId);
  const entity = request && (await namedEntity(deps, request.entity));
  const leaders = await leadersOf(deps, entity);
  const by = leaders.find(({ holderId }) => isOf(holderId));
  if (!request || !entity || !by) return undefined;
  if (deps.requests.isOpen(request)) return { request, entity, by, isOpen: true };
  const { mandateId } = request;
  const granted = mandateId === undefined ? undefined : await deps.mandates.findOpen(mandateId);
  return granted ? { request, entity, by, isOpen: false } : undefined;
}

/** False when there was nothing left to end. */
export async function stopRequest(
  deps: RequestDependencies,
  { token, address }: { token: StopToken; address: string },
): Promise<boolean> {
  const told = await deps.database.transaction(async (session) => {
    const found = await stoppableRequest(deps, token);
    if (!found || !(await deps.mandates.hold(found.by.id, session))) return undefined;
    const { request, entity, isOpen } = found;
    if (isOpen) {
      const facts = {
        request,
        outcome: 'declined',
        actor: 'anonymous',
        entityId: entity.id,
      } as const;
      const isClosed = await closeRequest(deps, session, { ...facts, address });
      return isClosed ? [await tellDeclined(deps, found, session)] : undefined;
    }
    const mandate = await deps.mandates.findOpen(request.mandateId ?? '', session);
    const by = { entityName: entity.name ?? '', reason: 'removed', actor: 'anonymous' } as const;
    return mandate ? [await endMandates(deps, [mandate], { ...by, address, session })] : undefined;
  });
  for (const tell of told ?? []) tell();
  return told !== undefined;
}
