// Accounts of civil servants, as their directory wants them: what it says of a person is theirs, and
// who has left cannot use the account. Every change stands with its audit record.
import type mongoose from 'mongoose';
import { holdsPower, VERIFIED_LEVEL } from './account.ts';
import type { Account, Attributes, AttributeName, RealNameLevel } from './account.ts';
import type { OnAccountChanged } from './account-change.ts';
import { blindIndexes, sealAttribute } from './account-document.ts';
import type { AccountDocument } from './account-document.ts';
import type { AccountDraft } from './account-draft.ts';
import { accountModel } from './account-model-store.ts';
import { restDecision, resumeDecision } from './account-state.ts';
import { AccountWriter, takenReason } from './account-writer-store.ts';
import type {
  ChangeContext,
  ChangeOutcome,
  Decision,
  TakenReason,
} from './account-writer-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';

/** Of a checked form: login and phone as they are indexed, E.164. */
export interface StaffAccountAttributes {
  login: string | undefined;
  name: string | undefined;
  phone: string | undefined;
  email: string | undefined;
}

/** A contact that is another one than before, or gone: the new address, or the one that is gone. */
export interface ChangedContact {
  name: ContactName;
  channel: 'sms' | 'mail';
  address: string;
  isRemoved: boolean;
}

export type ContactName = 'phone' | 'email';

/**
 * `kept`: contacts that stay as they are though the directory says another, as the account holds a power.
 * `holds_power`: nothing was changed, for that takes two officers.
 */
export type StaffChange =
  | { ok: true; contacts: ChangedContact[]; kept: readonly ContactName[] }
  | { ok: false; reason: 'holds_power' };

const CONTACT_KINDS = { phone: 'sms', email: 'mail' } as const;

const OWNED = ['login', 'name', 'phone', 'email'] as const satisfies readonly AttributeName[];
const INDEXES = { login: 'loginIndex', phone: 'phoneIndex' } as const;

/** Grade A: the personnel office of the authority has issued it. */
const ORIGIN = { source: 'directory', grade: 'A' } as const;

export class StaffAccounts {
  readonly #deps: { keyring: Keyring; clock: Clock };
  readonly #model: mongoose.Model<AccountDocument>;
  readonly #writer: AccountWriter;

  constructor(deps: {
    database: Database;
    keyring: Keyring;
    clock: Clock;
    audit: AuditLog;
    onAccountChanged?: OnAccountChanged | undefined;
  }) {
    this.#deps = deps;
    this.#model = accountModel(deps.database.connection);
    this.#writer = new AccountWriter({ ...deps, model: this.#model });
  }

  /** Which index refused a write of these; undefined for any other error. */
  takenReason(error: unknown): TakenReason | undefined {
    return takenReason(error);
  }

  /** What a new account is made of; `AccountStore.insert` takes it. */
  draft(to: StaffAccountAttributes, realNameLevel: RealNameLevel): AccountDraft {
    const now = this.#deps.clock.now();
    const isVerified = realNameLevel >= VERIFIED_LEVEL;
    return {
      kind: 'civilServant',
      subtype: undefined,
      realNameLevel,
      realNameVerifiedAt: isVerified ? now : undefined,
      attributes: attributesOf(to, now),
    };
  }

