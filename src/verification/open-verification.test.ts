// Sources, budgets and races against real HTTP and a real database, as one process sees them.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { importCityAccounts } from '../../test/support/city-accounts.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { startRegisters } from '../../test/support/registers.ts';
import type { Registers } from '../../test/support/registers.ts';
import { ShiftedClock } from '../../test/support/shifted-clock.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { verificationProcess } from '../../test/support/verification-process.ts';
import { AccountStore } from '../accounts/account-store.ts';
import type { Account } from '../accounts/account.ts';
import { samplePeople } from '../demo/registers/people.ts';
import { allMigrations } from '../migrations.ts';
import { createOutbound } from '../platform/outbound.ts';
import { readIdentityForm } from './identity-form.ts';
import { matchIdentity } from './match-identity.ts';
import type { Verification } from './open-verification.ts';
import type { IdentityClaim } from './provider.ts';
import { recordProof } from './record-proof.ts';
import { takeEntityTry, takeShowingTry } from './verification-tries.ts';

const { uri } = migratedDatabase();
const outbound = createOutbound({ allow: ['127.0.0.0/8:*'] });
const clock = new ShiftedClock();
const opened: Registers[] = [];
const ended: string[] = [];
let storage: TestStorage;
let accounts: AccountStore;

beforeAll(async () => {
  storage = await openTestStorage(uri, allMigrations, clock);
  accounts = new AccountStore(storage);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((registers) => registers.stop()));
  await storage.database.collection('sourceUsage').deleteMany({});
});
afterAll(async () => {
  await outbound.close();
  await storage.database.close();
});

async function open(options: Parameters<typeof startRegisters>[0] = {}) {
  const registers = await startRegisters(options);
  opened.push(registers);
  const process = () =>
    verificationProcess({ storage, accounts, outbound, clock, ended }, registers.environment);
  return { registers, process, ...process() };
}

async function people(...logins: string[]): Promise<Account[]> {
  const blank = { level: 1, fields: { certificate_type: '', certificate_number: '' } } as const;
  const made = await importCityAccounts(
    storage,
    accounts,
    logins.map((login) => ({ login, ...blank })),
  );
  return Promise.all(made.map(({ id }) => stored(id)));
}

async function stored(id: string): Promise<Account> {
  const account = await accounts.findById(id);
  if (!account) throw new Error('no such account');
  return account;
}

function claimOf(index: number, number = samplePeople[index]?.number ?? '') {
  const read = readIdentityForm({ name: samplePeople[index]?.name ?? '', number }, clock.now());
  if (!read.ok) throw new Error('the test types it wrong');
  return read.claim;
}

const address = '192.0.2.7';

/** How many of these tries, each of another account, found none left. */
async function usedUp(
  verification: Verification,
  logins: readonly string[],
  given: (index: number) => { claim: IdentityClaim; address: string },
): Promise<number> {
  const outcomes = [];
  for (const [index, account] of (await people(...logins)).entries()) {
    outcomes.push(await matchIdentity(verification, account, given(index)));
  }
  return outcomes.filter((each) => !each.ok && each.reason === 'tries_used_up').length;
}

const seven = (name: string) => Array.from({ length: 7 }, (_, index) => `${name}${index}`);

