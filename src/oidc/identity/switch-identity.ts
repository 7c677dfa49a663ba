// A choice takes effect: another slot with a grant of its own, bound to the identity, in the place of
// what the client had. What came from the former one ends, and the client hears of that.
import { errors } from 'oidc-provider';
import type { AuditLog } from '../../audit/audit-log.ts';
import { secondsFromNow } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ClientSession, Database } from '../../platform/mongo.ts';
import { OneAtATime } from '../../platform/one-at-a-time.ts';
import type { Random } from '../../platform/random.ts';
import type { LogoutOutboxStore } from '../../sessions/logout-outbox-store.ts';
import type { ChosenIdentity, ClientSlot } from '../../sessions/session-codec.ts';
import { SWITCH_NOTICE_SECONDS } from '../../sessions/session-ending.ts';
import type { SessionStore } from '../../sessions/session-store.ts';
import { ttl } from '../lifetimes.ts';
import type { GrantRevocation } from '../storage/grant-revocation.ts';
import type { GrantStore } from '../storage/grant-store.ts';
import type { ActingEnding } from './end-acting.ts';
import { identityAt } from './identity-at-client.ts';
import type { IdentityAtDependencies, IdentityRefusal } from './identity-at-client.ts';

export interface SwitchDependencies extends IdentityAtDependencies {
  database: Pick<Database, 'transaction'>;
  sessions: SessionStore;
  outbox: Pick<LogoutOutboxStore, 'enqueue'>;
  grants: GrantStore;
  revocation: Pick<GrantRevocation, 'revokeEachWithin'>;
  actingEnding: Pick<ActingEnding, 'endGrant'>;
  audit: AuditLog;
  clock: Clock;
  random: Random;
}

/** Who chooses what, where. */
export interface IdentityChoice {
  accountId: string;
  clientId: string;
  client: object;
  params: Readonly<Record<string, unknown>>;
  choice: ChosenIdentity;
  address: string;
}

export type SwitchOutcome = { ok: true; slot: ClientSlot } | { ok: false; reason: IdentityRefusal };

/** Switches of one browser at once: each changes the one document of its session. */
const switches = new OneAtATime();

/** @throws SessionNotFound when the session has ended meanwhile; nothing is spent then. */
export async function switchIdentity(
  deps: SwitchDependencies,
  of: IdentityChoice & { uid: string },
): Promise<SwitchOutcome> {
  const slot = { sid: deps.random.id(), grantId: deps.random.id(256), acting: of.choice };
  const seen = await lookAt(deps, { ...of, grantId: slot.grantId });
  if (!seen.ok) return seen;
  const { spent, agencyId } = seen;
  const work = (session: ClientSession) =>
    exchange(deps, { ...of, slot, spent, agencyId }, session);
  try {
    const clearAway = await switches.run(of.uid, () => deps.database.transaction(work));
    await clearAway();
    const refusal = await overtaken(deps, { ...of, grantId: slot.grantId });
    return refusal ? { ok: false, reason: refusal } : { ok: true, slot };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, reason: error.reason };
    throw error;
  }
}

// The session first: it is what others write to at the same time.
async function exchange(
  deps: SwitchDependencies,
  of: IdentityChoice & Seen & { uid: string; slot: ClientSlot },
  session: ClientSession,
): Promise<() => Promise<void>> {
  const { uid, slot } = of;
  const exchanged = await deps.sessions.exchangeSlot(of, session);
  if (!exchanged) throw new errors.SessionNotFound('the session has ended');
  const sessionKey = deps.sessions.keyOf(uid);
  const refusal = await beginGrant(deps, { ...of, grantId: slot.grantId, sessionKey }, session);
  if (refusal) throw new Refused(refusal);
  const { former } = exchanged;
  await record(deps, { ...of, former }, session);
  return former ? endFormer(deps, { ...of, former }, session) : () => Promise.resolve();
}

/** Undoes the transaction. */
class Refused extends Error {
  readonly reason: IdentityRefusal;

