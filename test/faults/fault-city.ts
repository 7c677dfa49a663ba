// The city under test: a three-member replica set, app processes on it behind one front door, its
// clients and people, a receiver of logout notices, and stores as an operator's command has them.
import type { JSONWebKeySet } from 'jose';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AccountStore } from '../../src/accounts/account-store.ts';
import { lockAccount, unlockAccount } from '../../src/accounts/operate-account.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { importCityAccounts } from '../support/city-accounts.ts';
import type { CityAccount } from '../support/city-accounts.ts';
import { importCityClients } from '../support/city-clients.ts';
import type { CityClient } from '../support/city-clients.ts';
import { generousLimits } from '../support/city-node.ts';
import { findFreePortBlock } from '../support/free-ports.ts';
import { LogoutReceiver } from '../support/logout-receiver.ts';
import { openProtocolStores } from '../support/protocol-stores.ts';
import type { ProtocolStores } from '../support/protocol-stores.ts';
import { MASTER_KEY } from '../support/storage.ts';
import { auditProblems } from './audit-check.ts';
import { AppProcess } from './app-process.ts';
import { FrontDoor } from './front-door.ts';
import type { Recorded } from './history.ts';
import { OwnedProcesses } from './owned-processes.ts';
import { ReplicaSet } from './replica-set.ts';

export const CLOCK_JUMP_MS = 3_600_000;
const APPS = 2;
const CLIENTS = ['portal', 'hall', 'ledger'];

export interface FaultCityOptions {
  /** Of `mongod`. */
  binary: string;
  citizens: number;
  electionTimeoutMs: number;
  graceSeconds: number;
  /** How long a request may take, whatever has failed. */
  patienceMs: number;
}

/** What an operator does; the promises reject when the database does not answer. */
export interface Operator {
  lock(accountId: string): Promise<void>;
  unlock(accountId: string): Promise<void>;
  signOutEverywhere(accountId: string): Promise<void>;
}

export interface FaultCity {
  issuer: string;
  members: ReplicaSet;
  apps: readonly AppProcess[];
  door: FrontDoor;
  receiver: LogoutReceiver;
  stores: ProtocolStores;
  operator: Operator;
  audit: { problems(records: readonly Recorded[]): Promise<string[]> };
  clients: readonly CityClient[];
  accounts: readonly CityAccount[];
  /** Starts the app processes anew with another grace. */
  setGrace(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startFaultCity(options: FaultCityOptions): Promise<FaultCity> {
  const processes = new OwnedProcesses();
  try {
    return await build(processes, options);
  } catch (error) {
    await processes.stop();
    throw error;
  }
}

async function build(processes: OwnedProcesses, options: FaultCityOptions): Promise<FaultCity> {
  const members = await ReplicaSet.start(processes, options.binary, options);
  const uri = members.uri('city');
  const [publicPort, ...ports] = await portsOf(APPS + 1);
  const issuer = `http://localhost:${publicPort}`;
  const receiver = await new LogoutReceiver().start();
  const stores = await openProtocolStores(uri, systemClock);
  const accounts = new AccountStore(stores);
  const people = Array.from({ length: options.citizens }, (_, at) => ({ login: `citizen-${at}` }));
  const citizens = await importCityAccounts(stores, accounts, people);
  const clients = await importCityClients(
    stores,
    CLIENTS.map((id) => registration(id, receiver)),
  );
  const limits = path.join(await processes.folder('fault-limits'), 'limits.json');
  await writeFile(limits, JSON.stringify(generousLimits));
  const environment = (port: number, graceSeconds: number) => ({
    HUTONG_MODE: 'demonstration',
    HUTONG_PUBLIC_URL: issuer,
    HUTONG_PORT: String(port),
    HUTONG_OUTBOUND_ALLOW: '127.0.0.0/8:*',
    HUTONG_LOG_LEVEL: 'info',
    HUTONG_LIMITS: limits,
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
    HUTONG_REFRESH_GRACE_SECONDS: String(graceSeconds),
    FAULT_CLOCK_JUMP_MS: String(CLOCK_JUMP_MS),
    MONGODB_URI: uri,
  });
  const apps = ports.map(
    (port) => new AppProcess(processes, environment(port, options.graceSeconds)),
  );
  await Promise.all(apps.map((app) => app.listening()));
  const door = await FrontDoor.open(publicPort, { behind: ports, longestMs: options.patienceMs });
  const keys = await fetch(new URL('/oauth2/jwks', issuer));
  receiver.trust(issuer, (await keys.json()) as JSONWebKeySet);
  return {
    issuer,
    members,
    apps,
    door,
    receiver,
    stores,
    clients,
    accounts: citizens,
    operator: operatorOf(stores, accounts),
    audit: { problems: (records) => auditProblems({ ...stores, accounts: citizens }, records) },
    async setGrace(seconds) {
      const all = apps.map((app, at) => app.restartWith(environment(ports[at] ?? 0, seconds)));
      await Promise.all(all);
    },
    async stop() {
      await door.close();
      await receiver.stop();
      await stores.database.close();
      await Promise.all(apps.map((app) => app.stop()));
      await processes.stop();
    },
  };
}

async function portsOf(count: number): Promise<[number, ...number[]]> {
  const first = await findFreePortBlock();
  return [first, ...Array.from({ length: count - 1 }, (_, at) => first + 1 + at)];
}

function registration(id: string, receiver: LogoutReceiver) {
  const isKeyed = id === 'ledger';
  return {
    client_id: id,
    backchannel_logout_uri: receiver.uriOf(id),
    ...(isKeyed ? { token_endpoint_auth_method: 'private_key_jwt' } : {}),
  };
}

function operatorOf(stores: ProtocolStores, accounts: AccountStore): Operator {
  const { ending, revocation, clock } = stores;
  const by = { actor: 'operator' };
  const end = async (accountId: string, reason: 'account_unavailable' | 'level_fell') => {
    await ending.endAllOfAccount(accountId, { reason, actor: 'operator' });
    await revocation.revokeOfAccount(accountId, reason);
  };
  const nothing = () => Promise.resolve();
  const deps = { accounts, clock, holdings: { end, limitEvidence: nothing, erase: nothing } };
  return {
    async lock(accountId) {
      const outcome = await lockAccount(deps, accountId, by);
      if (!outcome.ok) throw new Error(outcome.reason);
    },
    async unlock(accountId) {
      const outcome = await unlockAccount(deps, accountId, by);
      if (!outcome.ok) throw new Error(outcome.reason);
    },
    signOutEverywhere: (accountId) => end(accountId, 'account_unavailable'),
  };
}
