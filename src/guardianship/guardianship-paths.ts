// Addresses of the pages of guardians.
import { accountPaths } from '../account/account-paths.ts';

export const childPaths = {
  list: accountPaths.children,
  add: accountPaths.addChild,
  addAgain: `${accountPaths.addChild}/again`,
  view: `${accountPaths.children}/view`,
  withdraw: `${accountPaths.children}/withdraw`,
  erase: `${accountPaths.children}/erase`,
  consent: `${accountPaths.children}/consent`,
  invite: `${accountPaths.children}/invite`,
  revoke: `${accountPaths.children}/revoke-invitation`,
  join: accountPaths.joinChild,
  details: `${accountPaths.children}/document`,
  review: `${accountPaths.children}/review`,
  reviewFiles: `${accountPaths.children}/review/files`,
  reviewRemoveFile: `${accountPaths.children}/review/remove-file`,
  reviewSend: `${accountPaths.children}/review/send`,
  reviewWithdraw: `${accountPaths.children}/review/withdraw`,
} as const;

export function childHref(childId: string): string {
  return hrefOf(childPaths.view, childId);
}

export function hrefOf(path: string, childId: string): string {
  return `${path}?child=${encodeURIComponent(childId)}`;
}

export function reviewHref(applicationId: string): string {
  return `${childPaths.review}?application=${encodeURIComponent(applicationId)}`;
}

export function reviewFilesHref(applicationId: string): string {
  return `${childPaths.reviewFiles}?application=${encodeURIComponent(applicationId)}`;
}
