// What others who know an account may want to hear of a change: read from its audit record, which every
// change has, so that nobody who changes an account can forget them.
import type { AuditEvent } from '../audit/audit-log.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { VERIFIED_LEVEL } from './account.ts';

/** Attributes that a change may have touched. */
export const accountTopics = ['name', 'certificate', 'phone', 'email', 'verification'] as const;
export type AccountTopic = (typeof accountTopics)[number];

export type AccountChange = { accountId: string } & (
  | { type: 'level'; from: number | undefined; to: number }
  | { type: 'attributes'; topics: readonly AccountTopic[] }
  /** `hijacking`: at the word of its owner, who says that somebody else was in it. */
  | { type: 'disabled'; reason?: 'hijacking' | undefined }
  | { type: 'enabled' }
  /** Its owner came back with other credentials; nothing that was open before counts. */
  | { type: 'recovered' }
  | { type: 'closed' }
  /** It is the same person's other account that goes on. */
  | { type: 'merged'; intoId: string }
);

/** In the transaction of the change. */
export type OnAccountChanged = (
  changes: readonly AccountChange[],
  session: ClientSession,
) => Promise<void>;

type Facts = Pick<AuditEvent, 'type' | 'level' | 'details' | 'reason'> & {
  /** It was closed to its owner before, and is after. */
  isLockedAnyway?: boolean | undefined;
};

const ATTRIBUTES = new Map<AuditEvent['type'], readonly AccountTopic[]>([
  ['accounts.renamed', ['name']],
  ['accounts.shadowed', ['certificate']],
  ['accounts.phone_confirmed', ['phone']],
  ['accounts.phone_removed', ['phone']],
  ['accounts.phone_left', ['phone']],
  ['accounts.email_confirmed', ['email']],
  ['accounts.email_removed', ['email']],
]);
const DISABLED = new Set<AuditEvent['type']>(['accounts.locked', 'accounts.rested']);
const ENABLED = new Set<AuditEvent['type']>([
  'accounts.unlocked',
  'accounts.thawed',
  'accounts.resumed',
]);
const CLOSED = new Set<AuditEvent['type']>([
  'accounts.closed',
  'accounts.erased',
  'accounts.deleted',
]);
const CHANNELS = new Map<AccountTopic, string>([
  ['phone', 'sms'],
  ['email', 'mail'],
]);
/** Why an account is closed whose person goes on with another one. */
const MERGE = 'merge';

export function changesOf(accountId: string, facts: Facts): AccountChange[] {
  const { type, isLockedAnyway = false } = facts;
  const topics = ATTRIBUTES.get(type);
  if (topics) return [{ accountId, type: 'attributes', topics }];
  if (DISABLED.has(type)) return isLockedAnyway ? [] : [{ accountId, type: 'disabled' }];
  if (ENABLED.has(type)) return isLockedAnyway ? [] : [{ accountId, type: 'enabled' }];
  // Those who know it are told by the account that goes on.
  if (CLOSED.has(type)) return facts.reason === MERGE ? [] : [{ accountId, type: 'closed' }];
  return OTHERS.get(type)?.(accountId, facts) ?? [];
}

const OTHERS = new Map<AuditEvent['type'], (id: string, facts: Facts) => AccountChange[]>([
  ['accounts.frozen', (accountId) => [{ accountId, type: 'disabled', reason: 'hijacking' }]],
  ['recovery.completed', (accountId) => [{ accountId, type: 'recovered' }]],
  ['accounts.identity_displaced', (id, { level }) => levelChanges(id, VERIFIED_LEVEL, level ?? 0)],
  ['accounts.level_changed', (id, facts) => levelChanges(id, fromOf(facts), facts.level ?? 0)],
  ['accounts.merged', mergeChanges],
  [
    'accounts.staff_changed',
    (id, { details }) => ofTopics(id, (topic) => details?.[topic] === true),
  ],
]);

function fromOf({ details }: Facts): number | undefined {
  const from = details?.['from'];
  return typeof from === 'number' ? from : undefined;
}

/** What was only typed is told as such, so that name and number are others with the level. */
function levelChanges(accountId: string, from: number | undefined, to: number): AccountChange[] {
  const wasVerified = (from ?? 0) >= VERIFIED_LEVEL;
  const isVerified = to >= VERIFIED_LEVEL;
  const shown = wasVerified === isVerified ? [] : (['name', 'certificate'] as const);
  return [
    ...(from === to ? [] : [{ accountId, type: 'level', from, to } as const]),
    { accountId, type: 'attributes', topics: [...shown, 'verification'] },
  ];
}

function mergeChanges(intoId: string, { details }: Facts): AccountChange[] {
  const former = details?.['former'];
  const contacts = String(details?.['contacts'] ?? '').split(' ');
  return [
    ...(typeof former === 'string' ? [{ accountId: former, type: 'merged', intoId } as const] : []),
    ...ofTopics(intoId, (topic) => contacts.includes(CHANNELS.get(topic) ?? '-')),
  ];
}

function ofTopics(accountId: string, isOf: (topic: AccountTopic) => boolean): AccountChange[] {
  const topics = accountTopics.filter(isOf);
  return topics.length > 0 ? [{ accountId, type: 'attributes', topics }] : [];
}
