// The construction mode from the command line: what is refused first, then a change by two officers, its
// interruption, and the way back.
import { beforeEach, describe, expect, it } from 'vitest';
import { rolesOffice } from '../../test/support/roles-office.ts';
import type { Staff } from '../../test/support/roles-office.ts';
import { samplePeer, savePeer } from '../../test/support/peer-samples.ts';
import { draftAccount } from '../accounts/account-draft.ts';
import { LinkStore } from '../federation/link-store.ts';
import { shadowLinked } from '../federation/shadow-account.ts';
import type { PeerLook } from '../peers/look-at-peer.ts';
import { PeerStore } from '../peers/peer-store.ts';
import { localesFolder } from '../platform/http/http-app.ts';
import { loadWords } from '../platform/http/locale.ts';
import { EvidenceStore } from '../verification/evidence-store.ts';
import { ModeOffice } from './mode-office.ts';
import { ModePlanStore } from './mode-plan-store.ts';
import { ModeStore } from './mode-store.ts';
import { NumberNeeds } from './number-need-store.ts';
import { runModeCommand } from './mode.commands.ts';

const roles = rolesOffice();
const { stores } = roles;
const words = loadWords(localesFolder);
const officers = new Map<string, Staff>();
const PLAN = /Plan ([\w-]+):/u;
let look: PeerLook;
let demanded: number;

beforeEach(async () => {
  for (const name of ['registrationMode', 'peers', 'federatedLinks']) {
    await stores.database.collection(name).deleteMany({});
  }
  await stores.database.collection('accounts').deleteMany({ kind: 'naturalPerson' });
  await roles.appoint(roles.ann, 'systemAdministrator');
  await roles.appoint(roles.ben, 'securityAdministrator');
  officers.set('sys', roles.ann).set('sec', roles.ben).set('nobody', roles.cai);
  look = { problems: [], credentials: [] };
  demanded = 3;
  await savePeer(stores);
});

interface Trial {
  /** The process dies when it says how far it has come. */
  isKilled?: boolean;
}

async function run(typed: string, { isKilled = false }: Trial = {}) {
  const said: string[] = [];
  const { database } = stores;
  const modes = new ModeStore({ database, initialMode: { mode: 'independent' } });
  const links = new LinkStore(stores);
  const evidence = new EvidenceStore(stores);
  const { accounts } = stores;
  const numberNeeds = new NumberNeeds(stores);
  const office = new ModeOffice({
    ...stores,
    modes,
    links,
    plans: new ModePlanStore(stores),
    peers: new PeerStore(stores),
    staffIdOf: () => Promise.resolve(undefined),
    look: () => Promise.resolve(look),
    demandedLevel: () => Promise.resolve(demanded),
    shadow: (link, peer) => shadowLinked({ accounts, evidence, links, numberNeeds }, link, peer),
    batch: 2,
  });
  const code = await runModeCommand(typed.split(' '), {
    modes,
    office,
    prove: async (who) => {
      const officer = officers.get(who);
      if (!officer) return { ok: false, reason: 'not_proven' };
      return { ok: true, officer: await roles.fresh(officer) };
    },
    findAccount: (id) => accounts.findById(id),
    terminal: {
      print: (line) => void said.push(line),
      complain: (line) => {
        if (isKilled && line.includes('accounts done')) throw new Error('killed');
        said.push(line);
      },
      read: () => Promise.reject(new Error('no file')),
      askSecretly: () => Promise.resolve(undefined),
      t: (key, values) => words.translate('en', key, values),
    },
  });
  return { code, text: said.join('\n') };
}

async function planned(typed = 'plan embedded --province province'): Promise<string> {
  const { text } = await run(typed);
  const [, id] = PLAN.exec(text) ?? [];
  if (id === undefined) throw new Error(text);
  return id;
}

const apply = (id: string, trial?: Trial) => run(`apply ${id} --officer sys --approver sec`, trial);

