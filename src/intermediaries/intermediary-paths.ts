// Addresses of the pages of qualifications.
import { accountPaths } from '../account/account-paths.ts';

const base = accountPaths.qualifications;

export const intermediaryPaths = {
  list: base,
  apply: `${base}/apply`,
  change: `${base}/change`,
  papers: `${base}/papers`,
  removeFile: `${base}/papers/remove`,
  send: `${base}/papers/send`,
  status: `${base}/status`,
  withdraw: `${base}/status/withdraw`,
} as const;

export function listHref(entityId: string): string {
  return `${intermediaryPaths.list}?entity=${encodeURIComponent(entityId)}`;
}

/** @param renews the id of one that is to be renewed */
export function applyHref(entityId: string, renews?: string): string {
  const more = renews === undefined ? '' : `&renews=${encodeURIComponent(renews)}`;
  return `${intermediaryPaths.apply}?entity=${encodeURIComponent(entityId)}${more}`;
}

export function changeHref(applicationId: string): string {
  return ofApplication(intermediaryPaths.change, applicationId);
}

export function papersHref(applicationId: string): string {
  return ofApplication(intermediaryPaths.papers, applicationId);
}

export function statusHref(applicationId: string): string {
  return ofApplication(intermediaryPaths.status, applicationId);
}

function ofApplication(path: string, applicationId: string): string {
  return `${path}?application=${encodeURIComponent(applicationId)}`;
}
