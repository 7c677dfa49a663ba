// Addresses of the pages of mandates, in the space of organisations.
import { entityPaths } from '../legal-entities/entity-paths.ts';

export const mandatePaths = {
  own: `${entityPaths.list}/mandates`,
  inviteHandler: `${entityPaths.list}/mandates/invite`,
  offer: `${entityPaths.list}/mandates/offer`,
  term: `${entityPaths.list}/mandates/term`,
  request: `${entityPaths.list}/mandates/request`,
  requestStatus: `${entityPaths.list}/mandates/request/status`,
  requestWithdraw: `${entityPaths.list}/mandates/request/withdraw`,
  requestSendCode: `${entityPaths.list}/mandates/request/send-code`,
  requestCode: `${entityPaths.list}/mandates/request/code`,
  letter: `${entityPaths.list}/mandates/request/letter`,
  letterPaper: `${entityPaths.list}/mandates/request/letter/paper`,
  letterRemoveFile: `${entityPaths.list}/mandates/request/letter/remove`,
  letterSend: `${entityPaths.list}/mandates/request/letter/send`,
  requestDecline: `${entityPaths.list}/mandates/request/decline`,
  requestAnswer: `${entityPaths.list}/mandates/request/answer`,
} as const;

/** @param parentId the handler's own mandate that is passed on */
export function inviteHandlerHref(entityId: string, parentId?: string): string {
  const upon = parentId === undefined ? '' : `&upon=${encodeURIComponent(parentId)}`;
  return `${mandatePaths.inviteHandler}?entity=${encodeURIComponent(entityId)}${upon}`;
}

export function offerHref(invitationId: string): string {
  return `${mandatePaths.offer}?invitation=${encodeURIComponent(invitationId)}`;
}

/** Asks once more before an offer is declined. */
export function declineHref(invitationId: string): string {
  return `${entityPaths.decline}?invitation=${encodeURIComponent(invitationId)}`;
}

/** `&offer=accept`: back from the sign-in that accepting asked for; the answer is still to be given. */
export const TO_ACCEPT = 'accept';

export function termHref(mandateId: string): string {
  return `${mandatePaths.term}?mandate=${encodeURIComponent(mandateId)}`;
}

export function endMandateHref(mandateId: string): string {
  return `${entityPaths.end}?mandate=${encodeURIComponent(mandateId)}`;
}

/** For who asked: how it stands, and what is to be done next. */
export function requestHref(requestId: string): string {
  return `${mandatePaths.requestStatus}?request=${encodeURIComponent(requestId)}`;
}

/** Where its letter of authority is uploaded. */
export function letterHref(requestId: string): string {
  return `${mandatePaths.letter}?application=${encodeURIComponent(requestId)}`;
}

/** The letter as it may be printed and signed. */
export function letterPaperHref(requestId: string): string {
  return `${mandatePaths.letterPaper}?request=${encodeURIComponent(requestId)}`;
}

/** For the organisation: asks once more before it says no. */
export function declineRequestHref(requestId: string): string {
  return `${mandatePaths.requestDecline}?request=${encodeURIComponent(requestId)}`;
}

/** For the organisation. */
export function answerRequestHref(requestId: string): string {
  return `${mandatePaths.requestAnswer}?request=${encodeURIComponent(requestId)}`;
}
