// What officers do to peers: the system administrator changes and activates, the security administrator
// approves and resumes, either tests and suspends.
import { planRegistration, planSecrets } from './change-peer.ts';
import type { GivenPeerSecrets, PeerRegistrationContext } from './peer-registration.ts';
import { peerProblem } from './peer-problem.ts';
import type { PeerProblem } from './peer-problem.ts';
import type { PeerRecord } from './peer-record.ts';
import { EITHER, holdsOneOf, SECURITY, SYSTEM } from '../roles/officer-power.ts';
import { PeerSteps } from './peer-steps.ts';
import type {
  PeerOfficer,
  PeerOutcome,
  PeerRefusal,
  PeerStepsDependencies,
  SeenRevision,
} from './peer-steps.ts';

export interface PeerOfficeDependencies extends PeerStepsDependencies {
  registration: PeerRegistrationContext;
}

export type RegisterOutcome =
  | { ok: true; change: 'created' | 'changed' | 'reworded' | 'unchanged'; record: PeerRecord }
  | { ok: false; reason: PeerRefusal; id: string | undefined }
  | { ok: false; reason: 'problems'; id: string | undefined; problems: readonly PeerProblem[] };

export class PeerOffice {
  readonly #deps: PeerOfficeDependencies;
  readonly #steps: PeerSteps;

  constructor(deps: PeerOfficeDependencies) {
    this.#deps = deps;
    this.#steps = new PeerSteps(deps);
  }

  /**
   * Registers a peer or changes one; what was registered is replaced, secrets that are not given stay.
   * @param seen the revision that the change was made of, 0 for a new one
   */
  async register(
    officer: PeerOfficer,
    input: unknown,
    seen?: SeenRevision,
  ): Promise<RegisterOutcome> {
    const { peers, registration: context } = this.#deps;
    if (!holdsOneOf(officer.account, SYSTEM)) {
      const id = idOf(input);
      return { ...(await this.#steps.refuse(officer, id ?? '', 'not_system')), id };
    }
    const plan = await planRegistration(input, context, (id) => peers.find(id));
    if (!plan.ok) return { ...plan, reason: 'problems' };
    const { id, before, kind, details } = plan;
    const refused = async (reason: PeerRefusal): Promise<RegisterOutcome> => ({
      ...(await this.#steps.refuse(officer, id, reason)),
      id,
    });
    const standing = before && !before.isRemoved ? before : undefined;
    if (seen !== undefined && seen !== (standing?.peer.revision ?? 0)) return refused('overtaken');
    if (before && kind === 'unchanged') return { ok: true, change: kind, record: before };
    const event = kind === 'created' ? 'peers.registered' : 'peers.changed';
    const order = { step: 'change', roles: SYSTEM, event, details } as const;
    const authors = kind === 'reworded' ? {} : { authors: withAuthor(standing, officer) };
    const change = { ...plan.change, ...authors };
    const outcome = await this.#steps.write(officer, { before, change }, order);
    if (outcome === 'saved') {
      return { ok: true, change: kind, record: await this.#steps.present(id) };
    }
    if (outcome !== 'issuer_taken' && outcome !== 'client_taken') return refused(outcome);
    const field = outcome === 'issuer_taken' ? 'issuer' : 'clients';
    return { ok: false, reason: 'problems', id, problems: [peerProblem(field, outcome)] };
  }

  /** A test or dry run of it went well. */
  tested(officer: PeerOfficer, id: string, seen?: SeenRevision): Promise<PeerOutcome> {
    const change = () => ({ tested: this.#by(officer) });
    const order = { step: 'test', roles: EITHER, event: 'peers.tested', change } as const;
    return this.#steps.take(officer, { id, seen }, order);
  }

  approve(officer: PeerOfficer, id: string, seen?: SeenRevision): Promise<PeerOutcome> {
    const change = () => ({ approved: this.#by(officer), authors: [] });
    const order = { step: 'approve', roles: SECURITY, event: 'peers.approved', change } as const;
    return this.#steps.take(officer, { id, seen }, order);
  }

  activate(officer: PeerOfficer, id: string, seen?: SeenRevision): Promise<PeerOutcome> {
    const change = () => ({ activated: this.#by(officer) });
    const order = { step: 'activate', roles: SYSTEM, event: 'peers.activated', change } as const;
    return this.#steps.take(officer, { id, seen }, order);
  }

  /** The kill switch: whatever the revision, whatever anybody else is doing. */
  suspend(officer: PeerOfficer, id: string, reason: string): Promise<PeerOutcome> {
    const change = () => ({ suspended: { ...this.#by(officer), reason } });
    const order = { step: 'suspend', roles: EITHER, event: 'peers.suspended', change } as const;
    return this.#steps.insist(officer, id, { ...order, reason });
  }

  resume(officer: PeerOfficer, id: string, seen?: SeenRevision): Promise<PeerOutcome> {
    const change = () => ({ suspended: undefined });
    const order = { step: 'resume', roles: SECURITY, event: 'peers.resumed', change } as const;
    return this.#steps.take(officer, { id, seen }, order);
  }

  remove(officer: PeerOfficer, id: string, seen?: SeenRevision): Promise<PeerOutcome> {
    const change = () => ({ isRemoved: true, secrets: {} });
    const order = { step: 'remove', roles: SYSTEM, event: 'peers.removed', change } as const;
    return this.#steps.take(officer, { id, seen }, order);
  }

  /**
   * A key of the peer is in strange hands: it counts no more, and the peer is suspended at once.
   * @param key its id (`kid`), or its thumbprint by RFC 7638
   */
  dropKey(officer: PeerOfficer, id: string, key: string): Promise<PeerOutcome> {
    const reason = 'key_compromise';
    return this.#steps.insist(officer, id, {
      step: 'compromise',
      roles: EITHER,
      event: 'peers.key_dropped',
      reason,
      details: { key },
      change: ({ peer }) => ({
        peer: { ...peer, droppedKeys: [...new Set([...peer.droppedKeys, key])] },
        suspended: { ...this.#by(officer), reason },
      }),
    });
  }

  /** Ours at the peer is in strange hands: replaced, and the peer is suspended until it has it too. */
  replaceSecrets(officer: PeerOfficer, id: string, given: GivenPeerSecrets): Promise<PeerOutcome> {
    const reason = 'secret_compromise';
    return this.#steps.insist(officer, id, {
      step: 'compromise',
      roles: SYSTEM,
      event: 'peers.secret_replaced',
      reason,
      change: (record) => ({
        secrets: planSecrets(given, record.secrets).secrets,
        authors: withAuthor(record, officer),
        suspended: { ...this.#by(officer), reason },
      }),
    });
  }

  #by({ account }: PeerOfficer) {
    return { by: account.id, at: this.#deps.clock.now() };
  }
}

function withAuthor(record: PeerRecord | undefined, { account }: PeerOfficer): string[] {
  return [...new Set([...(record?.authors ?? []), account.id])];
}

function idOf(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || !('id' in input)) return undefined;
  return typeof input.id === 'string' ? input.id : undefined;
}
