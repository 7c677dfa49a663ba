// `hutong doctor`: the checks of an installation, each on what it needs. Settings that are wrong
// and a database that does not answer are findings, so nothing is opened beforehand.
import packageJson from '../../package.json' with { type: 'json' };
import { SealStore } from '../audit/seal-store.ts';
import { verifyAudit } from '../audit/verify-audit.ts';
import { ClientStore } from '../clients/client-store.ts';
import { SigningKeyStore } from '../keys/signing-key-store.ts';
import { allMigrations } from '../migrations.ts';
import { MessageStore } from '../notification/message-store.ts';
import { StaffSyncStore } from '../directory/source/staff-sync-store.ts';
import {
  judgeAudit,
  judgeDeliveries,
  judgeSettings,
  judgeStaffImport,
} from '../operations/check-duties.ts';
import {
  judgeClock,
  judgeDatabase,
  judgeIndexes,
  judgeKeys,
  judgeMigrations,
  judgeProcesses,
  judgeWriting,
} from '../operations/check-installation.ts';
import { calledAddresses, checkClients, checkGateways } from '../operations/check-neighbours.ts';
import { judgePeers } from '../operations/check-peers.ts';
import {
  compareIndexes,
  databaseFacts,
  majorityWriteMs,
} from '../operations/database-facts-store.ts';
import { runDoctorCommand } from '../operations/doctor.commands.ts';
import type { Check, Finding } from '../operations/doctor.ts';
import { PeerSightingStore } from '../peers/peer-sighting-store.ts';
import { PeerStore } from '../peers/peer-store.ts';
import { systemClock } from '../platform/clock.ts';
import { ConfigError, loadConfig, masterKeysOf } from '../platform/config.ts';
import type { Config } from '../platform/config.ts';
import { openKeyring } from '../platform/keyring-store.ts';
import { listLiveProcesses } from '../platform/live-processes-store.ts';
import { planMigrations } from '../platform/migrations.ts';
import { connectDatabase } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';
import { everyAddress } from '../platform/outbound-rules.ts';
import { createOutbound } from '../platform/outbound.ts';
import { AccountEventOutbox } from '../account-events/account-event-outbox-store.ts';
import { MandateEventOutbox } from '../mandate-events/mandate-event-outbox-store.ts';
import { LogoutOutboxStore } from '../sessions/logout-outbox-store.ts';
import { betweenPlatforms } from './doctor-between-platforms.ts';
import type { CommandHost } from './invocation.ts';

export async function runDoctor(
  args: readonly string[],
  { terminal, settings }: CommandHost,
): Promise<number> {
  const found = await openConfiguration(settings);
  if ('problems' in found) {
    const findings = found.problems.map((problem): Finding => ({
      severity: 'failed',
      code: 'wrong',
      values: { problem },
    }));
    const checks: Check[] = [{ name: 'configuration', look: () => Promise.resolve(findings) }];
    return runDoctorCommand(args, { terminal, checks });
  }
  const { config } = found;
  const named: Check = {
    name: 'configuration',
    look: () => Promise.resolve(judgeSettings(config)),
  };
  let database: Database;
  try {
    database = await connectDatabase({ uri: config.database.uri });
  } catch {
    const look = () => Promise.resolve([{ severity: 'failed', code: 'unreachable' } as const]);
    return runDoctorCommand(args, { terminal, checks: [named, { name: 'database', look }] });
  }
  try {
    const checks = [named, ...serverChecks(config, database)];
    // Where nothing has been prepared there is nothing to look over, and nothing is to be made.
    if ((await planMigrations(database, allMigrations, none)).applied.length > 0) {
      checks.push(...installationChecks(config, database), ...neighbourChecks(config, database));
    }
    return await runDoctorCommand(args, { terminal, checks });
  } finally {
    await database.close();
  }
}

