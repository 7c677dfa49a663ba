// What speaks for or against an application before anybody looks at its papers: the register of legal
// entities, and who else has this number.
import type { Account } from '../accounts/account.ts';
import { refusalOf } from '../legal-entities/check-entity.ts';
import type { EntityAnswer } from '../legal-entities/entity-register.ts';
import type { ReviewCase, SourceAnswer } from '../review/review-case.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import type { Intermediaries } from './intermediaries.ts';
import type { Qualification } from './qualification.ts';

type CheckDependencies = Pick<
  Intermediaries,
  'register' | 'qualifications' | 'mandates' | 'accounts' | 'clock'
>;

/** Another organisation's, with the people who may act for it. */
export interface Alike {
  alike: readonly Qualification[];
  involvedIds: string[];
}

export async function answersTo(
  deps: CheckDependencies,
  { of, entity }: { of: Qualification; entity: Account },
): Promise<Alike & { answers: SourceAnswer[]; isDisputed: boolean }> {
  const [own, others] = await Promise.all([registerAnswer(deps, entity), alikeTo(deps, of)]);
  const held = others.alike.length > 0 ? [heldAnswer(deps)] : [];
  const answers = [...own, ...held];
  return { ...others, answers, isDisputed: answers.some(({ outcome }) => AGAINST.has(outcome)) };
}

const AGAINST: ReadonlySet<SourceAnswer['outcome']> = new Set(['different', 'not_found']);

/** Its own people are involved, too: none of them decides about it. */
export async function alikeTo(
  { qualifications, mandates }: Pick<CheckDependencies, 'qualifications' | 'mandates'>,
  of: Qualification,
): Promise<Alike> {
  const alike = await qualifications.alike(of);
  const entityIds = [...new Set([of.entityId, ...alike.map(({ entityId }) => entityId)])];
  const people = await Promise.all(entityIds.map((id) => mandates.ofEntity(id)));
  const personIds = people.flat().map(({ holderId }) => holderId);
  const otherIds = entityIds.filter((id) => id !== of.entityId);
  return { alike, involvedIds: [...new Set([...otherIds, ...personIds])] };
}

export function heldAnswer({ clock }: Pick<CheckDependencies, 'clock'>): SourceAnswer {
  const facts = { source: 'account', outcome: 'different', resultCode: 'number_held' } as const;
  return { ...facts, at: clock.now(), values: {} };
}

/** None where no register is asked, or nobody is known as representative to ask about. */
async function registerAnswer(
  { register, mandates, accounts, clock }: CheckDependencies,
  entity: Account,
): Promise<SourceAnswer[]> {
  const { name, uscc } = entity;
  const held = await mandates.leaders(entity.id);
  const mandate = held.find(({ role }) => role === 'legalRepresentative');
  const person = mandate && (await accounts.findById(mandate.holderId));
  const representative = person && verifiedClaim(person);
  if (!register || !representative || name === undefined || uscc === undefined) return [];
  const answer = await register.check({ uscc, name, representative });
  return [toldAs(answer, { name, uscc, at: clock.now() })];
}

function toldAs(answer: EntityAnswer, of: { name: string; uscc: string; at: Date }): SourceAnswer {
  const { name: entityName, uscc, at } = of;
  const facts = { source: 'legal_entity_register', resultCode: answer.resultCode, at } as const;
  if (answer.outcome === 'unavailable') return { ...facts, outcome: 'unavailable', values: {} };
  if (answer.outcome === 'contradictory') return { ...facts, outcome: 'unclear', values: {} };
  if (answer.outcome === 'unknown') return { ...facts, outcome: 'not_found', values: {} };
  const { name, subtype, status } = answer.facts;
  return {
    ...facts,
    outcome: refusalOf(answer) ? 'different' : 'matched',
    values: {
      uscc,
      entityType: subtype,
      entityState: status,
      ...(name === undefined ? {} : { entityName }),
    },
  };
}

/** For the reviewer who asks again. */
export async function askAgain(
  deps: CheckDependencies,
  { applicantId, answers }: ReviewCase,
): Promise<readonly SourceAnswer[]> {
  const entity = await deps.accounts.findById(applicantId);
  if (!entity) return answers;
  const fresh = await registerAnswer(deps, entity);
  const others = answers.filter(({ source }) => source !== 'legal_entity_register');
  return [...others, ...fresh];
}