describe('one identity', () => {
  it('verified by 50 accounts at once, with x and X, belongs to exactly one', async () => {
    const { verification, process } = await open({ population: { timeoutMs: 4000 } });
    const other = process().verification;
    const claimants = await people(...Array.from({ length: 50 }, (_, index) => `racer${index}`));
    const number = samplePeople[3]?.number ?? '';
    const outcomes = await Promise.all(
      claimants.map((account, index) => {
        const typed = index % 2 === 0 ? number : number.toLowerCase();
        const claim = claimOf(3, typed);
        return matchIdentity(index % 3 === 0 ? other : verification, account, { claim, address });
      }),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(outcomes.filter((each) => !each.ok && each.reason === 'not_completed')).toHaveLength(49);
    const levels = await Promise.all(
      claimants.map(async ({ id }) => (await stored(id)).realNameLevel),
    );
    expect(levels.filter((level) => level === 2)).toHaveLength(1);
  });

  it('proven in person by two at once is displaced by one of them, the other is held off', async () => {
    const { verification } = await open();
    const [robber, ...owners] = await people('taker', 'person1', 'person2');
    const claim = claimOf(1);
    if (!robber) throw new Error('nobody');
    await matchIdentity(verification, robber, { claim, address });
    const proof = {
      claim,
      address,
      source: 'face',
      method: 'face',
      config: { cap: 3 },
      grade: 'A',
      resultCode: 'F00',
      reference: 'r',
    } as const;
    const outcomes = await Promise.all(
      owners.map((owner) => recordProof(verification, owner, proof)),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await stored(robber.id)).realNameLevel).toBe(1);
    expect(ended).toEqual([robber.id]);
    const left = await verification.evidence.listOfAccount(robber.id);
    expect(left).toMatchObject([{ source: 'population', revokedFor: 'displaced' }]);
  });

  it('of an account that is verified is not exchanged for another', async () => {
    const { verification } = await open();
    const [account] = await people('changer');
    if (!account) throw new Error('nobody');
    await matchIdentity(verification, account, { claim: claimOf(0), address });
    const outcome = await matchIdentity(verification, account, { claim: claimOf(4), address });
    expect(outcome).toEqual({ ok: false, reason: 'not_completed' });
    expect((await stored(account.id)).certificate?.number).toBe(claimOf(0).certificate.number);
  });
});

describe('tries', () => {
  it('of leaked pairs end after a few, right or wrong, and the register is not asked any more', async () => {
    const few = { attempts: 2, windowSeconds: 86_400 };
    const { verification, registers } = await open({ tries: { perAccount: few } });
    const [account] = await people('prober');
    if (!account) throw new Error('nobody');
    const wrong = { ...claimOf(2), name: '无此人' };
    const tried = [];
    for (const claim of [wrong, wrong, claimOf(2), wrong]) {
      tried.push(await matchIdentity(verification, account, { claim, address }));
    }
    expect(tried.map((each) => (each.ok ? 'ok' : each.reason))).toEqual([
      'mismatched',
      'mismatched',
      'tries_used_up',
      'tries_used_up',
    ]);
    expect(await registers.askedOf('population')).toBe(2);
  });

  it('of one number or of one birth date are counted over all accounts', async () => {
    const few = { attempts: 3, windowSeconds: 86_400 };
    const { verification } = await open({ tries: { perNumber: few, perBirthPrefix: few } });
    const certificate = { type: '111', number: '44000019781123004X' } as const;
    const claim = { name: '无此人', certificate };
    expect(await usedUp(verification, seven('prober'), () => ({ claim, address }))).toBe(4);
  });

  it.each([
    { whose: 'one subscriber', of: (at: number) => `2001:db8:7:7::${at}`, allowed: 3 },
    { whose: 'a hall, which has its own', of: () => '203.0.113.7', allowed: 6 },
  ])('are counted together for $whose', async ({ whose, of, allowed }) => {
    const perAddress = { attempts: 3, windowSeconds: 86_400 };
    const { verification } = await open({ tries: { perAddress } });
    const given = (at: number) => ({
      claim: { ...claimOf(at % 5), name: `无此人${at}` },
      address: of(at),
    });
    expect(await usedUp(verification, seven(`from-${whose.length}-`), given)).toBe(7 - allowed);
  });

  it('of organisations that show themselves, begun by anybody, leave those of who is signed in', async () => {
    const perAddress = { attempts: 3, windowSeconds: 86_400 };
    const { verification } = await open({ tries: { perAddress } });
    const begun = await Promise.all(
      seven('page').map((place) => takeShowingTry(verification, { accountId: place, address })),
    );
    expect(begun.every(({ ok }) => ok)).toBe(true);
    const registering = { accountId: 'somebody', address };
    expect(await takeEntityTry(verification, registering)).toMatchObject({ ok: true });
  });

  it('that no register answered do not count', async () => {
    const one = { attempts: 1, windowSeconds: 86_400 };
    const { verification, registers } = await open({ tries: { perAccount: one } });
    const [account] = await people('patient');
    if (!account) throw new Error('nobody');
    const given = { claim: { ...claimOf(2), name: '无此人' }, address };
    await registers.setFault('population', 'down');
    expect(await matchIdentity(verification, account, given)).toMatchObject({
      reason: 'unavailable',
    });
    await registers.setFault('population', 'none');
    expect(await matchIdentity(verification, account, given)).toMatchObject({
      reason: 'mismatched',
    });
  });
});