  constructor(reason: IdentityRefusal) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * The grant of a device that is signed in with a code; asking again for the same one changes nothing.
 * Undefined when the identity may be used.
 */
export async function bindDevice(
  deps: SwitchDependencies,
  of: IdentityChoice & { grantId: string },
): Promise<IdentityRefusal | undefined> {
  if (await deps.grants.isRevoked(of.grantId)) return 'mandate_missing';
  const seen = await lookAt(deps, of);
  if (!seen.ok) return seen.reason;
  const refused = await deps.database.transaction(async (session) => {
    const refusal = await beginGrant(deps, { ...of, ...seen }, session);
    if (!refusal) await record(deps, { ...of, ...seen }, session);
    return refusal;
  });
  return refused ?? overtaken(deps, of);
}

/**
 * Looked at again after the commit: a lock has written the mandates as this transaction has, so it came
 * after it and has ended the grant, or before it and is seen now. Why the grant has ended, if it has.
 */
async function overtaken(
  deps: SwitchDependencies,
  { choice, grantId, ...at }: IdentityChoice & { grantId: string },
): Promise<IdentityRefusal | undefined> {
  const { reference } = choice;
  if (!reference) return undefined;
  const answer = await identityAt(deps, reference, { ...at, usedFor: deps.grants.key(grantId) });
  if (answer.ok) return undefined;
  await deps.actingEnding.endGrant(grantId, answer.reason);
  return answer.reason;
}

/** Those of the mandates that are for one use only. */
type Spent = ReadonlySet<string>;

interface Seen {
  spent: Spent;
  /** Through which the person acts. */
  agencyId?: string | undefined;
}

/** Before the transaction, which others wait for: it then only holds what was looked at here. */
async function lookAt(
  deps: SwitchDependencies,
  { choice, grantId, ...at }: IdentityChoice & { grantId: string },
): Promise<({ ok: true } & Seen) | { ok: false; reason: IdentityRefusal }> {
  const { reference } = choice;
  if (!reference) return { ok: true, spent: new Set() };
  const usedFor = deps.grants.key(grantId);
  const answer = await identityAt(deps, reference, { ...at, usedFor });
  if (!answer.ok) return answer;
  const found = await Promise.all(reference.mandateIds.map((id) => deps.mandates.find(id)));
  const single = found.flatMap((mandate) => (mandate?.isSingleUse ? [mandate.id] : []));
  return { ok: true, spent: new Set(single), agencyId: answer.identity.agency?.id };
}

// Held in the transaction that makes the grant: whoever ends one of the mandates comes before, and is
// seen, or after, and finds the grant.
async function beginGrant(
  deps: SwitchDependencies,
  of: IdentityChoice & { grantId: string; spent: Spent; sessionKey?: string },
  session: ClientSession,
): Promise<IdentityRefusal | undefined> {
  const { accountId, clientId, choice, grantId, spent, sessionKey } = of;
  const { reference } = choice;
  if (!reference) return undefined;
  const usedFor = deps.grants.key(grantId);
  for (const id of reference.mandateIds) {
    if (!(await deps.mandates.hold(id, session))) return 'mandate_missing';
    if (spent.has(id) && !(await deps.mandates.use(id, usedFor, session))) return 'mandate_used';
  }
  const now = epochNow();
  const times = { iat: now, exp: now + ttl.Grant };
  const payload = { kind: 'Grant', ...times, accountId, clientId, acting: reference };
  await deps.grants.begin({ grantId, payload, expiresIn: ttl.Grant, sessionKey }, session);
  return undefined;
}

async function endFormer(
  deps: SwitchDependencies,
  { accountId, clientId, former }: IdentityChoice & { former: ClientSlot },
  session: ClientSession,
): Promise<() => Promise<void>> {
  const notBefore = secondsFromNow(deps.clock, SWITCH_NOTICE_SECONDS);
  const reason = 'identity_switched' as const;
  await deps.outbox.enqueue([{ clientId, accountId, sid: former.sid, reason, notBefore }], session);
  return deps.revocation.revokeEachWithin([former.grantId], reason, session);
}

/** The organisation is whom it is about: both find it in their histories. */
async function record(
  { audit }: SwitchDependencies,
  of: IdentityChoice & { former?: ClientSlot | undefined; agencyId?: string | undefined },
  session: ClientSession,
): Promise<void> {
  const { accountId, clientId, choice, address, former, agencyId } = of;
  const { reference } = choice;
  const left = former?.acting?.reference?.entityId;
  await audit.record(
    {
      type: former ? 'oidc.identity_switched' : 'oidc.identity_chosen',
      actor: accountId,
      subject: reference?.entityId ?? left,
      clientId,
      address,
      result: 'done',
      reason: reference ? 'legal_entity' : 'self',
      details: {
        ...(reference ? { mandate: reference.mandateIds[0] ?? '' } : {}),
        ...(agencyId === undefined ? {} : { agency: agencyId }),
        ...(left === undefined ? {} : { left }),
      },
    },
    session,
  );
}

/** By the clock that the library compares it with. */
function epochNow(): number {
  return Math.floor(Date.now() / 1000);
}
