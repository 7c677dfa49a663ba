// Who takes part in mutual recognition is decided at the hub by two officers: the system administrator
// proposes a platform, new or changed, the security administrator approves it. Either ends it at once.
import type { AccountRole } from '../../accounts/account.ts';
import type { AuditEvent, AuditLog } from '../../audit/audit-log.ts';
import type { ClientSession } from '../../platform/mongo.ts';
import { Overtaken } from '../../platform/overtaken.ts';
import {
  EITHER,
  holdPower,
  holdsOneOf,
  isOneOf,
  lackOf,
  SECURITY,
  SYSTEM,
} from '../../roles/officer-power.ts';
import type {
  LackOfPower,
  OfficerPowerDependencies,
  ProvenOfficer,
} from '../../roles/officer-power.ts';
import { platformId } from '../recognition-platform.ts';
import type { ProposedPlatform } from '../recognition-platform.ts';
import type { RecognitionPlatformStore } from '../recognition-platform-store.ts';
import type { Proposal, ProposalStore } from './proposal-store.ts';

interface OfficeDependencies extends OfficerPowerDependencies {
  platforms: Pick<RecognitionPlatformStore, 'put' | 'move'>;
  proposals: Pick<ProposalStore, 'put' | 'take' | 'transaction'>;
  audit: AuditLog;
}

export type AdmissionRefusal =
  | LackOfPower
  /** Has proposed it, or is the same person as somebody who has. */
  | 'same_officer'
  /** Nothing of that name is there, or not in the state for it. */
  | 'not_changed'
  /** Somebody else has changed or decided it meanwhile. */
  | 'overtaken';

export type AdmissionOutcome = { ok: true } | { ok: false; reason: AdmissionRefusal };

interface Step {
  id: string;
  roles: readonly AccountRole[];
  event: Extract<AuditEvent['type'], `recognition.platform_${string}`>;
  reason?: string;
  /** Why it cannot be done; undefined when it is. */
  work: (session: ClientSession) => Promise<AdmissionRefusal | undefined>;
}

export class AdmissionOffice {
  readonly #deps: OfficeDependencies;

  constructor(deps: OfficeDependencies) {
    this.#deps = deps;
  }

  propose(officer: ProvenOfficer, platform: ProposedPlatform): Promise<AdmissionOutcome> {
    const { proposals } = this.#deps;
    return this.#take(officer, {
      id: platform.id,
      roles: SYSTEM,
      event: 'recognition.platform_proposed',
      work: async (session) => {
        await proposals.put({ platform, by: officer.account.id }, session);
        return undefined;
      },
    });
  }

  /** @param proposal as it was shown to the officer */
  async approve(officer: ProvenOfficer, proposal: Proposal): Promise<AdmissionOutcome> {
    const { proposals, platforms } = this.#deps;
    const { platform, authors } = proposal;
    const { id } = platform;
    if (await isOneOf(this.#deps, officer.account, authors)) {
      return this.#refuse(officer, id, 'same_officer');
    }
    return this.#take(officer, {
      id,
      roles: SECURITY,
      event: 'recognition.platform_approved',
      work: async (session) => {
        if (!(await proposals.take(proposal, session))) return 'overtaken';
        await platforms.put(platform, session);
        return undefined;
      },
    });
  }

  withdraw(officer: ProvenOfficer, proposal: Proposal): Promise<AdmissionOutcome> {
    return this.#take(officer, {
      id: proposal.platform.id,
      roles: EITHER,
      event: 'recognition.platform_withdrawn',
      work: async (session) => {
        return (await this.#deps.proposals.take(proposal, session)) ? undefined : 'overtaken';
      },
    });
  }

  /** The kill switch: within five seconds in every process. */
  suspend(officer: ProvenOfficer, id: string, reason: string): Promise<AdmissionOutcome> {
    const event = 'recognition.platform_suspended';
    const work = this.#moving(id, 'suspended');
    return this.#take(officer, { id, roles: EITHER, event, reason, work });
  }

  resume(officer: ProvenOfficer, id: string): Promise<AdmissionOutcome> {
    const event = 'recognition.platform_resumed';
    return this.#take(officer, { id, roles: SECURITY, event, work: this.#moving(id, 'active') });
  }

  #moving(id: string, state: 'active' | 'suspended'): Step['work'] {
    return async (session) => {
      return (await this.#deps.platforms.move(id, state, session)) ? undefined : 'not_changed';
    };
  }

  async #take(officer: ProvenOfficer, step: Step): Promise<AdmissionOutcome> {
    const { proposals, audit } = this.#deps;
    const { id, roles, event: type, reason, work } = step;
    const { account, address } = officer;
    if (!holdsOneOf(account, roles)) return this.#refuse(officer, id, lackOf(roles));
    try {
      const refusal = await proposals.transaction(async (session) => {
        const why = await work(session);
        if (why !== undefined) return why;
        await holdPower(this.#deps, { accountId: account.id, roles }, session);
        const event = { type, actor: account.id, address, clientId: id, reason } as const;
        await audit.record({ ...event, result: 'done' }, session);
        return undefined;
      });
      return refusal === undefined ? { ok: true } : await this.#refuse(officer, id, refusal);
    } catch (error) {
      if (error instanceof Overtaken) return this.#refuse(officer, id, lackOf(roles));
      throw error;
    }
  }

  async #refuse(
    { account, address }: ProvenOfficer,
    id: string,
    reason: AdmissionRefusal,
  ): Promise<AdmissionOutcome> {
    const type = 'recognition.platform_refused';
    // What was typed may be anything.
    const clientId = platformId.safeParse(id).data;
    const event = { type, actor: account.id, address, clientId, reason } as const;
    await this.#deps.audit.record({ ...event, result: 'refused' });
    return { ok: false, reason };
  }
}
