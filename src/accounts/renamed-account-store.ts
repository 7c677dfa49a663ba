// An authority says that the subject of an account has another name now. Used by the account store
// alone.
import type { Attribute } from './account.ts';
import { sealAttribute } from './account-document.ts';
import type { AccountWriter, ChangeContext, ChangeOutcome } from './account-writer-store.ts';
import type { Keyring } from '../platform/crypto.ts';

/** `from`: nothing is done where it is called otherwise by now. */
export interface RenamedTo {
  name: Attribute<'name'>;
  from: string;
}

export function renameAccount(
  { writer, keyring }: { writer: AccountWriter; keyring: Keyring },
  id: string,
  { to, by }: { to: RenamedTo; by: ChangeContext },
): Promise<ChangeOutcome> {
  return writer.update(id, by, (account) => {
    if (account.name !== to.from) return undefined;
    const name = sealAttribute(keyring, { id, name: 'name' }, to.name);
    return {
      audit: { type: 'accounts.renamed', details: { source: to.name.source } },
      update: { $set: { 'attributes.name': name } },
    };
  });
}
