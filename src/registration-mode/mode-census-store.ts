// Whom a change of the construction mode concerns: counted, in whatever collection they stand.
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';
import type { ModeFigures } from './mode-plan.ts';

/** Live links to one issuer, and the accounts that such links have made. */
const OF_LINKS = { from: 'accounts', localField: 'accountId', foreignField: '_id', as: 'account' };

export async function takeCensus(
  { database, clock }: { database: Database; clock: Clock },
  issuer: string | undefined,
): Promise<Omit<ModeFigures, 'demandedLevel'>> {
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
  return { ...counted, signUps, verifications };
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