/** Somebody whom the province has sent, with the number that it has told. */
async function arrived(subject: string, number: string): Promise<string> {
  const of = { kind: 'naturalPerson', name: '某人', realNameLevel: 3 } as const;
  const drafted = draftAccount(
    { ...of, certificateType: '111', certificateNumber: number },
    { source: 'peer:province', grade: 'B', areContactsConfirmed: false, now: new Date() },
  );
  if (!drafted.ok) throw new Error('no account');
  const made = await stores.accounts.insert(drafted.draft, {
    actor: 'anonymous',
    alongside: async (session, accountId) => {
      const { issuer } = samplePeer();
      const facts = { peerId: 'province', issuer, accountId, level: 3, hasMadeAccount: true };
      const rest = { id: subject, subject, version: undefined, origin: undefined };
      await new LinkStore(stores).insert({ ...facts, ...rest, level: 3 }, session);
    },
  });
  if (!made.ok) throw new Error('no account');
  return made.account.id;
}

describe('what is typed', () => {
  it.each([
    '',
    'show all',
    'plan somewhere',
    'plan embedded --province province --officer sys',
    'apply 1 --officer sys',
    'apply 1 2 --officer sys --approver sec',
  ])('is not understood: %s', async (typed) => {
    expect(await run(typed)).toMatchObject({ code: 2, text: /hutong mode apply PLAN/u });
  });
});

describe('a plan', () => {
  it.each([
    ['plan independent', /this is the mode already/u],
    ['plan independent --province province', /needs no province/u],
    ['plan embedded', /the province is not named/u],
    ['plan embedded --province elsewhere', /no such peer/u],
  ])('is stopped: %s', async (typed, text) => {
    expect(await run(typed)).toMatchObject({ code: 1, text });
  });

  it('is stopped by a peer that does not answer, is not trusted, or is trusted with too little', async () => {
    look = { problems: [{ code: 'no_keys', values: {} }], credentials: [] };
    demanded = 4;
    await savePeer(stores, { state: 'suspended', registration: { roles: ['downstream'] } });
    const { code, text } = await run('plan centralized --province province');
    expect(code).toBe(1);
    for (const word of ['not active', 'role upstream', 'does not answer', 'level cap']) {
      expect(text).toContain(word);
    }
    expect(await apply(PLAN.exec(text)?.[1] ?? '')).toMatchObject({ code: 1, text: /stops it/u });
    expect((await run('show')).text).toContain('never changed');
  });

  it('counts whom it concerns and changes nothing', async () => {
    await arrived('one', '440000198001010015');
    const { code, text } = await run('plan centralized --province province');
    expect(code).toBe(0);
    expect(text).toMatch(/linked to the province\s+1/u);
    expect(text).toContain('Nothing stops it');
    expect((await run('show')).text).toContain('independent');
  });
});

