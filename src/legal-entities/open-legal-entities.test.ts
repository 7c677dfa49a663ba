// Races for one code, and what the register says later, against real HTTP and a real database.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { importCityAccounts } from '../../test/support/city-accounts.ts';
import { testDatabase } from '../../test/support/database.ts';
import { entityOf, named, personOf } from '../../test/support/entity-city.ts';
import { startRegisters } from '../../test/support/registers.ts';
import type { Registers } from '../../test/support/registers.ts';
import { ShiftedClock } from '../../test/support/shifted-clock.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { closeAccount, deleteAccount } from '../accounts/operate-account.ts';
import { AgreementBook } from '../agreements/agreement-book.ts';
import { AgreementStore } from '../agreements/agreement-store.ts';
import { Agreements } from '../agreements/agreements.ts';
import { commandHoldings } from '../app/command-holdings.ts';
import { commandAccounts } from '../app/standing.ts';
import { BudgetStore } from '../credentials/budget-store.ts';
import { allMigrations } from '../migrations.ts';
import { AccountNotices } from '../notification/account-notices.ts';
import { MESSAGE_OUTBOX, MessageStore } from '../notification/message-store.ts';
import { SecurityNotices } from '../notification/security-notices.ts';
import { agreementsFolder, localesFolder } from '../platform/http/http-app.ts';
import { loadWords } from '../platform/http/locale.ts';
import { createLogger } from '../platform/logger.ts';
import { createOutbound } from '../platform/outbound.ts';
import { limitsSchema } from '../platform/limits-config.ts';
import { loadVerification } from '../platform/verification-config.ts';
import { EvidenceStore } from '../verification/evidence-store.ts';
import { IdentityCaseStore } from '../verification/identity-case-store.ts';
import { ConnectorRunner } from '../verification/connector-runner.ts';
import { SourceUsageStore } from '../verification/source-usage-store.ts';
import { answerInvitation, inviteAdministrator } from './appoint.ts';
import { checkEntity } from './check-entity.ts';
import { EntityApplicationStore } from './entity-application-store.ts';
import { EntityRecordStore } from './entity-record-store.ts';
import { EntityRegister } from './entity-register.ts';
import { InvitationStore } from './invitation-store.ts';
import { settleMandates } from './lapse-mandates.ts';
import { MandateStore } from './mandate-store.ts';
import { DOUBT_SECONDS, recheckEntities } from './recheck-entities.ts';
import { registerEntity } from './register-entity.ts';

const { uri } = testDatabase();
const outbound = createOutbound({ allow: ['127.0.0.0/8:*'] });
const logger = createLogger({ level: 'silent', service: 'test' });
const WEEK_SECONDS = 7 * 86_400 + 60;
const address = '192.0.2.7';
const ended: string[] = [];
const clock = new ShiftedClock();
let storage: TestStorage;
let accounts: AccountStore;
let registers: Registers;

beforeAll(async () => {
  registers = await startRegisters({
    legalEntities: { breaker: { failures: 1000 }, timeoutMs: 4000 },
  });
  storage = await openTestStorage(uri, allMigrations, clock);
  accounts = commandAccounts(storage).accounts;
  await importCityAccounts(storage, accounts, [
    personOf('zhao', '赵样本'),
    personOf('lin', '林新办'),
    personOf('chen', '陈体验'),
    personOf('ayinuer', '阿依努尔·示例'),
    personOf('hezhang', '何长者'),
    personOf('wang', '王演示'),
  ]);
});
afterEach(() => registers.setFault('legalEntities', 'none'));
afterAll(async () => {
  await registers.stop();
  await outbound.close();
  await storage.database.close();
});

