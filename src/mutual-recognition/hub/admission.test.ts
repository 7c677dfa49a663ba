// Platforms of mutual recognition by two officers of the hub: who may not, who is first, and that nothing
// proposed has any effect; then the way in and out by the commands.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makePlatform } from '../../../test/support/recognition-office.ts';
import { rolesOffice } from '../../../test/support/roles-office.ts';
import type { Staff } from '../../../test/support/roles-office.ts';
import type { AuditRecord } from '../../audit/audit-record.ts';
import { localesFolder } from '../../platform/http/http-app.ts';
import { loadWords } from '../../platform/http/locale.ts';
import type { ProvenOfficer } from '../../roles/officer-power.ts';
import { recognitionPlatformSchema } from '../recognition-platform.ts';
import type { ProposedPlatform } from '../recognition-platform.ts';
import { RecognitionPlatformStore } from '../recognition-platform-store.ts';
import { AdmissionOffice } from './admission-office.ts';
import { readAdmissionOrder, runAdmissionCommand } from './admission.commands.ts';
import { ProposalStore } from './proposal-store.ts';

const roles = rolesOffice();
const { stores } = roles;
const words = loadWords(localesFolder);
let office: AdmissionOffice;
let platforms: RecognitionPlatformStore;
let proposals: ProposalStore;
let system: ProvenOfficer;
let security: ProvenOfficer;
let platform: ProposedPlatform;

const officerOf = async (account: Staff): Promise<ProvenOfficer> => ({
  account: await roles.fresh(account),
  address: '192.0.2.1',
});

async function appointed(role: 'systemAdministrator' | 'securityAdministrator') {
  const staff = await roles.staff({});
  await roles.appoint(staff, role);
  return officerOf(staff);
}

beforeAll(async () => {
  platforms = new RecognitionPlatformStore(stores);
  proposals = new ProposalStore(stores);
  const staffIdOf = (id: string) => Promise.resolve(roles.staffIds.get(id));
  office = new AdmissionOffice({ ...stores, platforms, proposals, staffIdOf });
  platform = recognitionPlatformSchema.parse((await makePlatform('city-a')).record);
});

beforeEach(async () => {
  for (const name of ['recognitionProposals', 'recognitionPlatforms', 'auditRecords']) {
    await stores.database.collection(name).deleteMany({});
  }
  system = await appointed('systemAdministrator');
  security = await appointed('securityAdministrator');
});

async function proposed(more: Partial<ProposedPlatform> = {}) {
  await office.propose(system, { ...platform, ...more });
  const proposal = await proposals.find('city-a');
  if (!proposal) throw new Error('nothing is proposed');
  return proposal;
}

const states = async () => (await platforms.list()).map(({ id, state }) => [id, state]);

describe('the office', () => {
  it('lets nobody propose, approve, resume or suspend without the power for it', async () => {
    const nobody = await officerOf(roles.ann);
    expect(await office.propose(security, platform)).toEqual({ ok: false, reason: 'not_system' });
    const proposal = await proposed();
    expect(await office.approve(nobody, proposal)).toEqual({ ok: false, reason: 'not_security' });
    expect(await states()).toEqual([]);
    await office.approve(security, proposal);
    expect(await office.suspend(nobody, 'city-a', 'x')).toMatchObject({ ok: false });
    await office.suspend(system, 'city-a', 'guessing');
    expect(await office.resume(system, 'city-a')).toEqual({ ok: false, reason: 'not_security' });
    expect(await states()).toEqual([['city-a', 'suspended']]);
  });

  it('lets nobody approve what the same person has proposed, nor who is no officer any more', async () => {
    const proposal = await proposed();
    const name = system.account.name ?? '';
    const twin = await roles.staff({ name });
    await roles.appoint(twin, 'securityAdministrator');
    roles.staffIds.set(system.account.id, 'S-1').set(twin.id, 'S-1');
    const same = await office.approve(await officerOf(twin), proposal);
    expect(same).toEqual({ ok: false, reason: 'same_officer' });
    await stores.database
      .collection('accounts')
      .updateOne({ _id: security.account.id as never }, { $set: { roles: [] } });
    expect(await office.approve(security, proposal)).toEqual({ ok: false, reason: 'not_security' });
    expect(await states()).toEqual([]);
  });

  it('approves what was shown, once, also of ten at the same time', async () => {
    const shown = await proposed();
    await proposed({ issuer: 'https://other.example' });
    expect(await office.approve(security, shown)).toEqual({ ok: false, reason: 'overtaken' });
    const present = await proposed();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => office.approve(security, present)),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await states()).toEqual([['city-a', 'active']]);
  });

  it('approves nothing that was withdrawn, whatever was proposed after it', async () => {
    const shown = await proposed();
    await office.withdraw(system, shown);
    const present = await proposed({ issuer: 'https://other.example' });
    expect(await office.approve(security, shown)).toEqual({ ok: false, reason: 'overtaken' });
    expect([await states(), await proposals.find('city-a')]).toEqual([[], present]);
  });

  it('leaves a platform as it is until a change is approved, and suspended after it', async () => {
    await office.approve(security, await proposed());
    await office.suspend(security, 'city-a', 'guessing');
    const change = await proposed({ issuer: 'https://new.example' });
    expect((await platforms.list())[0]?.issuer).toBe(platform.issuer);
    await office.approve(security, change);
    expect((await platforms.list())[0]).toMatchObject({
      issuer: 'https://new.example',
      state: 'suspended',
    });
  });
});

