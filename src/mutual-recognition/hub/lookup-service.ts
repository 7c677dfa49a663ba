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
import { TICKET_SECONDS } from './hub-interface.ts';
import type { IndexEntryStore } from './index-entry-store.ts';
import { issueTicket, readTicket } from './lookup-ticket.ts';
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
  usage: Pick<RecognitionUsage, 'spend' | 'take' | 'takeOfBucket'>;
  entries: Pick<IndexEntryStore, 'homeOf'>;
  decoys: () => DecoyHomes;
  bucketQuotas: BucketQuotas;
  /** Milliseconds from question to answer, whatever the work took. */
  answerAfterMs: number;
}

type Refusal = 'ticket' | 'quota' | 'bucket_quota';

export function issueTickets(
  deps: Pick<LookupDependencies, 'keyring' | 'clock' | 'random'>,
  platform: RecognitionPlatform,
  traceIds: readonly string[],
): ServiceAnswer {
  const tickets = traceIds.map((traceId) =>
    issueTicket(deps, { platformId: platform.id, traceId }),
  );
  return { status: 200, body: { tickets, expires_in: TICKET_SECONDS } };
}

export async function answerLookups(
  deps: LookupDependencies,
  platform: RecognitionPlatform,
  lookups: readonly LookupRequest[],
): Promise<ServiceAnswer> {
  const due = performance.now() + deps.answerAfterMs;
  const rate = platform.quotas.lookups;
  const of = { who: platform.id, what: 'lookups', amount: lookups.length, rate };
  const isWithin = (await deps.usage.take(of)).ok;
  const answers = await Promise.all(
    lookups.map((lookup) => answer(deps, platform, { lookup, isWithin })),
  );
  const body = await sealAnswers(deps, platform, answers);
  await delay(Math.max(0, due - performance.now()));
  return { status: 200, body, type: 'application/jose' };
}

async function answer(
  deps: LookupDependencies,
  platform: RecognitionPlatform,
  { lookup, isWithin }: { lookup: LookupRequest; isWithin: boolean },
): Promise<LookupAnswer> {
  const { trace_id: traceId } = lookup;
  const index = indexOf(lookup);
  const [refusal, known] = await Promise.all([
    isWithin ? refusalOf(deps, platform, lookup) : ('quota' as const),
    deps.entries.homeOf(index),
  ]);
  const decoy = deps.decoys().choose(index, platform.id);
  await note(deps, platform, { traceId, index, refusal });
  if (refusal) return { trace_id: traceId };
  const home = activeOf(deps, known) ?? activeOf(deps, decoy);
  return { trace_id: traceId, home: home && { id: home.id, issuer: home.issuer } };
}

function activeOf({ platforms }: LookupDependencies, id: string | undefined) {
  const platform = id === undefined ? undefined : platforms.get(id);
  return platform?.state === 'active' ? platform : undefined;
}

/** The ticket is used up whatever comes of it. */
async function refusalOf(
  { usage, bucketQuotas, keyring, ...deps }: LookupDependencies,
  platform: RecognitionPlatform,
  lookup: LookupRequest,
): Promise<Refusal | undefined> {
  const holder = { platformId: platform.id, traceId: lookup.trace_id };
  const ticket = readTicket({ keyring, ...deps }, lookup.ticket, holder);
  if (!ticket) return 'ticket';
  if (!(await usage.spend(`ticket/${ticket.id}`, ticket.expiresAt))) return 'ticket';
  const bucket = keyring
    .mac('artefactId', 'recognition.bucket', lookup.bucket)
    .toString('base64url');
  const use = { bucket, platformId: platform.id, ...bucketQuotas };
  return (await usage.takeOfBucket(use)) ? undefined : 'bucket_quota';
}

async function note(
  { audit, keyring }: LookupDependencies,
  platform: RecognitionPlatform,
  about: { traceId: string; index: string; refusal: Refusal | undefined },
): Promise<void> {
  const { traceId, index, refusal } = about;
  // Never the index itself: those who read records could ask for its home.
  const subject = keyring.mac('artefactId', 'recognition.audit', index).toString('base64url');
  const by = { actor: `client:${platform.id}`, clientId: platform.id };
  const details = { traceId, index: subject };
  await audit.record(
    refusal
      ? { type: 'recognition.lookup_refused', ...by, details, reason: refusal, result: 'refused' }
      : { type: 'recognition.looked_up', ...by, details, result: 'done' },
  );
}