describe('a change', () => {
  it('is refused to one person, to others than the two, and by an old plan', async () => {
    const id = await planned();
    const cases = [
      [`apply ${id} --officer sys --approver sys`, /must be two people/u],
      [`apply ${id} --officer sec --approver sys`, /must be a system administrator/u],
      [`apply ${id} --officer sys --approver nobody`, /must be a security administrator/u],
      [`apply ${id} --officer sys --approver stranger`, /password or the code/u],
      ['apply none --officer sys --approver sec', /no such plan/u],
    ] as const;
    for (const [typed, text] of cases) expect(await run(typed)).toMatchObject({ code: 1, text });
    await savePeer(stores, { registration: { levelCap: 4 } });
    expect(await apply(id)).toMatchObject({ code: 1, text: /too old/u });
    expect((await run('show')).text).toContain('never changed');
  });

  it('goes on where it was killed, once for each account, and leads back', async () => {
    const numbers = ['440000198001010015', '440000198001010031', '440000198001010058'];
    const ids: string[] = [];
    for (const [index, number] of numbers.entries()) ids.push(await arrived(`s${index}`, number));
    const id = await planned();
    await expect(apply(id, { isKilled: true })).rejects.toThrow('killed');
    expect((await run('show')).text).toContain(`apply ${id} goes on`);
    expect((await run('plan independent')).text).toContain('has not reached all accounts');
    const done = await apply(id);
    expect(done).toMatchObject({ code: 0, text: /3 became shadows, 0 keep/u });
    for (const account of await Promise.all(ids.map((each) => stores.accounts.findById(each)))) {
      expect(account?.certificate).toBeUndefined();
      expect([account?.realNameLevel, account?.name]).toEqual([3, '某人']);
      expect(account?.attribute('opaqueId')?.source).toBe('peer:province');
    }
    const back = await planned('plan independent');
    expect(await apply(back)).toMatchObject({ code: 0, text: /independent/u });
  });

  it('leaves what rests on a number as it is: cases are decided first, representatives keep theirs', async () => {
    const numbers = ['440000198001010015', '440000198001010031', '440000198001010058'];
    const ids: string[] = [];
    for (const [index, number] of numbers.entries()) ids.push(await arrived(`s${index}`, number));
    const [representative = '', applicant = '', guardian = ''] = ids;
    const put = (collection: string, document: { _id: string; [name: string]: unknown }) =>
      stores.database.collection<{ _id: string }>(collection).insertOne(document);
    const held = { personId: representative, entityId: 'company', isActive: true };
    await put('mandates', { _id: 'm1', ...held, role: 'legalRepresentative' });
    await put('mandates', { _id: 'm2', ...held, personId: guardian, role: 'handler' });
    await put('wards', { _id: 'w1', guardians: [{ accountId: guardian }] });
    const asked = { applicantId: applicant, involvedIds: [], state: 'pending', identityMacs: [] };
    await put('reviewCases', { _id: 'case-1', ...asked, kind: 'guardianship', openKey: '1' });
    await put('reviewCases', { _id: 'case-2', ...asked, kind: 'data_request', openKey: '2' });
    const stopped = await run('plan centralized --province province');
    expect(stopped).toMatchObject({ code: 1, text: /have to decide these cases first/u });
    expect(stopped.text).toMatch(/case case-1\n/u);
    expect(stopped.text).not.toContain('case-2');
    for (const line of [/mandates that they hold \(stay\)\s+2/u, /guardians \(stay\)\s+1/u]) {
      expect(stopped.text).toMatch(line);
    }
    const cases = stores.database.collection<{ _id: string }>('reviewCases');
    await cases.updateOne({ _id: 'case-1' }, { $set: { state: 'closed' }, $unset: { openKey: 1 } });
    const id = await planned('plan centralized --province province');
    await expect(apply(id, { isKilled: true })).rejects.toThrow('killed');
    const later = { ...asked, applicantId: guardian, kind: 'recovery', openKey: '3' };
    await put('reviewCases', { _id: 'case-3', ...later });
    expect((await apply(id)).text).toMatch(/1 became shadows, 2 keep their number/u);
    const numbered = async () => {
      const found = await Promise.all(ids.map((each) => stores.accounts.findById(each)));
      return found.map((account) => account?.certificate?.number);
    };
    expect(await numbered()).toEqual([numbers[0], undefined, numbers[2]]);
    const back = await run('plan independent');
    expect(back).toMatchObject({ code: 0, text: /shadows get their number back/iu });
    await savePeer(stores, { state: 'suspended' });
    expect((await run('plan independent')).text).toContain('no other way in');
  });

  it('by two pairs of officers at once happens once', async () => {
    const plans = [await planned(), await planned('plan centralized --province province')];
    const codes = await Promise.all(plans.map(async (id) => (await apply(id)).code));
    expect(codes.toSorted((a, b) => a - b)).toEqual([0, 1]);
  });
});