/** As one process has it. */
function open(dailyBudget?: number) {
  const config = loadVerification(registers.environment['HUTONG_VERIFICATION'], []);
  const configured = config?.sources.legalEntities;
  if (!config || !configured) throw new Error('no register');
  const source = { ...configured, ...(dailyBudget === undefined ? {} : { dailyBudget }) };
  const usage = new SourceUsageStore(storage);
  const metrics = { observe: () => undefined };
  const runner = new ConnectorRunner(
    { ...storage, logger, metrics, usage },
    'legalEntities',
    source,
  );
  const messages = new MessageStore(storage);
  const own = new AccountNotices({
    ...storage,
    messages,
    accounts,
    wake: () => undefined,
    notMeLink: () => Promise.resolve(''),
  });
  const words = loadWords(localesFolder);
  const book = new AgreementBook(agreementsFolder);
  const acceptances = new AgreementStore(storage);
  return {
    ...storage,
    ...config,
    logger,
    accounts,
    register: new EntityRegister({ outbound, runner }, source),
    budgetLeft: runner.figures().budgetLeft,
    budgets: new BudgetStore(storage),
    limits: limitsSchema.parse({}).signIn,
    agreements: new Agreements({ ...storage, book, acceptances }),
    notices: new SecurityNotices({ notices: own, words, clock: storage.clock }),
    evidence: new EvidenceStore(storage),
    cases: new IdentityCaseStore(storage),
    entityReview: undefined,
    applications: new EntityApplicationStore(storage),
    mandates: new MandateStore(storage),
    invitations: new InvitationStore(storage),
    records: new EntityRecordStore(storage),
    ending: {
      endAllOfAccount: async (accountId: string) =>
        void (await Promise.resolve(ended.push(accountId))),
    },
  };
}
type Opened = ReturnType<typeof open>;

async function personCalled(login: string): Promise<Account> {
  const account = await accounts.findByLogin(login);
  if (!account) throw new Error(`no ${login}`);
  return account;
}

async function confirmed(deps: Opened, person: Account, entity: { name: string; uscc: string }) {
  const checked = await checkEntity(deps, person, { entity, address });
  if (!checked.ok || !checked.application.confirmed) throw new Error('the register said no');
  const { application } = checked;
  const { version } = deps.agreements.current('real-name-registration');
  return {
    person,
    application: { ...application, confirmed: checked.application.confirmed },
    agreement: { isAgreed: true, version, language: 'zh-CN', address },
  } as const;
}

async function registered(login: string, name: string) {
  const deps = open();
  const outcome = await registerEntity(
    deps,
    await confirmed(deps, await personCalled(login), entityOf(name)),
  );
  if (!outcome.ok) throw new Error(outcome.reason);
  const { entityId } = outcome;
  return { deps, entityId, account: () => accounts.findById(entityId) };
}

describe('one code', () => {
  it('registered 50 times at once has one account, one mandate, one agreement', async () => {
    const processes = [open(), open()] as const;
    const entity = entityOf('赵样本');
    const person = await personCalled('zhao');
    const ready = await confirmed(processes[0], person, entity);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        registerEntity(index % 2 === 0 ? processes[0] : processes[1], ready),
      ),
    );
    expect(outcomes.filter((each) => each.ok && each.isNew)).toHaveLength(1);
    const others = outcomes.filter((each) => !(each.ok && each.isNew));
    expect(others.every((each) => each.ok || each.reason === 'changed_meanwhile')).toBe(true);
    const { database } = storage;
    const accountId = outcomes.flatMap((each) => (each.ok ? [each.entityId] : []))[0] ?? '';
    expect(await database.collection('accounts').countDocuments({ kind: 'legalEntity' })).toBe(1);
    expect(await processes[0].mandates.ofEntity(accountId)).toHaveLength(1);
    expect(await database.collection('evidence').countDocuments({ accountId })).toBe(1);
  });
});

