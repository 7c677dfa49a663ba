// Addresses of the pages of organisations.
import { accountPaths } from '../account/account-paths.ts';

export const entityPaths = {
  list: accountPaths.entities,
  view: `${accountPaths.entities}/view`,
  register: accountPaths.registerEntity,
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

export function confirmHref(applicationId: string): string {
  return `${entityPaths.confirm}?application=${encodeURIComponent(applicationId)}`;
}

export function reviewHref(applicationId: string): string {
  return `${entityPaths.review}?application=${encodeURIComponent(applicationId)}`;
}

export function reviewFilesHref(applicationId: string): string {
  return `${entityPaths.reviewFiles}?application=${encodeURIComponent(applicationId)}`;
}