  /**
   * The account holds what the directory says; other attributes stay. Who writes the directory does not
   * take over a power by the ways in of who holds it: contacts stay until two officers have taken it
   * away, and another user name is refused. Refused by an index where a login or a phone is somebody
   * else's. @throws the duplicate key error
   */
  async change(id: string, to: StaffAccountAttributes, by: ChangeContext): Promise<StaffChange> {
    let change: StaffChange = { ok: true, contacts: [], kept: [] };
    await this.#writer.update(id, by, (account) => {
      const contacts = changedContacts(account, to);
      if (!holdsPower(account)) {
        change = { ok: true, contacts, kept: [] };
        return this.#difference(account, to);
      }
      if (account.attribute('login')?.value !== to.login) {
        change = { ok: false, reason: 'holds_power' };
        return undefined;
      }
      change = { ok: true, contacts: [], kept: contacts.map(({ name }) => name) };
      const [phone, email] = [account.attribute('phone'), account.attribute('email')];
      return this.#difference(account, { ...to, phone: phone?.value, email: email?.value });
    });
    return change;
  }

  /**
   * Nobody can use the account, and its roles are gone, until `readmit`. An operator's lock stays. So
   * does, without effect, what two officers have to take away: else whoever writes the directory could
   * make the city begin anew without security administrators.
   */
  leave(id: string, by: ChangeContext): Promise<ChangeOutcome> {
    return this.#writer.update(id, by, async (account, session) => {
      const kept = account.roles.filter((role) => role === 'securityAdministrator');
      await this.#recordRoles(account, by, session);
      const decision = restDecision(account, this.#deps.clock.now());
      if (!decision) return undefined;
      const { $set, $unset } = decision.update;
      return {
        ...decision,
        update: { $set: { ...$set, roles: kept, administers: [] }, ...($unset ? { $unset } : {}) },
      };
    });
  }

  /** A power that was kept without effect does not come back with the account. */
  async readmit(id: string, by: ChangeContext): Promise<StaffChange> {
    let change: StaffChange = { ok: true, contacts: [], kept: [] };
    await this.#writer.update(id, by, (account) => {
      const isRefused = account.isResting && holdsPower(account);
      if (isRefused) change = { ok: false, reason: 'holds_power' };
      return isRefused ? undefined : resumeDecision(account);
    });
    return change;
  }

  /** Another person of the directory gets the user name; who left keeps the account without it. */
  giveUpLogin(id: string, by: ChangeContext): Promise<ChangeOutcome> {
    return this.#writer.update(id, by, (account): Decision => {
      if (account.login === undefined) return undefined;
      return {
        audit: { type: 'accounts.staff_changed', details: { login: true } },
        update: { $unset: { loginIndex: 1, 'attributes.login': 1 } },
      };
    });
  }

  #difference(account: Account, to: StaffAccountAttributes): Decision {
    const changed = OWNED.filter((name) => account.attribute(name)?.value !== to[name]);
    if (changed.length === 0) return undefined;
    const { keyring, clock } = this.#deps;
    const attributes = attributesOf(to, clock.now());
    const { realNameLevel, kind, id } = account;
    const indexes = blindIndexes(keyring, { kind, realNameLevel, attributes });
    const $set: Record<string, unknown> = {};
    const $unset: Record<string, 1> = {};
    const put = (field: string, value: unknown) => {
      if (value === undefined) $unset[field] = 1;
      else $set[field] = value;
    };
    for (const name of changed) {
      const attribute = attributes[name];
      put(`attributes.${name}`, attribute && sealAttribute(keyring, { id, name }, attribute));
      if (name in INDEXES) {
        const index = INDEXES[name as keyof typeof INDEXES];
        put(index, indexes[index]);
      }
    }
    const details = Object.fromEntries(changed.map((name) => [name, true]));
    return { audit: { type: 'accounts.staff_changed', details }, update: { $set, $unset } };
  }

  async #recordRoles({ id, roles }: Account, by: ChangeContext, session: ClientSession) {
    for (const role of roles.filter((each) => each !== 'securityAdministrator')) {
      const event = { type: 'accounts.role_revoked', details: { role } } as const;
      await this.#writer.record(session, id, { ...by, ...event });
    }
  }
}

function changedContacts(account: Account, to: StaffAccountAttributes): ChangedContact[] {
  return (['phone', 'email'] as const).flatMap((name) => {
    const [former, given] = [account.attribute(name)?.value, to[name]];
    const address = given ?? former;
    if (former === given || address === undefined) return [];
    return [{ name, channel: CONTACT_KINDS[name], address, isRemoved: given === undefined }];
  });
}

/** Name, phone and mail address are the authority's word, so they count as confirmed. */
function attributesOf(
  { login, name, phone, email }: StaffAccountAttributes,
  now: Date,
): Attributes {
  const confirmed = { ...ORIGIN, verifiedAt: now };
  return {
    ...(login === undefined ? {} : { login: { ...ORIGIN, value: login } }),
    ...(name === undefined ? {} : { name: { ...confirmed, value: name } }),
    ...(phone === undefined ? {} : { phone: { ...confirmed, value: phone } }),
    ...(email === undefined ? {} : { email: { ...confirmed, value: email } }),
  };
}
