// Server time of every page of the reviewers' console over 10,000 pending cases (and as many closed):
// `node bench/review-console.ts`. Measured over HTTP in one process, the answer read to its end.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findMongod } from '../scripts/mongod.mjs';
import { startEmbeddedMongod } from '../src/platform/embedded-mongod.ts';
import { reviewKinds } from '../src/review/review-case.ts';
import { REVIEW_CASES } from '../src/review/review-case-document.ts';
import { ReviewCaseStore } from '../src/review/review-case-store.ts';
import { TOTP_SECRET } from '../test/support/city-accounts.ts';
import { startCityNode } from '../test/support/city-node.ts';
import type { CityNode } from '../test/support/city-node.ts';
import { atConsole, grantReviewing } from '../test/support/review-visitors.ts';

const PENDING = 10_000;
const CLOSED = 10_000;
const BATCH = 200;
const ROUNDS = 21;
const DAY_MS = 86_400_000;

async function startDatabase(folder: string): Promise<{ uri: string; stop(): Promise<void> }> {
  const found = await findMongod();
  if (found.kind === 'uri') throw new Error('unset MONGODB_URI: this uses a server of its own');
  return startEmbeddedMongod({ binary: found.path, folder, isEphemeral: true });
}

async function seedCases({ storage }: CityNode): Promise<void> {
  const cases = new ReviewCaseStore(storage);
  const now = storage.clock.now();
  for (let from = 0; from < PENDING + CLOSED; from += BATCH) {
    await storage.database.transaction(async (session) => {
      for (let index = from; index < from + BATCH; index += 1) {
        const kind = reviewKinds[index % reviewKinds.length] ?? 'natural_person';
        const claimed = { name: '张示例', certificateNumber: String(index).padStart(18, '4') };
        const own = { kind, applicantId: `seed-${index % 5000}`, claimed } as const;
        const empty = { involvedIds: [], answers: [], fileIds: [], approvals: 1 } as const;
        await cases.open({ ...own, ...empty }, new Date(now.getTime() + DAY_MS), session);
      }
    });
  }
  const collection = storage.database.collection<{ _id: string }>(REVIEW_CASES);
  const spread = (days: number) => ({
    $subtract: [now, { $toLong: { $multiply: [{ $rand: {} }, days * DAY_MS] } }],
  });
  await collection.updateMany({}, [{ $set: { openedAt: spread(20) } }]);
  const ids = await collection
    .find({}, { projection: { _id: 1 } })
    .limit(CLOSED)
    .toArray();
  await collection.updateMany({ _id: { $in: ids.map(({ _id }) => _id) } }, [
    {
      $set: {
        state: 'closed',
        outcome: { $cond: [{ $lt: [{ $rand: {} }, 0.8] }, 'approved', 'rejected'] },
        closedAt: spread(60),
        votes: [{ verdict: 'approve' }, { verdict: 'approve' }],
      },
    },
  ]);
}

const PAGES = {
  'queue, first page': '/review',
  'queue of one kind, older than three days':
    '/review?filter=is:pending+kind:legal_entity+older:3d',
  'queue, what is mine': '/review?filter=assigned:me',
  'queue, overdue, not merges': '/review?filter=is:overdue+-kind:merge',
  'queue, closed, newest first': '/review?filter=is:closed',
  'queue, any state of one kind': '/review?filter=kind:recovery',
  'queue, of one account that has none': '/review?filter=account:AAAAAAAAAAAAAAAAAAAAAA',
  figures: '/review/figures',
} as const;

async function measure(city: CityNode): Promise<void> {
  const { browser } = await atConsole(city, 'reviewer');
  const claimed = await browser.press(await browser.open('/review'), 'next');
  const deep = await lastPage(city);
  const pages = { ...PAGES, 'queue, page 300': deep, 'a case': new URL(claimed.url).pathname };
  console.log('| page | median ms | p95 ms | slowest ms |\n| --- | --: | --: | --: |');
  for (const [name, address] of Object.entries(pages)) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = performance.now();
      const { status } = await browser.open(address);
      times.push(performance.now() - start);
      if (status !== 200) throw new Error(`${address}: ${status}`);
    }
    times.sort((a, b) => a - b);
    const at = (share: number) => (times[Math.floor(share * (ROUNDS - 1))] ?? 0).toFixed(0);
    console.log(`| ${name} | ${at(0.5)} | ${at(0.95)} | ${at(1)} |`);
  }
}

async function lastPage({ storage }: CityNode): Promise<string> {
  const collection = storage.database.collection<{ _id: string; openedAt: Date }>(REVIEW_CASES);
  const [at] = await collection
    .find({ state: 'pending' } as object)
    .sort({ openedAt: 1, _id: 1 })
    .skip(7500)
    .limit(1)
    .toArray();
  return `/review?after=${at?.openedAt.getTime() ?? 0}.${at?._id ?? '000000000000'}`;
}

const folder = await mkdtemp(path.join(tmpdir(), 'hutong-bench-'));
const database = await startDatabase(folder);
try {
  const city = await startCityNode({
    mongodbUri: database.uri,
    accounts: [{ login: 'reviewer', kind: 'civilServant', totpSecret: TOTP_SECRET }],
  });
  await grantReviewing(city, ['reviewer']);
  await seedCases(city);
  await measure(city);
  await city.stop();
} finally {
  await database.stop();
  await rm(folder, { recursive: true, force: true });
}
