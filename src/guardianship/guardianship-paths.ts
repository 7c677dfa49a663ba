// Addresses of the pages of guardians.
import { accountPaths } from '../account/account-paths.ts';

export const childPaths = {
  list: accountPaths.children,
  add: accountPaths.addChild,
  view: `${accountPaths.children}/view`,
  withdraw: `${accountPaths.children}/withdraw`,
  erase: `${accountPaths.children}/erase`,
  consent: `${accountPaths.children}/consent`,
} as const;

export function childHref(childId: string): string {
  return hrefOf(childPaths.view, childId);
}

export function hrefOf(path: string, childId: string): string {
  return `${path}?child=${encodeURIComponent(childId)}`;
}
