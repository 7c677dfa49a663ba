// The identities of a person, for whoever lists or looks among them: in turn, so that nobody reads all
// that an agency holds, or those for some organisations only.
import { coveredBy, identityOf } from './acting.ts';
import type { ActingDependencies, ActingIdentity } from './acting.ts';
import { mayActForOthers } from './good-standing.ts';
import { mayAppoint } from './mandate.ts';
import type { Mandate, MandateUse } from './mandate.ts';

const TAKEN_AT_ONCE = 50;

/** Whose identities, and from where on. */
export interface InTurn {
  personId: string;
  /** Only what reaches it; what is for one use and was used is left out. Absent: whatever counts. */
  use?: MandateUse;
  /** The mandates of the last one that is known; see `ActingReference`. */
  after?: readonly string[];
}

/**
 * First what the person holds, in the order of its mandates' ids, then what each agency holds: an order
 * that stays while mandates come and go. Who wants only some of them stops.
 */
export async function* identitiesInTurn(
  deps: ActingDependencies,
  { personId, use, after = [] }: InTurn,
): AsyncGenerator<ActingIdentity, void> {
  const person = await deps.accounts.findById(personId);
  if (!person || !mayActForOthers(person)) return;
  const [lastId = '', lastBy = ''] = after;
  const led = (await deps.mandates.led(personId)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (const by of [undefined, ...led]) {
    const byId = by?.id ?? '';
    if (byId < lastBy) continue;
    const holderId = by?.entityId ?? personId;
    let from = byId === lastBy ? lastId : '';
    let held: Mandate[];
    do {
      held = await deps.mandates.reaching({ holderId, use, after: from }, TAKEN_AT_ONCE);
      from = held.at(-1)?.id ?? '';
      yield* await countingOf(deps, { personId, held, by, use });
    } while (held.length === TAKEN_AT_ONCE);
  }
}

/** Every identity for one of these organisations. */
export async function identitiesOver(
  deps: ActingDependencies,
  { personId, entityIds }: { personId: string; entityIds: readonly string[] },
): Promise<ActingIdentity[]> {
  const person = await deps.accounts.findById(personId);
  if (!person || !mayActForOthers(person)) return [];
  const led = await deps.mandates.led(personId);
  const holderIds = [...new Set([personId, ...led.map(({ entityId }) => entityId)])];
  const held = await deps.mandates.over({ entityIds, holderIds });
  const found = await Promise.all(
    [undefined, ...led].map((by) => {
      const holderId = by?.entityId ?? personId;
      const its = held.filter((each) => each.holderId === holderId);
      return countingOf(deps, { personId, held: its, by });
    }),
  );
  return found.flat();
}

/** What `reference` names, if it is this person's: whoever only appears in it has no identity by it. */
export async function identityNamed(
  deps: ActingDependencies,
  { personId, mandateIds }: { personId: string; mandateIds: readonly string[] },
): Promise<ActingIdentity | undefined> {
  if (mandateIds.length === 0 || mandateIds.length > 2) return undefined;
  const person = await deps.accounts.findById(personId);
  const found = await Promise.all(mandateIds.map((id) => deps.mandates.find(id)));
  const [mandate, by] = found;
  if (!person || !mayActForOthers(person) || !mandate || found.includes(undefined))
    return undefined;
  const isLed = by === undefined || (by.holderId === personId && mayAppoint(by));
  if (!isLed || mandate.holderId !== (by?.entityId ?? personId)) return undefined;
  const [identity] = await countingOf(deps, { personId, held: [mandate], by });
  return identity;
}

async function countingOf(
  deps: ActingDependencies,
  {
    personId,
    held,
    by,
    use,
  }: {
    personId: string;
    held: readonly Mandate[];
    by: Mandate | undefined;
    use?: MandateUse | undefined;
  },
): Promise<ActingIdentity[]> {
  const answers = await Promise.all(
    held.map(async (mandate) => {
      const chain = by ? [mandate, by] : [mandate];
      const answer = await identityOf(deps, { personId, chain });
      return answer.ok && use ? coveredBy(chain, answer.identity, { use }) : answer;
    }),
  );
  return answers.flatMap((answer) => (answer.ok ? [answer.identity] : []));
}
