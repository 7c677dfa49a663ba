// A password was replaced by who knew it: the account is told, and where it is an organisation's, so is
// who represents it, because others may know it, too.
import type { Account } from '../accounts/account.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';

export async function tellPasswordChange(
  deps: {
    notices: Pick<SecurityNotices, 'entityPasswordReplaced'> & {
      changed(accountId: string, what: 'password_changed'): Promise<void>;
    };
    mandates: Pick<MandateStore, 'leaders'>;
  },
  { id, kind, name = '' }: Account,
): Promise<void> {
  const { notices, mandates } = deps;
  await notices.changed(id, 'password_changed');
  if (kind !== 'legalEntity') return;
  for (const { role, holderId } of await mandates.leaders(id)) {
    if (role === 'legalRepresentative') await notices.entityPasswordReplaced(holderId, name);
  }
}
