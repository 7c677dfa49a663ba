// What doctor says of trust by federation: whether our anchors can be read and say what we know of them,
// whether others find a chain to us, and whom below us we cannot read any more.
import type { Subordinate } from '../federation-trust/subordinate.ts';
import type { TrustRefusal } from '../federation-trust/trust-refusal.ts';
import type { Finding } from './doctor.ts';

export interface TrustFacts {
  anchors: readonly { entityId: string; refusal: TrustRefusal | undefined }[];
  /** Ours, as anybody below the same anchors finds it; undefined for who names no superior. */
  own: { ok: true; expiresAt: Date } | { ok: false; refusal: TrustRefusal } | undefined;
  subordinates: readonly Pick<Subordinate, 'entityId' | 'state' | 'problem'>[];
}

const MINUTE_MS = 60_000;
/** Statements are renewed long before that. */
const SOON_MINUTES = 5;

export function judgeTrust({ anchors, own, subordinates }: TrustFacts, now: Date): Finding[] {
  return [
    ...anchors.map(({ entityId: entity, refusal }): Finding => {
      if (!refusal) return { severity: 'ok', code: 'anchor', values: { entity } };
      const values = { entity, reason: refusal.reason };
      return { severity: 'failed', code: 'anchor_refused', values };
    }),
    ...judgeOwn(own, now),
    ...subordinates.flatMap(({ entityId: entity, state, problem }): Finding[] => {
      if (state === 'suspended')
        return [{ severity: 'note', code: 'suspended', values: { entity } }];
      if (problem === undefined) return [];
      const values = { entity, reason: problem };
      return [{ severity: 'warning', code: 'subordinate_unread', values }];
    }),
  ];
}

function judgeOwn(own: TrustFacts['own'], now: Date): Finding[] {
  if (!own) return [];
  if (!own.ok) {
    const { entity, reason } = own.refusal;
    return [{ severity: 'failed', code: 'chain_refused', values: { entity, reason } }];
  }
  const minutes = Math.floor((own.expiresAt.getTime() - now.getTime()) / MINUTE_MS);
  const isEnding = minutes < SOON_MINUTES;
  const code = isEnding ? 'chain_ending' : 'chain';
  return [{ severity: isEnding ? 'warning' : 'ok', code, values: { minutes } }];
}