describe('the register, asked again', () => {
  it('changes nothing while it confirms, is silent or contradicts itself', async () => {
    const { deps, entityId, account } = await registered('lin', '林新办');
    for (const mode of ['none', 'down', 'contradictory', 'wrong'] as const) {
      await registers.setFault('legalEntities', mode);
      clock.advance(WEEK_SECONDS);
      expect(await recheckEntities(deps)).toBeGreaterThan(0);
      expect(await account()).toMatchObject({ realNameLevel: 3 });
      expect(await deps.mandates.ofEntity(entityId)).toHaveLength(1);
    }
  });

  it('ends an entity only when it says twice, hours apart, that it was cancelled', async () => {
    const { deps, entityId, account } = await registered('chen', '陈体验');
    const { uscc } = entityOf('陈体验');
    await registers.changeEntity(uscc, { status: 'cancelled' });
    clock.advance(WEEK_SECONDS);
    await recheckEntities(deps);
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    await recheckEntities(deps);
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    clock.advance(DOUBT_SECONDS + 60);
    await Promise.all([recheckEntities(deps), recheckEntities(open())]);
    expect(await account()).toMatchObject({ realNameLevel: 1 });
    expect(await deps.mandates.ofEntity(entityId)).toEqual([]);
    expect(await deps.records.find(entityId)).toMatchObject({ status: 'cancelled' });
    expect(ended.filter((each) => each === entityId)).toHaveLength(1);
    expect(await accounts.findByLogin(uscc)).toBeUndefined();
  });

  it('ends the power of a representative it no longer names, and leaves the entity its identity', async () => {
    const { deps, entityId, account } = await registered('lin', '林新办');
    const person = { name: '陈体验', number: '440000199208160103' };
    await registers.changeEntity(entityOf('林新办').uscc, { representative: person });
    clock.advance(WEEK_SECONDS);
    await recheckEntities(deps);
    expect(await deps.mandates.ofEntity(entityId)).toHaveLength(1);
    clock.advance(DOUBT_SECONDS + 60);
    await recheckEntities(deps);
    expect(await deps.mandates.ofEntity(entityId)).toEqual([]);
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    const next = await confirmed(deps, await personCalled('chen'), entityOf('林新办'));
    expect(await registerEntity(deps, next)).toEqual({ ok: true, entityId, isNew: false });
  });

  it('leaves a part of the budget of the day to people', async () => {
    const before = await registers.askedOf('legalEntities');
    clock.advance(WEEK_SECONDS);
    const deps = open(3);
    await recheckEntities(deps);
    // A fifth of it is kept.
    expect((await registers.askedOf('legalEntities')) - before).toBeLessThanOrEqual(2);
  });
});

