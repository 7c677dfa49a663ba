// Whom a change of the construction mode concerns: counted, in whatever collection they stand.
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';
import type { ModeFigures } from './mode-plan.ts';
import { OPEN_CASES, REPRESENTING } from './number-need-store.ts';

/** Live links to one issuer, and the accounts that such links have made. */
const OF_LINKS = { from: 'accounts', localField: 'accountId', foreignField: '_id', as: 'account' };

export interface Census extends Omit<ModeFigures, 'demandedLevel'> {
  /** Ids, some of them where they are many. */
  openCases: readonly string[];
}

const MOST_CASES = 20;

export async function takeCensus(
  { database, clock }: { database: Database; clock: Clock },
  issuer: string | undefined,
): Promise<Census> {
  const count = (collection: string, filter: object) =>
    database.collection(collection).countDocuments(filter);
  const ofPeople = (more: object) => count('accounts', { kind: 'naturalPerson', ...more });
  const ofLinks = (more: object) =>
    issuer === undefined ? 0 : count('federatedLinks', { issuer, isLive: true, ...more });
  const [people, linked, frozen, locked, children, made, shadows] = await Promise.all([
    ofPeople({ state: 'active' }),
    linkedPeople(database, issuer),
    ofLinks({ state: 'frozen' }),
    ofPeople({ state: 'locked' }),
    ofPeople({ state: 'active', isWard: true }),
    ofLinks({ hasMadeAccount: true }),
    shadowsOf(database, issuer),
  ]);
  const now = clock.now();
  const [signUps, verifications] = await Promise.all([
    count('signUps', { stage: { $ne: 'done' }, purgeAt: { $gt: now } }),
    count('reviewCases', { kind: 'natural_person', openKey: { $exists: true } }),
  ]);
  const notLinked = people - linked;
  const counted = { people, linked, notLinked, frozen, locked, children, made, shadows };
  const others = { ...(await ofConverted(database, issuer)), ...(await ofOthers(database, now)) };
  return { ...counted, ...others, signUps, verifications };
}

/** What rests on the accounts that the links have made. */
async function ofConverted(database: Database, issuer: string | undefined) {
  const made = { $match: { hasMadeAccount: true } };
  const joined = (from: string, foreignField: string, which: object = {}) => [
    made,
    {
      $lookup: {
        from,
        localField: 'accountId',
        foreignField,
        pipeline: [{ $match: which }, { $project: { _id: 1 } }],
        as: 'found',
      },
    },
    { $match: { found: { $ne: [] } } },
  ];
  const each = { $unwind: '$found' };
  const [mandates, representatives, guardians, cases] = await Promise.all([
    countLinked(database, issuer, [...joined('mandates', 'personId', { isActive: true }), each]),
    countLinked(database, issuer, joined('mandates', 'personId', REPRESENTING)),
    countLinked(database, issuer, joined('wards', 'guardians.accountId')),
    casesOf(database, issuer),
  ]);
  const openCases = cases.slice(0, MOST_CASES);
  return { mandates, representatives, guardians, cases: cases.length, openCases };
}

/** Cases that compare the number of somebody whose number would go. */
async function casesOf(database: Database, issuer: string | undefined): Promise<string[]> {
  if (issuer === undefined) return [];
  const numbered = { $elemMatch: { 'attributes.certificate': { $exists: true } } };
  const isMade = { issuer, isLive: true, hasMadeAccount: true };
  const accounts = [
    { $match: isMade },
    { $lookup: OF_LINKS },
    { $match: { account: numbered } },
    { $project: { accountId: 1 } },
  ];
  const lookup = (foreignField: string) => ({
    $lookup: {
      from: 'reviewCases',
      localField: 'accountId',
      foreignField,
      pipeline: [{ $match: OPEN_CASES }, { $project: { _id: 1 } }],
      as: 'cases',
    },
  });
  const found = await Promise.all(
    ['applicantId', 'involvedIds'].map((field) =>
      database
        .collection('federatedLinks')
        .aggregate<{ _id: string }>([
          ...accounts,
          lookup(field),
          { $unwind: '$cases' },
          { $group: { _id: '$cases._id' } },
        ])
        .toArray(),
    ),
  );
  return [...new Set(found.flat().map(({ _id }) => _id))].toSorted();
}

/** Whom a change of the mode leaves as they are. */
async function ofOthers(database: Database, now: Date) {
  const count = (filter: object) =>
    database.collection('accounts').countDocuments({ state: 'active', ...filter });
  const ofEntities = (more: object) => count({ kind: 'legalEntity', ...more });
  const running = { startsAt: { $lte: now }, endsAt: { $gt: now } };
  const [organisations, subAccounts, intermediaries, staff] = await Promise.all([
    ofEntities({ parentId: { $exists: false } }),
    ofEntities({ parentId: { $exists: true } }),
    ofEntities({ qualifications: { $elemMatch: running } }),
    count({ kind: 'civilServant' }),
  ]);
  return { organisations, subAccounts, intermediaries, staff };
}

function linkedPeople(database: Database, issuer: string | undefined): Promise<number> {
  return countLinked(database, issuer, [
    { $match: { state: 'active' } },
    { $lookup: OF_LINKS },
    { $match: { 'account.state': 'active' } },
  ]);
}

function shadowsOf(database: Database, issuer: string | undefined): Promise<number> {
  return countLinked(database, issuer, [
    { $match: { hasMadeAccount: true } },
    { $lookup: OF_LINKS },
    { $match: { account: { $elemMatch: { 'attributes.certificate': { $exists: false } } } } },
  ]);
}

async function countLinked(
  database: Database,
  issuer: string | undefined,
  stages: object[],
): Promise<number> {
  if (issuer === undefined) return 0;
  const [found] = await database
    .collection('federatedLinks')
    .aggregate<{ count: number }>([
      { $match: { issuer, isLive: true } },
      ...stages,
      { $count: 'count' },
    ])
    .toArray();
  return found?.count ?? 0;
}
