// Makes a freshly started server the primary of its single-node replica set, and waits for it.
import mongoose from 'mongoose';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MILLISECONDS = 15;
const NOT_YET_INITIALIZED = 94;

type Target = {
  /** `127.0.0.1:port`; it becomes the address of the member. */
  host: string;
  replicaSet: string;
  dbPath: string;
  /** A write need not be in the journal to count. */
  isForgetful: boolean;
  signal: AbortSignal;
};

/** @throws the signal's reason when it is aborted first */
export async function becomePrimary(target: Target): Promise<void> {
  const client = await connect(target);
  try {
    await assertOurs(client, target);
    await configure(client, target);
    await waitForPrimary(client, target);
  } finally {
    await client.close();
  }
}

async function connect({ host, signal }: Target): Promise<mongoose.mongo.MongoClient> {
  for (;;) {
    signal.throwIfAborted();
    const client = new mongoose.mongo.MongoClient(`mongodb://${host}/?directConnection=true`, {
      serverSelectionTimeoutMS: 100,
      connectTimeoutMS: 5_000,
    });
    try {
      return await client.connect();
    } catch {
      await client.close();
      await delay(POLL_MILLISECONDS);
    }
  }
}

/** Another program could have taken the port in the moment between our check and the start. */
async function assertOurs(client: mongoose.mongo.MongoClient, { host, dbPath }: Target) {
  const options = await client.db('admin').command({ getCmdLineOpts: 1 });
  const served: unknown = options['parsed']?.storage?.dbPath;
  if (served !== dbPath) throw new Error(`${host} serves ${String(served)}, not ${dbPath}`);
}

async function configure(client: mongoose.mongo.MongoClient, target: Target) {
  const { host, replicaSet } = target;
  const admin = client.db('admin');
  const members = [{ _id: 0, host }];
  const first = target.isForgetful ? { writeConcernMajorityJournalDefault: false } : {};
  const current = await admin.command({ replSetGetConfig: 1 }).catch((error: unknown) => {
    if (error instanceof mongoose.mongo.MongoServerError && error.code === NOT_YET_INITIALIZED) {
      return undefined;
    }
    throw error;
  });
  if (current === undefined) {
    await admin.command({ replSetInitiate: { _id: replicaSet, members, ...first } });
  } else if (current['config'].members[0].host !== host) {
    // The folder was served on another port before.
    const config = { ...current['config'], members, version: current['config'].version + 1 };
    await admin.command({ replSetReconfig: config, force: true });
  }
}

async function waitForPrimary(client: mongoose.mongo.MongoClient, { signal }: Target) {
  while (!(await client.db('admin').command({ hello: 1 }))['isWritablePrimary']) {
    signal.throwIfAborted();
    await delay(POLL_MILLISECONDS);
  }
}
