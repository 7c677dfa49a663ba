// The real-name level of an account after a proof, or after it was taken back. Used by the account
// store alone.
import { VERIFIED_LEVEL } from './account.ts';
import type { AttributeOrigin, RealNameLevel } from './account.ts';
import { blindIndexes, provenAttributes, sealAttribute, setOrUnset } from './account-document.ts';
import { takenReason } from './account-writer-store.ts';
import type { AccountWriter, ChangeContext, ChangeOutcome } from './account-writer-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';

/** With `from`, nothing is done at any other level than that. */
export interface LevelTo {
  level: RealNameLevel;
  origin: AttributeOrigin;
  from?: RealNameLevel | undefined;
}

export type LevelOutcome = ChangeOutcome<'identity_taken'> & {
  /** Of the account that was changed. */
  formerLevel?: RealNameLevel | undefined;
};

export async function levelAccount(
  { writer, keyring, clock }: { writer: AccountWriter; keyring: Keyring; clock: Clock },
  id: string,
  { to, by }: { to: LevelTo; by: ChangeContext },
): Promise<LevelOutcome> {
  let formerLevel: RealNameLevel | undefined;
  try {
    const outcome = await writer.update(id, by, (account) => {
      formerLevel = account.realNameLevel;
      if (to.from !== undefined && to.from !== formerLevel) return undefined;
      const attributes = provenAttributes(account, to.origin);
      const { identityIndex, numberIndex } = blindIndexes(keyring, {
        kind: account.kind,
        realNameLevel: to.level,
        attributes,
      });
      const isVerified = to.level >= VERIFIED_LEVEL;
      const sealed = (['name', 'certificate', 'uscc', 'opaqueId'] as const).flatMap((name) => {
        const attribute = attributes[name];
        if (!attribute || !isVerified) return [];
        return [[`attributes.${name}`, sealAttribute(keyring, { id, name }, attribute)]];
      });
      return {
        audit: {
          type: 'accounts.level_changed',
          level: to.level,
          details: { from: account.realNameLevel, source: to.origin.source },
        },
        update: setOrUnset({
          realNameLevel: to.level,
          realNameVerifiedAt: isVerified ? (to.origin.verifiedAt ?? clock.now()) : undefined,
          identityIndex,
          numberIndex,
          ...Object.fromEntries(sealed),
        }),
      };
    });
    return { ...outcome, formerLevel };
  } catch (error) {
    if (takenReason(error) === 'identity_taken') return { ok: false, reason: 'identity_taken' };
    throw error;
  }
}
