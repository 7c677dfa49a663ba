// The commands about roles: what officers type, how far it proves them, and what is not understood.
import { describe, expect, it } from 'vitest';
import { OFFICER_PASSWORD, rolesOffice } from '../../test/support/roles-office.ts';
import type { Staff } from '../../test/support/roles-office.ts';
import { seedAccount } from '../../test/support/sign-in.ts';
import { RecoveryCodeStore } from '../credentials/recovery-code-store.ts';
import { proveOfficer } from './prove-officer.ts';
import { runApproveCommand, runRolesCommand } from './roles.commands.ts';
import type { RolesCommandDependencies } from './roles.commands.ts';

const office = rolesOffice();

/** The commands with what officers type; what they say are the keys of their words. */
async function run(args: string, ...typed: string[]) {
  const { stores, signIn, totp, roles, requests, open } = office;
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const terminal = { print: say, complain: say, read: () => Promise.resolve(''), t: String };
  const prover = {
    ...signIn,
    ...stores,
    totp,
    recoveryCodes: new RecoveryCodeStore(stores),
    notices: {
      secondFactorGuessed: () => Promise.resolve(),
      recoveryCodeUsed: () => Promise.resolve(),
    },
    ask: () => Promise.resolve(typed.shift()),
    wait: (seconds: number) => {
      office.stores.clock.advance(seconds);
      return Promise.resolve();
    },
  };
  const deps: RolesCommandDependencies = {
    accounts: office.stores.accounts,
    roles,
    requests,
    open,
    terminal,
    prove: (name) => proveOfficer(prover, name),
    findDepartment: (text) => Promise.resolve(text === 'tax' ? 'department-tax' : undefined),
  };
  const [verb = '', ...rest] = args.split(' ');
  const command =
    verb === 'approve' ? runApproveCommand(rest, deps) : runRolesCommand(args.split(' '), deps);
  return { code: await command, said };
}

describe('the commands', () => {
  const grant = (account: Staff, officer: Staff) =>
    `grant reviewer ${account.login} --officer ${officer.login}`;

  it('ask, list and approve, each officer with password and code', async () => {
    const asked = await run(
      grant(office.cai, office.ann),
      OFFICER_PASSWORD,
      await office.codeOf(office.ann),
    );
    expect(asked).toEqual({ code: 0, said: ['roles-command.asked'] });
    expect((await run('requests')).said).toContain('roles-command.request.grant');
    expect((await run(grant(office.cai, office.ann))).said).toEqual([
      'roles-command.asked_already',
    ]);
    const [request] = (await office.open.list()).filter(
      ({ accountId }) => accountId === office.cai.id,
    );
    const typed = request?.id.toLowerCase().replace('-', '') ?? '';
    const approved = await run(
      `approve ${typed} --officer ${office.ben.id}`,
      OFFICER_PASSWORD,
      await office.codeOf(office.ben),
    );
    // What is decided is read before the password is typed.
    const said = ['roles-command.request.grant', 'roles-command.done.grant'];
    expect(approved).toEqual({ code: 0, said });
    expect((await run('list')).said).toEqual(['roles-command.row']);
    expect((await run(grant(office.cai, office.ann))).said).toEqual(['roles-command.already']);
  });

  it('take no officer who proves too little', async () => {
    const refused = async (line: string, ...typed: string[]) => (await run(line, ...typed)).said;
    const line = grant(office.cai, office.ann);
    // Would write over what the second officer reads.
    const hidden = `${line} --reason \u{1b}[2K`;
    expect(await refused(hidden)).toEqual(['roles-command.usage']);
    expect(await refused(line)).toEqual(['roles-command.cannot.nobody_there']);
    const code = await office.codeOf(office.ann);
    expect(await refused(line, 'wrong', code)).toEqual(['roles-command.cannot.not_proven']);
    expect(await refused(line, OFFICER_PASSWORD, '000000')).toEqual([
      'roles-command.cannot.not_proven',
    ]);
    expect(await refused(line, OFFICER_PASSWORD, 'ABCDE-FGHIJ')).toEqual([
      'roles-command.cannot.not_proven',
    ]);
    expect(await refused(line, OFFICER_PASSWORD, code)).toEqual(['roles-command.asked']);
    // A code opens once.
    const other = grant(office.dan, office.ann);
    expect(await refused(other, OFFICER_PASSWORD, code)).toEqual([
      'roles-command.cannot.not_proven',
    ]);
    const given = await office.staff({ mustChange: true });
    const due = await refused(
      grant(office.dan, given),
      OFFICER_PASSWORD,
      await office.codeOf(given),
    );
    expect(due).toEqual(['roles-command.cannot.password_due']);
    const low = await office.staff({ realNameLevel: 2 });
    expect(await refused(grant(office.dan, low))).toEqual(['roles-command.cannot.officer_unknown']);
    const citizen = await seedAccount(office.stores, office.signIn, {
      password: OFFICER_PASSWORD,
      realNameLevel: 3,
    });
    const named = `grant reviewer ${office.dan.login} --officer ${citizen.id}`;
    expect(await refused(named)).toEqual(['roles-command.cannot.officer_unknown']);
  });

  it('stop who guesses, after a wait that grows into a refusal', async () => {
    const line = grant(office.cai, office.ann);
    const reasons: string[] = [];
    for (let guess = 0; guess < 8; guess += 1) {
      reasons.push(...(await run(line, 'wrong', '000000')).said);
    }
    expect(new Set(reasons)).toEqual(new Set(['roles-command.cannot.not_proven']));
    // Right now, and not looked at any more.
    const late = await run(line, OFFICER_PASSWORD, await office.codeOf(office.ann));
    expect(late.said).toEqual(['roles-command.cannot.not_proven']);
    expect(await office.open.list()).not.toContainEqual(
      expect.objectContaining({ accountId: office.cai.id }),
    );
  });

  it('give department administrators their departments, and take back one or all', async () => {
    const department = `departmentAdministrator ${office.cai.login}`;
    const officer = `--officer ${office.ann.login}`;
    expect((await run(`grant ${department} ${officer}`)).code).toBe(2);
    expect((await run(`grant reviewer ${office.cai.login} --department tax ${officer}`)).code).toBe(
      2,
    );
    const unknown = await run(`grant ${department} --department moon ${officer}`);
    expect(unknown.said).toEqual(['roles-command.cannot.department_unknown']);
    await run(
      `grant ${department} --department tax ${officer}`,
      OFFICER_PASSWORD,
      await office.codeOf(office.ann),
    );
    const [request] = (await office.open.list()).filter(
      ({ accountId }) => accountId === office.cai.id,
    );
    expect(await office.approve(office.ben, request?.id ?? '')).toMatchObject({ ok: true });
    expect(await office.fresh(office.cai)).toMatchObject({
      roles: ['departmentAdministrator'],
      administers: ['department-tax'],
    });
    office.stores.clock.advance(60);
    await run(`revoke ${department} ${officer}`, OFFICER_PASSWORD, await office.codeOf(office.ann));
    expect(await office.fresh(office.cai)).toMatchObject({ roles: [], administers: [] });
  });

  it.each([
    '',
    'grant',
    'grant reviewer x',
    'grant king x --officer y',
    'grant reviewer --officer y',
    'approve --officer y',
    'approve ABCD-EFGH',
    'withdraw --officer y',
    'list all',
  ])('explain themselves: %s', async (line) => {
    expect((await run(line)).code).toBe(2);
  });
});
