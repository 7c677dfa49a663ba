// Somebody becomes guardian of a child that is in another's care already, whichever way it was found
// that it may be: one write of the ward, with consent, record and notices to everybody who cares.
import { maskName } from '../accounts/masking.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { guardianOf, recordConsent } from './add-child.ts';
import type { AddedChild } from './add-child.ts';
import type { Guardianship } from './guardianship.ts';
import type { Guardian, Relation, Ward } from './ward.ts';

export interface JoiningGuardian {
  ward: Ward;
  childName: string;
  guardian: AddedChild['guardian'];
  relation: Relation;
  agreement: AddedChild['agreement'];
  basis: Guardian['basis'];
  /** Who decided it: the guardian, or a reviewer. */
  actor: string;
}

/**
 * In the caller's transaction; what it returns is called after the commit.
 * @throws Overtaken when the ward, the agreement or the guardian has changed since it was read
 */
export async function joinWard(
  deps: Guardianship,
  session: ClientSession,
  joining: JoiningGuardian,
): Promise<() => void> {
  const { ward, guardian, relation, agreement, basis, actor } = joining;
  const entry = guardianOf(deps, { guardian, child: { relation }, agreement }, basis);
  const patch = { guardians: [...ward.guardians, entry], invitation: null };
  if (!(await deps.wards.change(ward, patch, session))) {
    throw new Overtaken('the guardianship has changed');
  }
  await recordConsent(deps, session, { guardian, agreement, childId: ward.id });
  await deps.audit.record(
    {
      type: 'guardianship.joined',
      actor,
      subject: ward.id,
      result: 'done',
      details: { guardian: guardian.id, relation, basis },
    },
    session,
  );
  const tells: (() => void)[] = [];
  const facts = { template: 'guardian_joined', childName: maskName(joining.childName) } as const;
  for (const { accountId } of patch.guardians) {
    tells.push(await deps.notices.guardianshipChanged({ accountId, ...facts }, session));
  }
  return () => {
    for (const tell of tells) tell();
  };
}
