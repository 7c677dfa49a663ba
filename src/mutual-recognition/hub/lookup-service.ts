// Lookups: who the home platform of a stranger is. Each needs a ticket of a live sign-in and counts
// against quotas of the platform and of the bucket. What is known and what is not go the same way, through
// the same work, and leave at the same time in answers of the same size.
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Random } from '../../platform/random.ts';
import { indexOf } from '../recognition-index.ts';
import type { RecognitionPlatform } from '../recognition-platform.ts';
import type { RecognitionPlatforms } from '../recognition-platform-store.ts';
import type { ServiceAnswer } from '../service-mount.ts';
import type { RecognitionUsage } from '../usage-store.ts';
import type { DecoyHomes } from './decoy-homes.ts';
import type { LookupRequest } from './hub-interface.ts';
import type { IndexEntryStore } from './index-entry-store.ts';
import { readTicket } from './lookup-ticket.ts';
import { sealAnswers } from './seal-answer.ts';
import type { AnswerSigner, LookupAnswer } from './seal-answer.ts';

export interface BucketQuotas {
  /** Lookups a day (UTC) of one bucket: area prefix and birth date. */
  perPlatformPerDay: number;
  perDay: number;
}

export interface LookupDependencies extends AnswerSigner {
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
  platforms: Pick<RecognitionPlatforms, 'get'>;
  usage: Pick<RecognitionUsage, 'spendTickets' | 'take' | 'takeOfBucket'>;
  entries: Pick<IndexEntryStore, 'homeOf'>;
  decoys: () => DecoyHomes;
  bucketQuotas: BucketQuotas;
  /** Milliseconds from question to answer, whatever the work took. */
  answerAfterMs: number;
}

type Refusal = 'ticket' | 'quota' | 'bucket_quota';

export async function answerLookups(
  deps: LookupDependencies,
  platform: RecognitionPlatform,
  lookups: readonly LookupRequest[],
): Promise<ServiceAnswer> {
  const due = performance.now() + deps.answerAfterMs;
  const rate = platform.quotas.lookups;
  const of = { who: platform.id, what: 'lookups', amount: lookups.length, rate };
  const isWithin = (await deps.usage.take(of)).ok;
  const [refusals, looked] = await Promise.all([
    isWithin ? refusalsOf(deps, platform, lookups) : lookups.map(() => 'quota' as const),
    Promise.all(lookups.map((lookup) => lookUp(deps, platform, lookup))),
  ]);
  const answered = looked.map((each, place) => ({ ...each, refusal: refusals[place] }));
  await note(deps, platform, answered);
  const body = await sealAnswers(
    deps,
    platform,
    answered.map((each) => answerOf(deps, each)),
  );
  await delay(Math.max(0, due - performance.now()));
  return { status: 200, body, type: 'application/jose' };
}

interface LookedUp {
  traceId: string;
  index: string;
  known: string | undefined;
  decoy: string | undefined;
}

interface Answered extends LookedUp {
  refusal: Refusal | undefined;
}

/** The same work for everybody, known or not, refused or not. */
async function lookUp(
  deps: LookupDependencies,
  platform: RecognitionPlatform,
  lookup: LookupRequest,
): Promise<LookedUp> {
  const index = indexOf(lookup);
  const home = await deps.entries.homeOf(index);
  // Whoever asks knows its own people: its name would tell its pages that this is one of them.
  const known = home === platform.id ? undefined : home;
  const isActive = (id: string) => activeOf(deps, id) !== undefined;
  const decoy = deps.decoys().choose(index, platform.id, isActive);
  return { traceId: lookup.trace_id, index, known, decoy };
}

function answerOf(
  deps: LookupDependencies,
  { traceId, refusal, known, decoy }: Answered,
): LookupAnswer {
  const home = refusal ? undefined : (activeOf(deps, known) ?? activeOf(deps, decoy));
  return { trace_id: traceId, home: home && { id: home.id, issuer: home.issuer } };
}

function activeOf({ platforms }: LookupDependencies, id: string | undefined) {
  const platform = id === undefined ? undefined : platforms.get(id);
  return platform?.state === 'active' ? platform : undefined;
}

/** The tickets are used up whatever comes of it. */
async function refusalsOf(
  deps: LookupDependencies,
  platform: RecognitionPlatform,
  lookups: readonly LookupRequest[],
): Promise<(Refusal | undefined)[]> {
  const { usage, bucketQuotas, keyring } = deps;
  const { id: platformId } = platform;
  const tickets = lookups.map((lookup) =>
    readTicket(deps, lookup.ticket, { platformId, traceId: lookup.trace_id }),
  );
  const isFirstUse = await usage.spendTickets(tickets);
  return Promise.all(
    lookups.map(async (lookup, place) => {
      if (isFirstUse[place] !== true) return 'ticket';
      const hash = keyring.mac('artefactId', 'recognition.bucket', lookup.bucket);
      const use = { bucket: hash.toString('base64url'), platformId, ...bucketQuotas };
      return (await usage.takeOfBucket(use)) ? undefined : 'bucket_quota';
    }),
  );
}

/** One record for all lookups of a request that went alike, with the trace ids of all. */
async function note(
  { audit, keyring }: LookupDependencies,
  platform: RecognitionPlatform,
  looked: readonly Answered[],
): Promise<void> {
  const by = { actor: `client:${platform.id}`, clientId: platform.id };
  for (const reason of new Set(looked.map(({ refusal }) => refusal))) {
    const alike = looked.filter(({ refusal }) => refusal === reason);
    const traceId = alike.map((each) => each.traceId).join(' ');
    // Never the index itself: those who read records could ask for its home.
    const index = alike
      .map((each) =>
        keyring.mac('artefactId', 'recognition.audit', each.index).toString('base64url'),
      )
      .join(' ');
    const details = { traceId, index };
    await audit.record(
      reason
        ? { type: 'recognition.lookup_refused', ...by, details, reason, result: 'refused' }
        : { type: 'recognition.looked_up', ...by, details, result: 'done' },
    );
  }
}
