// An account of an old system as it was imported: what that system said of its owner, and the hash
// of the password there, until it is used or destroyed.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account, Attributes, RealNameLevel } from '../accounts/account.ts';
import type { Certificate } from '../accounts/identity-number.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import type { HashRecipe } from './foreign-hash.ts';

export interface StockAccountDetails {
  oldId: string;
  /** As it was typed there. */
  login: string;
  name?: string | undefined;
  /** E.164 */
  phone?: string | undefined;
  email?: string | undefined;
  certificate?: Certificate | undefined;
  /** As the old system said; what counts here is capped by its configuration. */
  level: RealNameLevel;
}

/** `raw` until the background job has wrapped it; `own` once its owner has used it. */
export type OldPassword =
  | { form: 'raw'; recipe: HashRecipe; digest: string }
  /** `hash`: argon2id of the digest under the recipe. */
  | { form: 'wrapped'; recipe: HashRecipe; hash: string }
  | { form: 'own'; hash: string };

export interface StockAccount {
  id: string;
  source: string;
  details: StockAccountDetails;
  password: OldPassword | undefined;
  /** See `costClass`; stays when the password is gone. */
  cost: string;
  /** `bound` once, to one account; `erased` with that account, so that it is not imported again. */
  state: 'imported' | 'bound';
  accountId: string | undefined;
  revision: number;
}

/** One spelling for a login of a source, as its own sign-in took it. */
export function canonicalOldLogin(
  text: string,
  { caseSensitiveLogins }: Pick<StockSource, 'caseSensitiveLogins'>,
): string {
  const login = text.normalize('NFKC').trim();
  return caseSensitiveLogins ? login : login.toLowerCase();
}

export function detailsOf(
  { name, phone, email, certificate }: Attributes,
  own: Pick<StockAccountDetails, 'oldId' | 'login' | 'level'>,
): StockAccountDetails {
  return {
    ...own,
    ...(name ? { name: name.value } : {}),
    ...(phone ? { phone: phone.value } : {}),
    ...(email ? { email: email.value } : {}),
    ...(certificate ? { certificate: certificate.value } : {}),
  };
}

/**
 * The level that an old verification gives `account`; 1 when there was none. Old passwords leak in
 * lists, with names and numbers beside them: the phone of the old account has to be confirmed here
 * too, or the account to be verified as the same person. Undefined where neither is so.
 */
export function trustedLevel(
  { level, phone, certificate }: Pick<StockAccountDetails, 'level' | 'phone' | 'certificate'>,
  { levelCap }: Pick<StockSource, 'levelCap'>,
  account: Account,
): RealNameLevel | undefined {
  const capped = Math.min(level, levelCap);
  if (capped < VERIFIED_LEVEL) return 1;
  const own = account.attribute('phone');
  if (own?.verifiedAt && phone !== undefined && phone === own.value) return capped >= 3 ? 3 : 2;
  return isSamePerson(account, certificate) ? VERIFIED_LEVEL : undefined;
}

function isSamePerson(account: Account, certificate: Certificate | undefined): boolean {
  const { certificate: own, realNameLevel } = account;
  if (realNameLevel < VERIFIED_LEVEL || !own || !certificate) return false;
  return (
    own.type === certificate.type &&
    own.number === certificate.number &&
    own.country === certificate.country
  );
}
