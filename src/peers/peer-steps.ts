// How a step on a peer is taken: one transaction with its record, for the revision that the officer saw,
// by somebody who still holds the power when it commits.
import type { AccountRole } from '../accounts/account.ts';
import type { AuditEvent, AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { holdPower, holdsOneOf, isOneOf, lackOf } from '../roles/officer-power.ts';
import type {
  LackOfPower,
  OfficerPowerDependencies,
  ProvenOfficer,
} from '../roles/officer-power.ts';
import type { PeerRecord } from './peer-record.ts';
import type { PeerChange, PeerStore, SaveOutcome } from './peer-store.ts';
import { standingAfter } from './peer-transitions.ts';
import type { PeerStep } from './peer-transitions.ts';

export interface PeerStepsDependencies extends OfficerPowerDependencies {
  peers: Pick<PeerStore, 'find' | 'save'>;
  audit: AuditLog;
  clock: Clock;
}

export type PeerOfficer = ProvenOfficer;

export type PeerRefusal =
  | 'peer_unknown'
  | LackOfPower
  /** Has changed it, or is the same person as somebody who has. */
  | 'same_officer'
  /** The state of the peer does not allow it. */
  | 'not_now'
  /** Somebody else has changed it meanwhile. */
  | 'overtaken';

export type PeerOutcome = { ok: true; record: PeerRecord } | { ok: false; reason: PeerRefusal };

/** The revision that a form was made of; undefined: whatever is there now. */
export type SeenRevision = number | undefined;

export interface StepOrder {
  step: PeerStep;
  roles: readonly AccountRole[];
  event: Extract<AuditEvent['type'], `peers.${string}`>;
  reason?: string | undefined;
  details?: AuditEvent['details'];
  /** What else it changes. */
  change?: (record: PeerRecord) => Partial<PeerChange>;
}

export class PeerSteps {
  readonly #deps: PeerStepsDependencies;

  constructor(deps: PeerStepsDependencies) {
    this.#deps = deps;
  }

  async take(
    officer: PeerOfficer,
    of: { id: string; seen: SeenRevision },
    order: StepOrder,
  ): Promise<PeerOutcome> {
    const outcome = await this.#attempt(officer, of, order);
    return outcome.ok ? outcome : this.refuse(officer, of.id, outcome.reason);
  }

  /** Again for as long as others change it at the same moment. */
  async insist(officer: PeerOfficer, id: string, order: StepOrder): Promise<PeerOutcome> {
    for (;;) {
      const outcome = await this.#attempt(officer, { id, seen: undefined }, order);
      if (outcome.ok) return outcome;
      if (outcome.reason !== 'overtaken') return this.refuse(officer, id, outcome.reason);
    }
  }

  async write(
    officer: PeerOfficer,
    { before, change }: { before: PeerRecord | undefined; change: PeerChange },
    { roles, event: type, reason, details }: StepOrder,
  ): Promise<SaveOutcome | PeerRefusal> {
    const { peers, audit, clock } = this.#deps;
    const { id, state } = change.peer;
    try {
      return await peers.save({ ...change, at: clock.now() }, before, async (session) => {
        const { account, address } = officer;
        await holdPower(this.#deps, { accountId: account.id, roles }, session);
        const facts = { peer: id, revision: (before?.peer.revision ?? 0) + 1, state };
        const event = { type, actor: account.id, address, result: 'done', reason } as const;
        await audit.record({ ...event, details: { ...facts, ...details } }, session);
      });
    } catch (error) {
      if (error instanceof Overtaken) return lackOf(roles);
      throw error;
    }
  }

  async refuse(
    { account, address }: PeerOfficer,
    id: string,
    reason: PeerRefusal,
  ): Promise<{ ok: false; reason: PeerRefusal }> {
    const { audit, peers } = this.#deps;
    // What was typed may be anything.
    const peer = (await peers.find(id)) ? { details: { peer: id } } : {};
    const event = { type: 'peers.refused', actor: account.id, address, result: 'refused' } as const;
    await audit.record({ ...event, reason, ...peer });
    return { ok: false, reason };
  }

  async #attempt(
    officer: PeerOfficer,
    { id, seen }: { id: string; seen: SeenRevision },
    order: StepOrder,
  ): Promise<PeerOutcome> {
    const before = await this.#deps.peers.find(id);
    if (!before || before.isRemoved) return { ok: false, reason: 'peer_unknown' };
    const refusal = await this.#refusalOf(officer, before, { ...order, seen });
    if (refusal !== undefined) return { ok: false, reason: refusal };
    const { resumesTo } = before;
    const next = standingAfter({ state: before.peer.state, resumesTo }, order.step);
    if (!next) return { ok: false, reason: 'not_now' };
    const more = order.change?.(before) ?? {};
    const peer = { ...(more.peer ?? before.peer), state: next.state };
    const change = { ...before, ...more, peer, resumesTo: next.resumesTo };
    const outcome = await this.write(officer, { before, change }, order);
    if (outcome === 'saved') return { ok: true, record: await this.present(id) };
    const isTaken = outcome === 'issuer_taken' || outcome === 'client_taken';
    return { ok: false, reason: isTaken ? 'overtaken' : outcome };
  }

  async present(id: string): Promise<PeerRecord> {
    const record = await this.#deps.peers.find(id);
    if (!record) throw new Error('the peer that was just written is not there');
    return record;
  }

  async #refusalOf(
    officer: PeerOfficer,
    before: PeerRecord,
    { roles, step, seen }: Pick<StepOrder, 'roles' | 'step'> & { seen: SeenRevision },
  ): Promise<PeerRefusal | undefined> {
    if (!holdsOneOf(officer.account, roles)) return lackOf(roles);
    if (seen !== undefined && seen !== before.peer.revision) return 'overtaken';
    if (step !== 'approve') return undefined;
    const isAuthor = await isOneOf(this.#deps, officer.account, before.authors);
    return isAuthor ? 'same_officer' : undefined;
  }
}
