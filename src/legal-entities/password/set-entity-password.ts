// A password by which an organisation signs in by itself: set, changed and taken away by its legal
// representative, who needs none of the former ones. Nobody else may, administrators neither.
import { VERIFIED_LEVEL } from '../../accounts/account.ts';
import type { Account } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import { checkNewPassword } from '../../credentials/change-password.ts';
import type { ChangeProblem } from '../../credentials/change-password.ts';
import type { Credentials } from '../../credentials/credentials.ts';
import { isPasswordOver, personalWords } from '../../credentials/password-policy.ts';
import { addressScope } from '../../credentials/sign-in-budgets.ts';
import {
  endOpened,
  endOwnFactors,
  endOwnWays,
  noteOpened,
} from '../../entity-sign-in/end-own-ways.ts';
import type {
  EndOpenedDependencies,
  EndOwnWaysDependencies,
} from '../../entity-sign-in/end-own-ways.ts';
import type { Mandate } from '../../mandates/mandate.ts';
import type { MandateStore } from '../../mandates/mandate-store.ts';
import type { SecurityNotices } from '../../notification/security-notices.ts';
import type { ClientSession, Database } from '../../platform/mongo.ts';
import { Overtaken } from '../../platform/overtaken.ts';
import { recordStranger, requireLead } from '../entity-lead.ts';

export interface EntityPasswordDependencies extends EndOwnWaysDependencies, EndOpenedDependencies {
  accounts: Pick<AccountStore, 'findById' | 'holdStanding' | 'subAccounts'>;
  mandates: MandateStore;
  credentials: Credentials;
  notices: Pick<SecurityNotices, 'entityPasswordChanged'>;
  database: Pick<Database, 'transaction'>;
}

export type EntityPasswordOutcome =
  | { ok: true; isFirst: boolean }
  | { ok: false; reason: 'password_unfit'; problems: readonly ChangeProblem[] }
  | { ok: false; reason: 'overloaded'; retryAfterSeconds: number }
  /** Another form was first, or the person does not represent it any more. */
  | { ok: false; reason: 'changed_meanwhile' | 'not_entitled' };

interface Given {
  person: Account;
  entityId: string;
  address: string;
}

/** Should this process not come to it, another one ends what was opened. */
const LATEST_SECONDS = 10;

/** The organisation and the mandate by which this person represents it; undefined for everybody else. */
export async function representedBy(
  { accounts, mandates }: Pick<EntityPasswordDependencies, 'accounts' | 'mandates'>,
  { person, entityId }: Pick<Given, 'person' | 'entityId'>,
): Promise<{ entity: Account; by: Mandate } | undefined> {
  const by = await mandates.between(entityId, person.id);
  if (by?.role !== 'legalRepresentative') return undefined;
  const entity = await accounts.findById(entityId);
  const isFit = entity?.isActive === true && entity.realNameLevel >= VERIFIED_LEVEL;
  return isFit && entity.parentId === undefined ? { entity, by } : undefined;
}

/** @param given.endsFactors removes what else was set up at the account of the organisation, too */
export async function setEntityPassword(
  deps: EntityPasswordDependencies,
  given: Given & { newPassword: string; endsFactors: boolean },
): Promise<EntityPasswordOutcome> {
  const { person, entityId, newPassword, address } = given;
  const { clock } = deps;
  const { passwords, hasher } = deps.credentials;
  const found = await representedBy(deps, given);
  if (!found) return refuse(deps, given, 'set_password');
  const { entity, by } = found;
  const credential = await passwords.find(entityId);
  const entry = { source: addressScope(address).source, isKnownDevice: false };
  const words = personalWords(person);
  const checked = { credential, account: entity, newPassword, entry, words };
  const fit = await checkNewPassword(deps.credentials, checked);
  if (!fit.ok) return fit;
  const hashed = await hasher.hash(newPassword, entry);
  if (!hashed.ok) return { ok: false, reason: 'overloaded', retryAfterSeconds: 5 };
  const isFirst = credential === undefined || isPasswordOver(credential, clock.now());
  const changed = await change(deps, { ...given, entity, by }, async (session) => {
    const password = { hash: hashed.value, changedAt: clock.now(), mustChange: false };
    const expected = { accountId: entityId, revision: credential?.revision };
    if (!(await passwords.replace(expected, password, session))) return undefined;
    // As after a recovery: those who knew the former one are told of as strangers.
    await deps.credentials.devices.forgetAll(entityId, session);
    if (given.endsFactors) await endOwnFactors(deps, entityId, session);
    return { type: 'entities.password_set', isOver: !isFirst } as const;
  });
  return changed ? { ok: true, isFirst } : { ok: false, reason: 'changed_meanwhile' };
}

export async function removeEntityPassword(
  deps: EntityPasswordDependencies,
  given: Given,
): Promise<Exclude<EntityPasswordOutcome, { reason: 'password_unfit' | 'overloaded' }>> {
  const found = await representedBy(deps, given);
  if (!found) return refuse(deps, given, 'remove_password');
  const changed = await change(deps, { ...given, ...found }, async (session) => {
    if (!(await endOwnWays(deps, given.entityId, session))) return undefined;
    return { type: 'entities.password_removed', isOver: true } as const;
  });
  return changed ? { ok: true, isFirst: false } : { ok: false, reason: 'changed_meanwhile' };
}

async function refuse(
  deps: EntityPasswordDependencies,
  { person, entityId, address }: Given,
  attempt: string,
): Promise<{ ok: false; reason: 'not_entitled' }> {
  await recordStranger(deps, { person, entityId, address, attempt });
  return { ok: false, reason: 'not_entitled' };
}

interface Written {
  type: 'entities.password_set' | 'entities.password_removed';
  /** There was another one before, which has opened something perhaps. */
  isOver: boolean;
}

/** With its record and notices; what a former password has opened ends. False when it came to nothing. */
async function change(
  deps: EntityPasswordDependencies,
  of: Given & { entity: Account; by: Mandate },
  write: (session: ClientSession) => Promise<Written | undefined>,
): Promise<boolean> {
  const { person, entityId, address } = of;
  const { audit, database } = deps;
  try {
    const done = await database.transaction(async (session) => {
      await requireLead(deps, session, of);
      const written = await write(session);
      if (!written) return undefined;
      const { type, isOver } = written;
      const record = { actor: person.id, address, subject: entityId, result: 'done' } as const;
      await audit.record({ type, ...record }, session);
      const tell = await tellBoth(deps, session, { ...of, type });
      const until = { entityId, afterSeconds: LATEST_SECONDS };
      return { tell, noted: isOver ? await noteOpened(deps, until, session) : undefined };
    });
    if (!done) return false;
    done.tell();
    const { noted } = done;
    if (noted !== undefined) await endOpened(deps, { entityId, noted, actor: person.id });
    return true;
  } catch (error) {
    if (error instanceof Overtaken) return false;
    throw error;
  }
}

/** The representative, and whoever reads what the organisation is told. */
async function tellBoth(
  { notices }: EntityPasswordDependencies,
  session: ClientSession,
  { person, entity, type }: Pick<Given, 'person'> & { entity: Account; type: Written['type'] },
): Promise<() => void> {
  const { id, name: entityName = '' } = entity;
  const what = type === 'entities.password_set' ? 'set' : 'removed';
  const told: (() => void)[] = [];
  for (const accountId of [person.id, id]) {
    const notice = { accountId, entityName, change: what } as const;
    told.push(await notices.entityPasswordChanged(notice, session));
  }
  return () => {
    for (const tell of told) tell();
  };
}