async function openConfiguration(
  settings: CommandHost['settings'],
): Promise<{ config: Config } | { problems: readonly string[] }> {
  try {
    return { config: loadConfig(await settings()) };
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
}

const none = () => Promise.resolve([]);

function serverChecks(config: Config, database: Database): Check[] {
  const liveReleases = async () =>
    (await listLiveProcesses(database)).map(({ release }) => release);
  return [
    {
      name: 'database',
      look: async () => judgeDatabase(await databaseFacts(database), config.mode),
    },
    { name: 'clock', look: async () => judgeClock(await databaseFacts(database)) },
    {
      name: 'migrations',
      look: async () =>
        judgeMigrations(await planMigrations(database, allMigrations, liveReleases)),
    },
  ];
}

function installationChecks(config: Config, database: Database): Check[] {
  const keyring = () => openKeyring(database, masterKeysOf(config), systemClock.now());
  return [
    { name: 'writing', look: async () => [judgeWriting(await majorityWriteMs(database))] },
    {
      name: 'indexes',
      look: async () => judgeIndexes(await compareIndexes(database, allMigrations)),
    },
    {
      name: 'keys',
      look: async () => {
        const store = new SigningKeyStore({ database, keyring: await keyring() });
        // Opens every private key: a wrong master key shows here.
        await store.read();
        return judgeKeys(await store.overview(), config.signingKeys);
      },
    },
    {
      name: 'audit',
      look: async () => {
        const deps = { keyring: await keyring(), clock: systemClock };
        const { anchorFiles } = config.audit;
        const options = { anchorFiles, onProgress: () => undefined };
        const verdict = await verifyAudit({ ...deps, seals: new SealStore(database) }, options);
        return judgeAudit(verdict, { anchorFiles, mode: config.mode });
      },
    },
    {
      name: 'processes',
      look: async () => judgeProcesses(await listLiveProcesses(database), packageJson.version),
    },
  ];
}

/** What goes out is closed when the look is over. */
function outgoingOf(config: Config) {
  return async (
    allow: readonly string[],
    look: (outbound: ReturnType<typeof createOutbound>) => Promise<Finding[]>,
  ) => {
    const outbound = createOutbound({ ...config.outbound, allow });
    try {
      return await look(outbound);
    } finally {
      await outbound.close();
    }
  };
}

function neighbourChecks(config: Config, database: Database): Check[] {
  const open = async () => {
    const keyring = await openKeyring(database, masterKeysOf(config), systemClock.now());
    return { database, keyring, clock: systemClock };
  };
  const outgoing = outgoingOf(config);
  return [
    {
      name: 'deliveries',
      look: async () => {
        const deps = await open();
        const notices = await new LogoutOutboxStore(deps).backlog();
        const messages = await new MessageStore(deps).backlog();
        const mandate_events = await new MandateEventOutbox(deps).backlog();
        const account_events = await new AccountEventOutbox(deps).backlog();
        const backlogs = { notices, messages, mandate_events, account_events };
        return judgeDeliveries(backlogs, systemClock.now());
      },
    },
    {
      name: 'staff_import',
      look: async () => {
        const state = await new StaffSyncStore(await open()).state();
        return judgeStaffImport(state, config.staffDirectory?.everyMinutes, systemClock.now());
      },
    },
    {
      name: 'gateways',
      look: () => outgoing(everyAddress, ({ fetch }) => checkGateways(fetch, config)),
    },
    {
      name: 'clients',
      look: async () => {
        const clients = await new ClientStore(await open()).list();
        const addresses = clients.flatMap(({ id, registration }) =>
          calledAddresses(id, registration),
        );
        return outgoing(config.outbound.allow, ({ fetch }) => checkClients(fetch, addresses));
      },
    },
    {
      name: 'peers',
      look: async () => {
        const deps = await open();
        const records = await new PeerStore(deps).list();
        return judgePeers(records, await new PeerSightingStore(deps).all(), systemClock.now());
      },
    },
    ...betweenPlatforms({
      config,
      open,
      outgoing: (look) => outgoing(config.outbound.allow, look),
    }),
  ];
}
