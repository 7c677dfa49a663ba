// "We do not want this": a link in the messages to who decides for an organisation ends a request, or
// what was granted upon it, without signing in. Whoever has it can only end something.
import { timingSafeEqual } from 'node:crypto';
import type { Account } from '../../accounts/account.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { endMandates } from '../end-mandates.ts';
import { tellDeclined } from './answer-request.ts';
import { closeRequest } from './ask-to-handle.ts';
import type { RequestDependencies } from './ask-to-handle.ts';
import type { HandlerRequest } from './handler-request.ts';
import { namedEntity } from './named-entity.ts';

const LABEL = 'mandates.stop-request';
/** Characters of base64url: 132 bits. */
const MARK_LENGTH = 22;
export const stopPath = '/mandate-stop';
export const stopToken = /^[\w-]{16,64}\.[\w-]{22}$/u;

export function openStopLinks({ keyring, issuer }: { keyring: Keyring; issuer: string }) {
  const marksOf = (requestId: string) =>
    keyring
      .macs('artefactId', LABEL, requestId)
      .map((mac) => mac.toString('base64url').slice(0, MARK_LENGTH));
  return {
    stopLink(this: void, requestId: string): string {
      const mac = keyring.mac('artefactId', LABEL, requestId).toString('base64url');
      return `${issuer}${stopPath}/${requestId}.${mac.slice(0, MARK_LENGTH)}`;
    },
    /** The id of the request; undefined for what was not made here. */
    requestOfStop(this: void, token: string): string | undefined {
      if (!stopToken.test(token)) return undefined;
      const [requestId = '', mark = ''] = token.split('.');
      const isOurs = marksOf(requestId).some((each) =>
        timingSafeEqual(Buffer.from(each), Buffer.from(mark)),
      );
      return isOurs ? requestId : undefined;
    },
  };
}

export interface StoppableRequest {
  request: HandlerRequest;
  entity: Account;
  /** Nobody has said yes so far. */
  isOpen: boolean;
}

/** Undefined when there is nothing left to end. */
export async function stoppableRequest(
  deps: RequestDependencies,
  requestId: string,
): Promise<StoppableRequest | undefined> {
  const request = await deps.requests.find(requestId);
  const entity = request && (await namedEntity(deps, request.entity));
  if (!request || !entity) return undefined;
  if (deps.requests.isOpen(request)) return { request, entity, isOpen: true };
  const { mandateId } = request;
  const granted = mandateId === undefined ? undefined : await deps.mandates.findOpen(mandateId);
  return granted ? { request, entity, isOpen: false } : undefined;
}

/** False when there was nothing left to end. */
export async function stopRequest(
  deps: RequestDependencies,
  { requestId, address }: { requestId: string; address: string },
): Promise<boolean> {
  const told = await deps.database.transaction(async (session) => {
    const found = await stoppableRequest(deps, requestId);
    if (!found) return undefined;
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