describe('who loses what a mandate rests on', () => {
  const LOW = { level: 2, origin: { source: 'person', grade: 'D' } } as const;
  const BY = { actor: 'operator' };
  let deps: Opened;
  let entityId: string;

  beforeAll(async () => {
    ({ deps, entityId } = await registered('ayinuer', '阿依努尔·示例'));
  });

  async function appoint(inviter: string, login: string, name: string) {
    const typed = named(name);
    const given = { entityId, typed, address };
    expect(await inviteAdministrator(deps, await personCalled(inviter), given)).toEqual({
      ok: true,
    });
    const [offer] = await deps.invitations.ofEntity(entityId);
    const invitationId = offer?.id ?? '';
    return answerInvitation(deps, await personCalled(login), {
      invitationId,
      isAccepted: true,
      address,
    });
  }

  function noticesOf() {
    return storage.database.collection(MESSAGE_OUTBOX).countDocuments();
  }

  function lastEnded() {
    return storage.database
      .collection('auditRecords')
      .find({ type: 'mandates.ended' })
      .sort({ at: -1 })
      .limit(1)
      .next();
  }

  it('has it no more at once, with a record, and the others are told', async () => {
    expect(await appoint('ayinuer', 'hezhang', '何长者')).toBe('accepted');
    const person = await personCalled('ayinuer');
    const before = await noticesOf();
    await accounts.setRealNameLevel(person.id, LOW, BY);
    expect(await deps.mandates.ofEntity(entityId)).toMatchObject([{ role: 'administrator' }]);
    expect(await lastEnded()).toMatchObject({ subject: entityId, reason: 'holder_level_fell' });
    // The person and the administrator, by mail and telephone as far as they have them.
    expect(await noticesOf()).toBeGreaterThanOrEqual(before + 2);
  });

  it('and a change that is not carried out takes nothing', async () => {
    const { id } = await personCalled('hezhang');
    const failing = { ...BY, alongside: () => Promise.reject(new Error('no')) };
    await expect(accounts.setRealNameLevel(id, LOW, failing)).rejects.toThrow('no');
    expect(await deps.mandates.ofEntity(entityId)).toHaveLength(1);
  });

  it('gives no power away that was offered before', async () => {
    const inviter = await personCalled('hezhang');
    const findById = async (id: string) => {
      const found = await accounts.findById(id);
      // Between the look at who invited and the answer.
      if (id === inviter.id) await accounts.lock(id, BY);
      return found;
    };
    const holdStanding: AccountStore['holdStanding'] = (...of) => accounts.holdStanding(...of);
    const regular = deps;
    deps = {
      ...regular,
      accounts: Object.assign(Object.create(accounts), { findById, holdStanding }),
    };
    expect(await appoint('hezhang', 'wang', '王演示')).toBe('gone');
    deps = regular;
    await accounts.unlock(inviter.id, BY);
    const [offer] = await deps.invitations.ofEntity(entityId);
    expect(offer).toBeDefined();
    await accounts.setRealNameLevel(inviter.id, LOW, BY);
    expect(await deps.invitations.ofEntity(entityId)).toEqual([]);
    expect(await deps.mandates.ofEntity(entityId)).toEqual([]);
  });

  it('and in a race either comes first, never both', async () => {
    await accounts.setRealNameLevel((await personCalled('hezhang')).id, { ...LOW, level: 3 }, BY);
    const inviter = await personCalled('hezhang');
    for (let round = 0; round < 5; round += 1) {
      await storage.database.transaction((session) =>
        deps.mandates.grant(
          { entityId, personId: inviter.id, role: 'administrator', grantedBy: 'register' },
          session,
        ),
      );
      const [answer] = await Promise.all([
        appoint('hezhang', 'wang', '王演示').catch(() => 'gone'),
        storage.database.transaction(async (session) => {
          const held = await deps.mandates.between(entityId, inviter.id, session);
          if (held) await deps.mandates.end(held.id, 'removed', session);
        }),
      ]);
      const wang = await personCalled('wang');
      const held = await deps.mandates.between(entityId, wang.id);
      expect(answer === 'accepted').toBe(held !== undefined);
      if (held) await storage.database.transaction((s) => deps.mandates.end(held.id, 'removed', s));
    }
  });

  it('by closing or removal of an account, or of the organisation, leaves records', async () => {
    const operated = { ...deps, holdings: commandHoldings(storage, 'operator') };
    const first = await registered('wang', '王演示');
    const wang = await personCalled('wang');
    expect(await closeAccount(operated, wang.id, BY)).toMatchObject({ ok: true });
    expect(await lastEnded()).toMatchObject({ subject: first.entityId, reason: 'holder_closed' });
    const second = await registered('hezhang', '何长者');
    expect(await deleteAccount(operated, second.entityId, BY)).toMatchObject({ ok: true });
    expect(await lastEnded()).toMatchObject({ subject: second.entityId, reason: 'entity_closed' });
  });

  it('under the release before, which knew nothing of it, loses it soon after', async () => {
    const { id } = await personCalled('chen');
    const mandate = {
      entityId,
      personId: id,
      role: 'administrator',
      grantedBy: 'register',
    } as const;
    await storage.database.transaction((session) => deps.mandates.grant(mandate, session));
    const { database } = storage;
    await database
      .collection<{ _id: string }>('accounts')
      .updateOne({ _id: id }, { $set: { realNameLevel: 2 } });
    const { onStandingLost } = commandAccounts(storage);
    expect(await settleMandates({ ...deps, onStandingLost }, '')).toBe('');
    expect(await deps.mandates.ofEntity(entityId)).toEqual([]);
    expect(await lastEnded()).toMatchObject({ reason: 'holder_level_fell' });
  });
});