describe('a source', () => {
  const check = async (of: Awaited<ReturnType<typeof open>>) =>
    of.verification.registers.population?.provider.check({ ...claimOf(2), name: '无此人' });

  it('is asked no more than its daily budget by all processes together', async () => {
    const one = await open({ population: { dailyBudget: 5, costFen: 3 } });
    const two = { ...one, ...one.process() };
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => check(index % 2 === 0 ? one : two)),
    );
    expect(outcomes.filter((each) => each?.outcome === 'mismatched')).toHaveLength(5);
    expect(outcomes.filter((each) => each?.resultCode === 'budget_used_up')).toHaveLength(15);
    expect(await one.registers.askedOf('population')).toBe(5);
    const usage = await storage.database.collection('sourceUsage').findOne({});
    expect(usage).toMatchObject({ calls: 5, costFen: 15 });
  });

  it('that fails is left alone, then probed once, and trusted again when it answers', async () => {
    const of = await open({ population: { breaker: { failures: 2, openMs: 60_000 } } });
    const { registers, metrics } = of;
    await registers.setFault('population', 'down');
    for (let call = 0; call < 4; call += 1) await check(of);
    // Two calls, each tried twice.
    expect(await registers.askedOf('population')).toBe(4);
    expect(await metrics.text()).toContain('hutong_verification_breaker{source="population"} 2');
    clock.advance(61);
    await registers.setFault('population', 'slow');
    const probes = await Promise.all([check(of), check(of), check(of)]);
    expect(probes.filter((each) => each?.resultCode === 'breaker_open')).toHaveLength(2);
    await registers.setFault('population', 'none');
    clock.advance(61);
    expect(await check(of)).toMatchObject({ outcome: 'mismatched' });
    expect(await check(of)).toMatchObject({ outcome: 'mismatched' });
  });

  it('that contradicts itself has said nothing', async () => {
    const of = await open();
    await of.registers.setFault('population', 'contradictory');
    expect(await check(of)).toEqual({ outcome: 'contradictory', resultCode: 'contradictory' });
  });
});

describe('evidence that expires', () => {
  it('takes its level along, once; imported levels stay', async () => {
    const of = await open({ population: { validDays: 30 } });
    const [account] = await people('ageing');
    const [imported] = await importCityAccounts(storage, accounts, [
      { login: 'imported', level: 3 },
    ]);
    if (!account || !imported) throw new Error('nobody');
    const certificate = { type: '111', number: '440000200101010151' } as const;
    await matchIdentity(of.verification, account, {
      claim: { name: '张示例', certificate },
      address,
    });
    expect((await stored(account.id)).realNameLevel).toBe(2);
    await of.settle();
    expect((await stored(account.id)).realNameLevel).toBe(2);
    clock.advance(31 * 86_400);
    const rounds = await Promise.all([of.settle(), of.process().settle()]);
    expect(Math.max(...rounds)).toBeGreaterThanOrEqual(1);
    expect((await stored(account.id)).realNameLevel).toBe(1);
    expect(await accounts.findByLogin('440000200101010151')).toBeUndefined();
    expect(ended).toContain(account.id);
    expect(await of.settle()).toBe(0);
    expect((await stored(imported.id)).realNameLevel).toBe(3);
  });
});
