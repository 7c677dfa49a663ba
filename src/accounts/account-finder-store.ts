// Finds accounts by what people type, through keyed indexes. Used by the account store alone.
import type mongoose from 'mongoose';
import type { Account, AccountKind, Attributes } from './account.ts';
import { accountOf, identityMacs, loginMacs } from './account-document.ts';
import type { AccountDocument } from './account-document.ts';
import { pickAccount } from './login-choice.ts';
import { readLogin } from './login-name.ts';
import type { Keyring } from '../platform/crypto.ts';

interface FinderDependencies {
  keyring: Keyring;
  model: mongoose.Model<AccountDocument>;
}

const MAX_MATCHES = 20;

export class AccountFinder {
  readonly #deps: FinderDependencies;

  constructor(deps: FinderDependencies) {
    this.#deps = deps;
  }

  /**
   * The account a user name, confirmed phone or verified number opens, whatever its state: one
   * query, the same work whether or not there is one. A user name decides at once; a number that
   * opens several accounts opens the one of `kind`, then of the other kinds in order.
   */
  byLogin(text: string, kind?: AccountKind): Promise<Account | undefined> {
    const { keyring, model } = this.#deps;
    const readings = readLogin(text);
    return this.#underPresentKeys(async () => {
      const macs = loginMacs(keyring, readings);
      const documents = await model
        .find({
          $or: [
            { loginIndex: { $in: macs.loginIndex } },
            { phoneIndex: { $in: macs.phoneIndex } },
            { numberIndex: { $in: macs.numberIndex } },
          ],
        })
        .limit(MAX_MATCHES)
        .lean<AccountDocument[]>();
      const document = pickAccount(documents, macs, kind);
      return document ? accountOf(keyring, document) : undefined;
    });
  }

  async byIdentity(kind: AccountKind, attributes: Attributes): Promise<Account | undefined> {
    const { keyring, model } = this.#deps;
    return this.#underPresentKeys(async () => {
      const macs = identityMacs(keyring, { kind, attributes });
      if (macs.length === 0) return undefined;
      const filter = { identityIndex: { $in: macs } };
      const document = await model.findOne(filter).lean<AccountDocument>();
      return document ? accountOf(keyring, document) : undefined;
    });
  }

  /**
   * Nobody is found under index keys that were left behind. Only a process that was cut off can
   * look under such; it then learns the present ones and looks again.
   */
  async #underPresentKeys(
    lookUp: () => Promise<Account | undefined>,
  ): Promise<Account | undefined> {
    const { keyring } = this.#deps;
    const { revision } = keyring;
    const found = await lookUp();
    if (found || (keyring.isCurrent && keyring.revision === revision)) return found;
    await keyring.refresh();
    return keyring.revision === revision ? undefined : lookUp();
  }
}
