// Addresses of the pages of organisations.
import { accountPaths } from '../account/account-paths.ts';

export const entityPaths = {
  list: accountPaths.entities,
  view: `${accountPaths.entities}/view`,
  register: accountPaths.registerEntity,
  confirm: `${accountPaths.entities}/confirm`,
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