async function run(typed: readonly string[]): Promise<{ code: number; said: string }> {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const order = readAdmissionOrder(typed);
  if (!order) throw new Error(`not a command: ${typed.join(' ')}`);
  const code = await runAdmissionCommand(order, {
    office,
    proposals,
    prove: async (who) => {
      const officer = { sys: system, sec: security }[who];
      if (!officer) return { ok: false, reason: 'not_proven' };
      return { ok: true, officer: (await officerOf(officer.account as Staff)).account };
    },
    terminal: {
      print: say,
      complain: say,
      read: () => Promise.resolve(JSON.stringify({ platforms: [platform] })),
      askSecretly: () => Promise.resolve(undefined),
      t: (key, values) => words.translate('en', key, values),
    },
  });
  return { code, said: said.join('\n') };
}

describe('the commands', () => {
  it.each([
    [['import', 'f']],
    [['suspend', 'city-a', '--officer', 'sec']],
    [['resume', 'city-a', '--reason', 'over', '--officer', 'sec']],
    [['approve']],
    [['proposals', 'city-a']],
    [['revoke', 'city-a', '--officer', 'sec']],
  ])('are not understood as %j, before any officer is asked', (typed) => {
    expect(readAdmissionOrder(typed)).toBeUndefined();
  });

  it('refuse what is unproven or not there', async () => {
    expect((await run(['import', 'f', '--officer', 'nobody'])).code).toBe(1);
    const missing = await run(['approve', 'city-a', '--officer', 'sec']);
    expect([missing.code, missing.said]).toEqual([
      1,
      expect.stringContaining('Nothing is proposed'),
    ]);
  });

  it('lead a platform in and out, each step in the records', async () => {
    expect(await run(['import', 'f', '--officer', 'sys'])).toMatchObject({ code: 0 });
    expect((await run(['proposals'])).said).toContain('city-a');
    const shown = await run(['approve', 'city-a', '--officer', 'sec']);
    expect([shown.code, shown.said]).toEqual([0, expect.stringContaining(platform.issuer)]);
    expect(await states()).toEqual([['city-a', 'active']]);
    const kill = ['suspend', 'city-a', '--reason', 'guessing', '--officer', 'sys'];
    expect(await run(kill)).toMatchObject({ code: 0 });
    expect(await run(['resume', 'city-a', '--officer', 'sec'])).toMatchObject({ code: 0 });
    await run(['import', 'f', '--officer', 'sys']);
    expect(await run(['withdraw', 'city-a', '--officer', 'sec'])).toMatchObject({ code: 0 });
    const records = await stores.database
      .collection<AuditRecord & { _id: string }>('auditRecords')
      .find()
      .toArray();
    const types = records.map(({ type }) => type.replace('recognition.platform_', ''));
    expect(types.filter((type) => !type.includes('.'))).toEqual([
      'proposed',
      'approved',
      'suspended',
      'resumed',
      'proposed',
      'withdrawn',
    ]);
  });
});
