// Addresses of the pages of organisations.
import { accountPaths } from '../account/account-paths.ts';

export const entityPaths = {
  list: accountPaths.entities,
  view: `${accountPaths.entities}/view`,
  people: `${accountPaths.entities}/people`,
  history: `${accountPaths.entities}/history`,
  services: `${accountPaths.entities}/services`,
  endService: `${accountPaths.entities}/services/end`,
  subAccounts: `${accountPaths.entities}/sub-accounts`,
  makeSubAccount: `${accountPaths.entities}/sub-accounts/new`,
  closeSubAccount: `${accountPaths.entities}/sub-accounts/close`,
  password: `${accountPaths.entities}/password`,
  removePassword: `${accountPaths.entities}/password/remove`,
  register: accountPaths.registerEntity,
  licence: `${accountPaths.entities}/licence`,
  licenceCheck: `${accountPaths.entities}/licence/check`,
  transfer: `${accountPaths.entities}/transfer`,
  transferPay: `${accountPaths.entities}/transfer/pay`,
  transferReport: `${accountPaths.entities}/transfer/report`,
  transferGiveUp: `${accountPaths.entities}/transfer/give-up`,
  certificate: `${accountPaths.entities}/certificate`,
  certificateText: `${accountPaths.entities}/certificate/text`,
  certificateFile: `${accountPaths.entities}/certificate/file`,
  confirm: `${accountPaths.entities}/confirm`,
  review: `${accountPaths.entities}/review`,
  reviewFiles: `${accountPaths.entities}/review/files`,
  reviewRemoveFile: `${accountPaths.entities}/review/remove-file`,
  reviewSend: `${accountPaths.entities}/review/send`,
  reviewWithdraw: `${accountPaths.entities}/review/withdraw`,
  retry: `${accountPaths.entities}/retry`,
  drop: `${accountPaths.entities}/drop`,
  invite: `${accountPaths.entities}/invite`,
  accept: `${accountPaths.entities}/accept`,
  decline: `${accountPaths.entities}/decline`,
  withdraw: `${accountPaths.entities}/withdraw`,
  end: `${accountPaths.entities}/end`,
} as const;

export function entityHref(entityId: string): string {
  return `${entityPaths.view}?entity=${encodeURIComponent(entityId)}`;
}

/** Who may act for it, and whom it has invited. */
export function peopleHref(entityId: string): string {
  return ofEntity(entityPaths.people, entityId);
}

/** Systems that people use for it. */
export function entityServicesHref(entityId: string): string {
  return ofEntity(entityPaths.services, entityId);
}

/** Of its branches and departments. */
export function subAccountsHref(entityId: string): string {
  return ofEntity(entityPaths.subAccounts, entityId);
}

export function makeSubAccountHref(entityId: string): string {
  return ofEntity(entityPaths.makeSubAccount, entityId);
}

/** @param id of the sub-account */
export function closeSubAccountHref(id: string): string {
  return ofEntity(entityPaths.closeSubAccount, id);
}

/** By which the organisation signs in by itself. */
export function entityPasswordHref(entityId: string): string {
  return ofEntity(entityPaths.password, entityId);
}

/** @param before only what is older */
export function historyHref(entityId: string, before?: Date): string {
  const older = before === undefined ? '' : `&before=${before.getTime()}`;
  return `${ofEntity(entityPaths.history, entityId)}${older}`;
}

export function confirmHref(applicationId: string): string {
  return `${entityPaths.confirm}?application=${encodeURIComponent(applicationId)}`;
}

export function reviewHref(applicationId: string): string {
  return `${entityPaths.review}?application=${encodeURIComponent(applicationId)}`;
}

export function reviewFilesHref(applicationId: string): string {
  return `${entityPaths.reviewFiles}?application=${encodeURIComponent(applicationId)}`;
}

/** @param entityId that is to show more; empty: one is to be registered */
export function certificateHref(entityId: string): string {
  return ofEntity(entityPaths.certificate, entityId);
}

export function certificateTextHref(entityId: string): string {
  return ofEntity(entityPaths.certificateText, entityId);
}

/** @param to a request that is under way, or the entity that is to show more */
export function licenceHref(to: { state: string } | { entityId: string }): string {
  if ('entityId' in to) return ofEntity(entityPaths.licence, to.entityId);
  return `${entityPaths.licence}?request=${encodeURIComponent(to.state)}`;
}

/** @param entityId that is to show more; empty: one is to be registered */
export function transferHref(entityId: string): string {
  return ofEntity(entityPaths.transfer, entityId);
}

function ofEntity(path: string, entityId: string): string {
  return entityId === '' ? path : `${path}?entity=${encodeURIComponent(entityId)}`;
}
