// Officers at this terminal, and what their proof needs of the stores.
import { setTimeout as pause } from 'node:timers/promises';
import { commandAccounts } from '../app/standing.ts';
import { openCredentials } from '../credentials/credentials.ts';
import { proveOfficer } from '../roles/prove-officer.ts';
import type { OfficerOutcome } from '../roles/prove-officer.ts';
import type { Invocation } from './invocation.ts';

export async function openOfficers(invocation: Invocation) {
  const { config, terminal } = invocation;
  const { accounts, notices } = commandAccounts(invocation);
  const { limits, issuer } = config;
  const credentials = await openCredentials({ ...invocation, accounts, limits, issuer });
  const ask = (what: 'password' | 'code') =>
    terminal.askSecretly(terminal.t(`roles-command.ask.${what}`));
  const wait = async (seconds: number) => {
    terminal.complain(terminal.t('roles-command.wait', { seconds }));
    await pause(seconds * 1000);
  };
  const prove = (who: string): Promise<OfficerOutcome> =>
    proveOfficer({ ...credentials, notices, ask, wait }, who);
  return { accounts, notices, prove };
}
