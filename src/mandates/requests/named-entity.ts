// The organisation that somebody named, and who decides for it. The same is asked of the database
// whether or not there is one, so that the time tells nothing.
import { VERIFIED_LEVEL } from '../../accounts/account.ts';
import type { Account } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import { confirmedContacts } from '../../credentials/contact-code.ts';
import type { Contact } from '../../credentials/contact-code.ts';
import type { Invitee } from '../invitation-store.ts';
import { isSameOrganisation } from '../invitee-form.ts';
import { REPRESENTATIVE_LEVEL } from '../mandate.ts';
import type { Mandate } from '../mandate.ts';
import type { MandateStore } from '../mandate-store.ts';

export interface NamedEntityDependencies {
  accounts: Pick<AccountStore, 'findById' | 'findByLogin'>;
  mandates: Pick<MandateStore, 'leaders'>;
}

const NOBODY = 'nobody';

/** Undefined also for one that has another name, or has no standing. */
export async function namedEntity(
  { accounts }: Pick<NamedEntityDependencies, 'accounts'>,
  { name, number }: Invitee,
): Promise<Account | undefined> {
  const entity = await accounts.findByLogin(number, { kind: 'legalEntity' });
  const isNamed = entity?.uscc === number && isSameOrganisation(name, entity.name ?? '');
  return isNamed && entity.isActive && entity.realNameLevel >= VERIFIED_LEVEL ? entity : undefined;
}

export async function leadersOf(
  { mandates }: Pick<NamedEntityDependencies, 'mandates'>,
  entity: Account | undefined,
): Promise<Mandate[]> {
  return mandates.leaders(entity?.id ?? NOBODY);
}

export interface Representative {
  entity: Account;
  mandate: Mandate;
  account: Account;
  contacts: readonly Contact[];
}

/** Who represents it now, with the contacts that he has confirmed; never who asks himself. */
export async function representativeOf(
  deps: NamedEntityDependencies,
  named: Invitee,
  exceptId: string,
): Promise<Representative | undefined> {
  const entity = await namedEntity(deps, named);
  const leaders = await leadersOf(deps, entity);
  const mandate = leaders.find(({ role }) => role === 'legalRepresentative');
  const account = await deps.accounts.findById(mandate?.holderId ?? NOBODY);
  if (!entity || !mandate || !account?.isActive || account.id === exceptId) return undefined;
  if (account.kind !== 'naturalPerson' || account.realNameLevel < REPRESENTATIVE_LEVEL) {
    return undefined;
  }
  return { entity, mandate, account, contacts: confirmedContacts(account) };
}
