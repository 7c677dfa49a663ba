// The account of somebody whose number the province keeps: it goes, and the opaque name of the link stands
// for it. Level, name and what the person gave here stay. Used by the account store alone.
import { VERIFIED_LEVEL } from './account.ts';
import type { Attributes } from './account.ts';
import { blindIndexes, sealAttribute, setOrUnset } from './account-document.ts';
import type { AccountWriter, ChangeContext, ChangeOutcome } from './account-writer-store.ts';
import type { Keyring } from '../platform/crypto.ts';

export interface ShadowedTo {
  opaqueId: string;
  /** Who has given the number: one that somebody else has given stays. */
  givenBy: string;
}

export function shadowAccount(
  { writer, keyring }: { writer: AccountWriter; keyring: Keyring },
  id: string,
  { to, by }: { to: ShadowedTo; by: ChangeContext },
): Promise<ChangeOutcome> {
  return writer.update(id, by, (account) => {
    const given = account.attribute('certificate');
    if (given?.source !== to.givenBy) return undefined;
    const { value: _number, ...origin } = given;
    const isVerified = account.realNameLevel >= VERIFIED_LEVEL;
    const opaqueId = isVerified ? { ...origin, value: to.opaqueId } : undefined;
    const attributes: Attributes = { opaqueId };
    const { kind, realNameLevel } = account;
    const { identityIndex } = blindIndexes(keyring, { kind, realNameLevel, attributes });
    const place = { id, name: 'opaqueId' } as const;
    return {
      audit: { type: 'accounts.shadowed', details: { source: to.givenBy } },
      update: setOrUnset({
        identityIndex,
        numberIndex: undefined,
        'attributes.certificate': undefined,
        ...(opaqueId ? { 'attributes.opaqueId': sealAttribute(keyring, place, opaqueId) } : {}),
      }),
    };
  });
}
